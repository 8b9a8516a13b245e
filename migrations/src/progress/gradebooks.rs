//! The counts that analytics are made of, and the tables of gradebooks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, integer_null, small_integer, text, timestamp_with_time_zone, uuid,
    uuid_null,
};

use crate::shared::NewIndex;

pub(crate) const INDEXES: &[NewIndex] = &[
    (
        "grade_override_item",
        "grade_override",
        &["course_id", "learner_id", "exercise_id", "number"],
        true,
    ),
    (
        "grade_override_learner",
        "grade_override",
        &["learner_id", "id"],
        false,
    ),
    (
        "grade_override_author",
        "grade_override",
        &["changed_by"],
        false,
    ),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    // No check on the count: that of one slot may be negative, only their sum is not.
    let analytics_count = Table::create()
        .table("analytics_count")
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .col(uuid("item_id"))
        .col(small_integer("measure"))
        .col(small_integer("bucket"))
        .col(small_integer("slot"))
        .col(big_integer("count"))
        .primary_key(
            Index::create()
                .col("course_id")
                .col("version")
                .col("item_id")
                .col("measure")
                .col("bucket")
                .col("slot"),
        )
        .to_owned();
    let gradebook = Table::create()
        .table("gradebook")
        .col(uuid("course_id").primary_key())
        .col(big_integer("revision"))
        .col(text("grading"))
        .col(timestamp_with_time_zone("changed_at"))
        .to_owned();
    // Rows are only ever added: the newest one of an exercise is what holds, and one without a score ends it.
    let grade_override = Table::create()
        .table("grade_override")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("learner_id"))
        .col(uuid("exercise_id"))
        .col(integer("number"))
        .col(integer_null("from_score"))
        .col(integer_null("score"))
        .col(integer("max_score"))
        .col(text("reason"))
        .col(uuid_null("changed_by"))
        .col(timestamp_with_time_zone("changed_at"))
        .to_owned();
    vec![analytics_count, gradebook, grade_override]
}
