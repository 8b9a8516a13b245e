//! The tables of who learns: invitations, enrollments, answers, and who is gone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_uniq, boolean, integer, integer_null, string, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::shared::{NewIndex, child};

pub(super) const INDEXES: &[NewIndex] = &[
    (
        "enrollment_learner",
        "enrollment",
        &["learner_id", "course_id"],
        false,
    ),
    (
        "course_invitation_course",
        "course_invitation",
        &["course_id", "created_at", "id"],
        false,
    ),
    (
        "course_invitation_creator",
        "course_invitation",
        &["created_by", "id"],
        false,
    ),
    (
        "redemption_user",
        "redemption",
        &["user_id", "course_id"],
        false,
    ),
    (
        "submission_exercise",
        "submission",
        &["exercise_id", "created_at", "id"],
        false,
    ),
    (
        "submission_attempt",
        "submission",
        &["exercise_id", "learner_id", "attempt"],
        true,
    ),
    (
        "submission_recent",
        "submission",
        &["learner_id", "created_at"],
        false,
    ),
    (
        "submission_course",
        "submission",
        &["course_id", "created_at", "id"],
        false,
    ),
    (
        "open_attempt_expiry",
        "open_attempt",
        &["expires_at"],
        false,
    ),
    (
        "regrade_exercise",
        "regrade",
        &["exercise_id", "requested_at", "id"],
        false,
    ),
    (
        "regraded_submission_learner",
        "regraded_submission",
        &["learner_id", "regrade_id", "submission_id"],
        false,
    ),
    (
        "regraded_submission_turn",
        "regraded_submission",
        &["regrade_id", "learner_id", "attempt"],
        false,
    ),
    // In the order in which the answers of one learner are handed over.
    (
        "submission_learner",
        "submission",
        &["learner_id", "id"],
        false,
    ),
];

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
        .col(boolean("counts"))
        .col(integer("attempt_percent"))
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
    // Who has asked for it may be gone.
    let regrade = Table::create()
        .table("regrade")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("exercise_id"))
        .col(big_integer("number"))
        .col(text("reason"))
        .col(string("state"))
        .col(integer("checked"))
        .col(integer("not_applicable"))
        .col(integer("lower"))
        .col(integer("raised"))
        .col(integer("passed"))
        .col(integer("applied"))
        .col(integer("skipped"))
        .col(uuid_null("requested_by"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(timestamp_with_time_zone_null("after_at"))
        .col(uuid_null("after_id"))
        .foreign_key(&mut child("regrade", "course_id", "course"))
        .to_owned();
    let regraded_submission = Table::create()
        .table("regraded_submission")
        .col(uuid("regrade_id"))
        .col(uuid("submission_id"))
        .col(uuid("learner_id"))
        .col(integer("attempt"))
        .col(integer("old_score"))
        .col(integer("score"))
        .col(integer("old_percent"))
        .col(integer("percent"))
        .col(boolean("old_passed"))
        .col(boolean("passed"))
        .col(string("state"))
        .primary_key(Index::create().col("regrade_id").col("submission_id"))
        .foreign_key(&mut child("regraded_submission", "regrade_id", "regrade"))
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
        .col(boolean("barred"))
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
        regrade,
        regraded_submission,
        open_attempt,
        taken_hint,
        course_invitation,
        redemption,
        enrollment,
        erased_user,
    ]
}
