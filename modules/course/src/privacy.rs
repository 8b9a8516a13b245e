//! What is known of a user is exported and erased here, for all rooms. Courses and versions stay
//! without a user's name; submissions belong to the learner alone and are deleted.

#[cfg(test)]
mod tests;

use database::Transaction;
use kernel::{Env, Keyed, Place, UserId};
use personal_data::{PersonalData, Removed};
use serde_json::json;

use crate::assessment::store as submissions;
use crate::authoring::{courses, staff};
use crate::domain::MODULE;
use crate::enrollments;
use crate::error::Error;
use crate::invitations::{invitations, redemptions};
use crate::publishing::{schedules, versions};
use crate::regrading::{changes, regrades};

pub(crate) static PERSONAL_DATA: PersonalData<Error> = PersonalData {
    module: MODULE,
    lists: &[
        ("courses", |txn, user, place| {
            Box::pin(courses_of(txn, user, place))
        }),
        ("enrollments", |txn, user, place| {
            Box::pin(enrollments::export(txn, user, place))
        }),
        ("graded_submissions", |txn, user, place| {
            Box::pin(submissions::export_graded(txn, user, place))
        }),
        ("invitations", |txn, user, place| {
            Box::pin(invitations::export(txn, user, place))
        }),
        ("open_attempts", |txn, user, place| {
            Box::pin(submissions::open_attempts::export(txn, user, place))
        }),
        ("published_versions", |txn, user, place| {
            Box::pin(versions::export(txn, user, place))
        }),
        ("redemptions", |txn, user, place| {
            Box::pin(redemptions::export(txn, user, place))
        }),
        ("regraded_submissions", |txn, user, place| {
            Box::pin(changes::export(txn, user, place))
        }),
        ("regrades", |txn, user, place| {
            Box::pin(regrades::export(txn, user, place))
        }),
        ("scheduled_publications", |txn, user, place| {
            Box::pin(schedules::export(txn, user, place))
        }),
        ("submissions", |txn, user, place| {
            Box::pin(submissions::export(txn, user, place))
        }),
        ("taken_hints", |txn, user, place| {
            Box::pin(submissions::taken_hints::export(txn, user, place))
        }),
    ],
    erase: |txn, env, user| Box::pin(erase(txn, env, user)),
};

async fn courses_of(txn: &Transaction, user: UserId, place: &Place) -> Result<Vec<Keyed>, Error> {
    let mut found = Vec::new();
    for staff in staff::page_by(txn, user, place).await? {
        let course = courses::find(txn, &staff.course_id.into()).await?;
        let shown = json!({
            "course_id": staff.course_id,
            "title": course.map(|course| course.body.title),
            "role": staff.role,
            "accepted": staff.accepted,
            "since": staff.since,
        });
        found.push((json!(staff.course_id), shown));
    }
    Ok(found)
}

async fn erase(txn: &Transaction, env: &Env, user: UserId) -> Result<Removed, Error> {
    Ok(vec![
        ("staff", staff::erase(txn, user).await?),
        ("versions", versions::erase(txn, user).await?),
        ("scheduled_publications", schedules::erase(txn, user).await?),
        ("invitations", invitations::erase(txn, user).await?),
        ("redemptions", redemptions::erase(txn, user).await?),
        // In the order in which a regrade holds them.
        ("regrades", regrades::erase(txn, user).await?),
        ("submissions", submissions::erase(txn, user).await?),
        ("regraded_submissions", changes::erase(txn, user).await?),
        (
            "open_attempts",
            submissions::open_attempts::erase(txn, user).await?,
        ),
        (
            "taken_hints",
            submissions::taken_hints::erase(txn, user).await?,
        ),
        (
            "graded_submissions",
            submissions::erase_grader(txn, user).await?,
        ),
        (
            "enrollments",
            enrollments::erase(txn, user, env.now()).await?,
        ),
    ])
}
