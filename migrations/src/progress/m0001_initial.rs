//! The activity log, the projections of it, and copies of courses and users.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, date, date_null, integer, small_integer,
    string, string_null, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null, uuid_uniq,
};

use super::{achievements, cohorts, enrollments, gradebooks, reports, seats, shadows};
use crate::shared::{self, NewIndex};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shared::create(manager).await?;
        let tables = [log(), courses(), enrollments::tables(), learners()].concat();
        shared::create_all(manager, tables, INDEXES).await?;
        shared::create_all(manager, gradebooks::tables(), gradebooks::INDEXES).await?;
        shared::create_all(manager, reports::tables(), reports::INDEXES).await?;
        shared::create_all(manager, seats::tables(), seats::INDEXES).await?;
        shared::create_all(manager, cohorts::tables(), cohorts::INDEXES).await?;
        shared::create_all(manager, achievements::tables(), achievements::INDEXES).await?;
        shared::create_all(manager, shadows::tables(), shadows::INDEXES).await?;
        shadows::seed(manager).await?;
        manager.create_index(score_rank()).await?;
        achievements::seed(manager).await
    }
}

const INDEXES: &[NewIndex] = &[
    ("course_slug", "course", &["slug"], false),
    ("activity_stream", "activity", &["stream", "version"], true),
    ("activity_source", "activity", &["stream", "source"], true),
    (
        "activity_day",
        "activity",
        &["learner_id", "day", "kind"],
        false,
    ),
    (
        "enrollment_course",
        "enrollment",
        &["learner_id", "course_id"],
        true,
    ),
    (
        "enrollment_learners",
        "enrollment",
        &["course_id", "id"],
        false,
    ),
    (
        "enrollment_list",
        "enrollment",
        &["learner_id", "enrolled_at", "id"],
        false,
    ),
    (
        "certificate_list",
        "certificate",
        &["learner_id", "issued_at", "code"],
        false,
    ),
    (
        "pending_grade_course",
        "pending_grade",
        &["learner_id", "course_id", "exercise_id"],
        false,
    ),
    (
        "certificate_expiry",
        "certificate",
        &["reminded", "expires_at"],
        false,
    ),
    ("score_learner", "score", &["learner_id"], false),
    (
        "earned_achievement_list",
        "earned_achievement",
        &["learner_id", "earned_at", "achievement_id"],
        false,
    ),
];

