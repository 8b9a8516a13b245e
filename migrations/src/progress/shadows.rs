//! Projections: which version of each is stored, and the shadows in which they are rebuilt.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, date, date_null, integer, small_integer, string,
    timestamp_with_time_zone_null, uuid,
};

use super::enrollments;
use crate::shared::{NewIndex, child};

/// What this release keeps.
const NAMES: [&str; 8] = [
    "lesson_state",
    "course_progress",
    "learner_totals",
    "streak",
    "calendar",
    "leaderboards",
    "analytics",
    "achievements",
];

pub(crate) const INDEXES: &[NewIndex] = &[
    (
        "enrollment_shadow_learner",
        "enrollment_shadow",
        &["learner_id"],
        false,
    ),
    (
        "score_shadow_learner",
        "score_shadow",
        &["learner_id"],
        false,
    ),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    let projection = Table::create()
        .table("projection")
        .col(string("name").primary_key())
        .col(integer("version"))
        .col(big_integer("checkpoint"))
        .col(timestamp_with_time_zone_null("rebuilt_at"))
        .to_owned();
    // All that is folded of a learner goes with this row: when they are erased, and when they are folded again.
    let learner = Table::create()
        .table("learner_shadow")
        .col(uuid("id").primary_key())
        .col(integer("fold_version"))
        .col(big_integer("facts"))
        .col(big_integer("zones"))
        .col(big_integer("achievements"))
        .col(big_integer("vacations"))
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
        .to_owned();
    let calendar = Table::create()
        .table("calendar_shadow")
        .col(uuid("activity_id").primary_key())
        .col(uuid("learner_id"))
        .col(date("day"))
        .foreign_key(&mut child(
            "calendar_shadow",
            "learner_id",
            "learner_shadow",
        ))
        .to_owned();
    let score = Table::create()
        .table("score_shadow")
        .col(string("scope"))
        .col(string("period"))
        .col(uuid("learner_id"))
        .col(big_integer("points"))
        .col(boolean("visible"))
        .primary_key(Index::create().col("scope").col("period").col("learner_id"))
        .foreign_key(&mut child("score_shadow", "learner_id", "learner_shadow"))
        .to_owned();
    let analytics = Table::create()
        .table("analytics_shadow")
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .col(uuid("item_id"))
        .col(small_integer("measure"))
        .col(small_integer("bucket"))
        .col(big_integer("count"))
        .primary_key(
            Index::create()
                .col("learner_id")
                .col("course_id")
                .col("version")
                .col("item_id")
                .col("measure")
                .col("bucket"),
        )
        .foreign_key(&mut child(
            "analytics_shadow",
            "learner_id",
            "learner_shadow",
        ))
        .to_owned();
    let enrollment = enrollments::enrollment("enrollment_shadow")
        .foreign_key(&mut child(
            "enrollment_shadow",
            "learner_id",
            "learner_shadow",
        ))
        .to_owned();
    vec![
        projection,
        learner,
        calendar,
        score,
        analytics,
        enrollment,
        enrollments::lesson_progress("lesson_progress_shadow", "enrollment_shadow"),
        enrollments::exercise_progress("exercise_progress_shadow", "enrollment_shadow"),
    ]
}

/// A fresh database holds the projections of an empty log.
pub(crate) async fn seed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert
        .into_table("projection")
        .columns(["name", "version", "checkpoint"]);
    for name in NAMES {
        insert
            .values([name.into(), 1.into(), 0_i64.into()])
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    manager.execute(insert).await
}
