//! The tables of who learns: invitations, enrollments, answers, and who is gone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_uniq, boolean, integer, integer_null, string, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::shared::child;

pub(super) fn tables() -> Vec<TableCreateStatement> {
    let submission = Table::create()
        .table("submission")
        .col(uuid("id").primary_key())
        .col(uuid("exercise_id"))
        .col(uuid("lesson_id"))
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(uuid("learner_id"))
        .col(integer("attempt"))
        .col(text("answer"))
        .col(integer("score"))
        .col(integer("max_score"))
        .col(integer("percent"))
        .col(boolean("passed"))
        .col(boolean("practice"))
        .col(text("feedback"))
        .col(timestamp_with_time_zone("created_at"))
        .col(string("state"))
        .col(timestamp_with_time_zone_null("graded_at"))
        .col(text_null("criteria"))
        .col(text_null("comment"))
        .col(uuid_null("graded_by"))
        .col(uuid_null("claimed_by"))
        .col(timestamp_with_time_zone_null("claimed_at"))
        .to_owned();
    let open_attempt = Table::create()
        .table("open_attempt")
        .col(uuid("learner_id"))
        .col(uuid("exercise_id"))
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(integer("attempt"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(text_null("answer"))
        .col(timestamp_with_time_zone_null("saved_at"))
        .primary_key(Index::create().col("learner_id").col("exercise_id"))
        .to_owned();
    let taken_hint = Table::create()
        .table("taken_hint")
        .col(uuid("learner_id"))
        .col(uuid("exercise_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("taken_at"))
        .primary_key(
            Index::create()
                .col("learner_id")
                .col("exercise_id")
                .col("number"),
        )
        .to_owned();
    let course_invitation = Table::create()
        .table("course_invitation")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(binary_uniq("code_hash"))
        .col(string("name"))
        .col(integer_null("max_uses"))
        .col(integer("uses"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(uuid_null("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut child("course_invitation", "course_id", "course"))
        .to_owned();
    // Whoever was let in stays when the invitation is gone.
    let redemption = Table::create()
        .table("redemption")
        .col(uuid("course_id"))
        .col(uuid("user_id"))
        .col(uuid("invitation_id"))
        .col(timestamp_with_time_zone("redeemed_at"))
        .primary_key(Index::create().col("course_id").col("user_id"))
        .foreign_key(&mut child("redemption", "course_id", "course"))
        .to_owned();
    let enrollment = Table::create()
        .table("enrollment")
        .col(uuid("course_id"))
        .col(uuid("learner_id"))
        .col(big_integer("version"))
        .col(boolean("active"))
        .primary_key(Index::create().col("course_id").col("learner_id"))
        .to_owned();
    // Only the bare id stays, so that an event that comes late does not bring a user back.
    let erased_user = Table::create()
        .table("erased_user")
        .col(uuid("user_id").primary_key())
        .col(timestamp_with_time_zone("erased_at"))
        .to_owned();
    vec![
        submission,
        open_attempt,
        taken_hint,
        course_invitation,
        redemption,
        enrollment,
        erased_user,
    ]
}