fn log() -> Vec<TableCreateStatement> {
    let activity = Table::create()
        .table("activity")
        .col(big_pk_auto("global_seq"))
        .col(uuid_uniq("id"))
        .col(uuid("stream"))
        .col(big_integer("version"))
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(string("kind"))
        .col(integer("schema_version"))
        .col(text("payload"))
        .col(string_null("source"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(date("day"))
        .col(uuid_null("actor"))
        .to_owned();
    let pending_grade = Table::create()
        .table("pending_grade")
        .col(uuid("learner_id"))
        .col(string("source"))
        .col(uuid("course_id"))
        .col(uuid("exercise_id"))
        .col(big_integer("version"))
        .col(text("grade"))
        .col(timestamp_with_time_zone("graded_at"))
        .primary_key(Index::create().col("learner_id").col("source"))
        .to_owned();
    vec![activity, pending_grade]
}

fn courses() -> Vec<TableCreateStatement> {
    let course = Table::create()
        .table("course")
        .col(uuid("id").primary_key())
        .col(string("slug"))
        .col(big_integer("slug_sequence"))
        .col(big_integer("newest"))
        .col(boolean("archived"))
        .col(boolean("invite_only"))
        .to_owned();
    let course_outline = Table::create()
        .table("course_outline")
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .col(text("outline"))
        .primary_key(Index::create().col("course_id").col("version"))
        .to_owned();
    let outline_lesson = Table::create()
        .table("outline_lesson")
        .col(uuid("lesson_id"))
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .primary_key(
            Index::create()
                .col("lesson_id")
                .col("course_id")
                .col("version"),
        )
        .to_owned();
    let version_announcement = Table::create()
        .table("version_announcement")
        .col(uuid("course_id").primary_key())
        .col(big_integer("version"))
        .col(text("title"))
        .col(text("change_notes"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(uuid_null("after"))
        .col(timestamp_with_time_zone_null("announced_at"))
        .col(big_integer_null("from_version"))
        .to_owned();
    let course_upgrade = Table::create()
        .table("course_upgrade")
        .col(uuid("course_id"))
        .col(big_integer("from_version"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone("tried_at"))
        .primary_key(Index::create().col("course_id").col("from_version"))
        .to_owned();
    vec![
        course,
        course_outline,
        outline_lesson,
        version_announcement,
        course_upgrade,
    ]
}

/// In the order of a leaderboard, so that a page of it is read without sorting.
fn score_rank() -> IndexCreateStatement {
    Index::create()
        .name("score_rank")
        .table("score")
        .col("scope")
        .col("period")
        .col("visible")
        .col(("points", IndexOrder::Desc))
        .col("learner_id")
        .to_owned()
}

fn learners() -> Vec<TableCreateStatement> {
    let learner = Table::create()
        .table("learner")
        .col(uuid("id").primary_key())
        .col(string_null("display_name"))
        .col(string("time_zone"))
        .col(big_integer("points"))
        .col(big_integer("seconds"))
        .col(integer("lessons"))
        .col(integer("courses"))
        .col(integer("exercises"))
        .col(integer("perfects"))
        .col(integer("streak_days"))
        .col(integer("longest_streak"))
        .col(date_null("last_active_day"))
        .col(timestamp_with_time_zone_null("learned_at"))
        .col(timestamp_with_time_zone_null("counted_at"))
        .col(timestamp_with_time_zone_null("next_day_at"))
        .col(timestamp_with_time_zone_null("alive_until"))
        .col(timestamp_with_time_zone_null("grace_until"))
        .col(timestamp_with_time_zone_null("grace_free_at"))
        .col(text("vacations"))
        .col(boolean("visible"))
        .col(string_null("alias"))
        .col(boolean("locked"))
        .col(big_integer("locked_sequence"))
        .col(boolean("erasing"))
        .col(big_integer("erasing_sequence"))
        .col(big_integer("user_sequence"))
        .to_owned();
    // The zones that a learner had before each of their facts: what a streak is made of beside the log.
    let zone_change = Table::create()
        .table("zone_change")
        .col(uuid("learner_id"))
        .col(big_integer("facts"))
        .col(string("time_zone"))
        .col(big_integer("sequence"))
        .primary_key(
            Index::create()
                .col("learner_id")
                .col("facts")
                .col("time_zone"),
        )
        .to_owned();
    // Only the bare id stays, so that an event that comes late does not bring a user back.
    let erased_user = Table::create()
        .table("erased_user")
        .col(uuid("user_id").primary_key())
        .col(timestamp_with_time_zone("erased_at"))
        .to_owned();
    let achievement = Table::create()
        .table("achievement")
        .col(uuid("id").primary_key())
        .col(big_integer("position"))
        .col(string("name"))
        .col(string("description"))
        .col(string("tier"))
        .col(integer("points"))
        .col(string("metric"))
        .col(big_integer("threshold"))
        .col(uuid_null("course_id"))
        .col(string_null("tag"))
        .col(timestamp_with_time_zone_null("retired_at"))
        .col(big_integer("revision"))
        .to_owned();
    let earned_achievement = Table::create()
        .table("earned_achievement")
        .col(uuid("learner_id"))
        .col(uuid("achievement_id"))
        .col(integer("points"))
        .col(timestamp_with_time_zone("earned_at"))
        .primary_key(Index::create().col("learner_id").col("achievement_id"))
        .foreign_key(
            ForeignKey::create()
                .from("earned_achievement", "achievement_id")
                .to("achievement", "id"),
        )
        .to_owned();
    let score = Table::create()
        .table("score")
        .col(string("scope"))
        .col(string("period"))
        .col(uuid("learner_id"))
        .col(big_integer("points"))
        .col(boolean("visible"))
        .primary_key(Index::create().col("scope").col("period").col("learner_id"))
        .to_owned();
    // No check on the count: that of one slot may be negative, only their sum is not.
    let score_count = Table::create()
        .table("score_count")
        .col(string("scope"))
        .col(string("period"))
        .col(small_integer("level"))
        .col(big_integer("bucket"))
        .col(small_integer("slot"))
        .col(big_integer("count"))
        .primary_key(
            Index::create()
                .col("scope")
                .col("period")
                .col("level")
                .col("bucket")
                .col("slot"),
        )
        .to_owned();
    vec![
        learner,
        zone_change,
        erased_user,
        achievement,
        earned_achievement,
        score,
        score_count,
    ]
}
