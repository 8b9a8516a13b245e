//! The activity log, the projections of it, and what is heard of courses and people.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, boolean, date, date_null, integer, string, string_null, text,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null, uuid_uniq,
};

use super::achievements;
use crate::shared;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shared::create(manager).await?;
        let tables = [log(), courses(), enrolments(), people()].concat();
        for table in tables {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        achievements::seed(manager).await
    }
}

type IndexOf = (&'static str, &'static str, &'static [&'static str], bool);

const INDEXES: &[IndexOf] = &[
    ("activity_stream", "activity", &["stream", "version"], true),
    ("activity_source", "activity", &["stream", "source"], true),
    ("activity_day", "activity", &["learner_id", "day"], false),
    (
        "enrollment_course",
        "enrollment",
        &["learner_id", "course_id"],
        true,
    ),
    (
        "enrollment_list",
        "enrollment",
        &["learner_id", "enrolled_at", "id"],
        false,
    ),
    (
        "early_grade_course",
        "early_grade",
        &["learner_id", "course_id"],
        false,
    ),
    (
        "score_rank",
        "score",
        &["scope", "period", "visible", "points", "learner_id"],
        false,
    ),
    ("score_learner", "score", &["learner_id"], false),
    (
        "unlocked_list",
        "unlocked",
        &["learner_id", "unlocked_at", "achievement_id"],
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
    let early_grade = Table::create()
        .table("early_grade")
        .col(uuid("learner_id"))
        .col(string("source"))
        .col(uuid("course_id"))
        .col(text("grade"))
        .col(timestamp_with_time_zone("graded_at"))
        .primary_key(Index::create().col("learner_id").col("source"))
        .to_owned();
    vec![activity, early_grade]
}

fn courses() -> Vec<TableCreateStatement> {
    let course = Table::create()
        .table("course")
        .col(uuid("id").primary_key())
        .col(big_integer("newest"))
        .col(boolean("archived"))
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
    vec![course, course_outline, outline_lesson]
}

fn enrolments() -> Vec<TableCreateStatement> {
    let enrollment = Table::create()
        .table("enrollment")
        .col(uuid("id").primary_key())
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .col(string("slug"))
        .col(text("title"))
        .col(string("status"))
        .col(string("progress"))
        .col(integer("done"))
        .col(integer("total"))
        .col(big_integer("points"))
        .col(big_integer("revision"))
        .col(timestamp_with_time_zone("enrolled_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .col(timestamp_with_time_zone("last_activity_at"))
        .check(Expr::cust("done >= 0 AND done <= total"))
        .to_owned();
    let lesson_progress = Table::create()
        .table("lesson_progress")
        .col(uuid("enrollment_id"))
        .col(uuid("lesson_id"))
        .col(integer("percent"))
        .col(big_integer("seconds"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("reported_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .primary_key(Index::create().col("enrollment_id").col("lesson_id"))
        .foreign_key(&mut of_enrollment("lesson_progress"))
        .check(Expr::cust("percent >= 0 AND percent <= 100"))
        .to_owned();
    let exercise_progress = Table::create()
        .table("exercise_progress")
        .col(uuid("enrollment_id"))
        .col(uuid("exercise_id"))
        .col(integer("best_score"))
        .col(integer("max_score"))
        .col(boolean("passed"))
        .col(boolean("perfect"))
        .col(integer("attempts"))
        .primary_key(Index::create().col("enrollment_id").col("exercise_id"))
        .foreign_key(&mut of_enrollment("exercise_progress"))
        .check(Expr::cust("best_score >= 0 AND best_score <= max_score"))
        .to_owned();
    vec![enrollment, lesson_progress, exercise_progress]
}

fn of_enrollment(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "enrollment_id")
        .to("enrollment", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn people() -> Vec<TableCreateStatement> {
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
        .col(date_null("grace_used_on"))
        .col(boolean("visible"))
        .col(string_null("alias"))
        .col(big_integer("heard"))
        .to_owned();
    // Only the bare id stays, so that an event that comes late does not bring a person back.
    let forgotten = Table::create()
        .table("forgotten")
        .col(uuid("user_id").primary_key())
        .col(timestamp_with_time_zone("forgotten_at"))
        .to_owned();
    let achievement = Table::create()
        .table("achievement")
        .col(uuid("id").primary_key())
        .col(big_integer("position").unique_key())
        .col(string("name"))
        .col(string("description"))
        .col(string("tier"))
        .col(integer("points"))
        .col(string("metric"))
        .col(big_integer("threshold"))
        .col(uuid_null("course_id"))
        .to_owned();
    let unlocked = Table::create()
        .table("unlocked")
        .col(uuid("learner_id"))
        .col(uuid("achievement_id"))
        .col(integer("points"))
        .col(timestamp_with_time_zone("unlocked_at"))
        .primary_key(Index::create().col("learner_id").col("achievement_id"))
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
    vec![learner, forgotten, achievement, unlocked, score]
}
