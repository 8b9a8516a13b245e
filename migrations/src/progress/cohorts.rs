//! Cohorts of courses, and who is in them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, date_null, text, timestamp_with_time_zone, uuid};

use crate::shared::NewIndex;

pub(crate) const INDEXES: &[NewIndex] = &[
    ("cohort_course", "cohort", &["course_id", "id"], false),
    (
        "cohort_member_list",
        "cohort_member",
        &["cohort_id", "enrollment_id"],
        false,
    ),
    (
        "cohort_member_learner",
        "cohort_member",
        &["learner_id", "enrollment_id"],
        false,
    ),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    let cohort = Table::create()
        .table("cohort")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(text("name"))
        .col(date_null("starts_on"))
        .col(date_null("ends_on"))
        .col(big_integer("revision"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    // The key is the enrollment, so that nobody is in two cohorts of a course.
    let cohort_member = Table::create()
        .table("cohort_member")
        .col(uuid("enrollment_id").primary_key())
        .col(uuid("cohort_id"))
        .col(uuid("learner_id"))
        .col(timestamp_with_time_zone("added_at"))
        .to_owned();
    vec![cohort, cohort_member]
}
