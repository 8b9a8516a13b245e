//! Enrollments, how far each is, and the certificates for them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, date, integer, integer_null, string, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null, uuid_uniq,
};

use crate::shared::child;

/// The states of enrollments, as they are shown or in the shadow of a rebuild.
pub(super) fn enrollment(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("id").primary_key())
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(big_integer("version"))
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
        .col(integer_null("score_percent"))
        .col(integer_null("days_to_complete"))
        .col(uuid_null("furthest_lesson"))
        .col(timestamp_with_time_zone_null("risk_low_at"))
        .col(timestamp_with_time_zone_null("risk_high_at"))
        .col(timestamp_with_time_zone_null("access_until"))
        .col(timestamp_with_time_zone_null("reminded_until"))
        .check(Expr::cust("done >= 0 AND done <= total"))
        .to_owned()
}

pub(super) fn lesson_progress(table: &'static str, parent: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("enrollment_id"))
        .col(uuid("lesson_id"))
        .col(integer("percent"))
        .col(big_integer("seconds"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("reported_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .primary_key(Index::create().col("enrollment_id").col("lesson_id"))
        .foreign_key(&mut child(table, "enrollment_id", parent))
        .check(Expr::cust("percent >= 0 AND percent <= 100"))
        .to_owned()
}

pub(super) fn exercise_progress(table: &'static str, parent: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("enrollment_id"))
        .col(uuid("exercise_id"))
        .col(integer("best_score"))
        .col(integer("max_score"))
        .col(integer("credit"))
        .col(boolean("passed"))
        .col(boolean("perfect"))
        .col(integer("attempts"))
        .col(integer("awaiting"))
        .col(integer("first_attempt"))
        .col(integer("first_score"))
        .col(integer("first_max"))
        .col(boolean("first_passed"))
        .primary_key(Index::create().col("enrollment_id").col("exercise_id"))
        .foreign_key(&mut child(table, "enrollment_id", parent))
        .check(Expr::cust(
            "best_score >= 0 AND best_score <= max_score AND best_score <= credit \
                AND first_score >= 0 AND first_score <= first_max",
        ))
        .to_owned()
}

pub(super) fn tables() -> Vec<TableCreateStatement> {
    // It outlives nothing of its learner, but neither needs the projections, which can be made anew.
    let certificate = Table::create()
        .table("certificate")
        .col(string("code").primary_key())
        .col(uuid_uniq("enrollment_id"))
        .col(uuid("learner_id"))
        .col(uuid("course_id"))
        .col(big_integer("version"))
        .col(text("title"))
        .col(text_null("name"))
        .col(date("completed_on"))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(text_null("revocation_reason"))
        .col(uuid_null("revoked_by"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(boolean("public"))
        .col(boolean("reminded"))
        .to_owned();
    vec![
        enrollment("enrollment"),
        lesson_progress("lesson_progress", "enrollment"),
        exercise_progress("exercise_progress", "enrollment"),
        certificate,
    ]
}
