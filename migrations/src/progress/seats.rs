//! How learners come into courses: the settings, and who waits for a seat.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, boolean, integer_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::shared::NewIndex;

pub(crate) const INDEXES: &[NewIndex] = &[
    // What a course with few seats counts on each enrollment.
    (
        "enrollment_seats",
        "enrollment",
        &["course_id", "status"],
        false,
    ),
    ("enrollment_access", "enrollment", &["access_until"], false),
    (
        "waiting_list_entry_course",
        "waiting_list_entry",
        &["course_id", "number"],
        false,
    ),
    (
        "waiting_list_entry_learner",
        "waiting_list_entry",
        &["learner_id", "course_id"],
        true,
    ),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    let enrollment_settings = Table::create()
        .table("enrollment_settings")
        .col(uuid("course_id").primary_key())
        .col(big_integer("revision"))
        .col(integer_null("seats"))
        .col(integer_null("access_days"))
        .col(integer_null("certificate_months"))
        .col(timestamp_with_time_zone("changed_at"))
        .col(timestamp_with_time_zone("tried_at"))
        .to_owned();
    let waiting_list_entry = Table::create()
        .table("waiting_list_entry")
        .col(big_pk_auto("number"))
        .col(uuid("course_id"))
        .col(uuid("learner_id"))
        .col(text("title"))
        .col(timestamp_with_time_zone("joined_at"))
        .col(boolean("brought"))
        .col(timestamp_with_time_zone_null("not_before"))
        .to_owned();
    let waiting_list_departure = Table::create()
        .table("waiting_list_departure")
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(timestamp_with_time_zone("left_at"))
        .primary_key(Index::create().col("learner_id").col("course_id"))
        .to_owned();
    vec![
        enrollment_settings,
        waiting_list_entry,
        waiting_list_departure,
    ]
}
