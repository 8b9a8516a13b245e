//! Reports that were requested, and their content in pieces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, date_null, integer, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::shared::NewIndex;

pub(crate) const INDEXES: &[NewIndex] = &[
    ("report_list", "report", &["requested_by", "id"], false),
    ("report_course", "report", &["course_id", "state"], false),
    (
        "report_state",
        "report",
        &["state", "attempts", "id"],
        false,
    ),
    ("report_expiry", "report", &["expires_at"], false),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    let report = Table::create()
        .table("report")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(string("kind"))
        .col(string("format"))
        .col(date_null("from_day"))
        .col(date_null("to_day"))
        .col(uuid_null("cohort_id"))
        .col(string("state"))
        .col(string_null("failure"))
        .col(integer("attempts"))
        .col(integer("restarts"))
        .col(big_integer("rows_done"))
        .col(big_integer("rows_estimated"))
        .col(big_integer("bytes"))
        .col(uuid("requested_by"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned();
    // No foreign key: a report can be very large, and its pieces are deleted a few at a time after it.
    let report_piece = Table::create()
        .table("report_piece")
        .col(uuid("report_id"))
        .col(integer("number"))
        .col(binary("content"))
        .primary_key(Index::create().col("report_id").col("number"))
        .to_owned();
    let course_erasure = Table::create()
        .table("course_erasure")
        .col(uuid("course_id").primary_key())
        .col(big_integer("count"))
        .to_owned();
    vec![report, report_piece, course_erasure]
}
