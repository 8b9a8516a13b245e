//! What this module knows of one user: exporting it, and erasing it.

#[cfg(test)]
mod tests;

use database::Transaction;
use kernel::{Env, UserId};
use personal_data::{PersonalData, Removed};

use crate::domain::MODULE;
use crate::enrollment::pending_grades;
use crate::error::Error;
use crate::recording::{activity, enrollments, uncount};
use crate::seats::{departures, waiting};
use crate::{certificates, cohorts, gradebook, leaderboards, learners, rebuild, reports, rewards};

pub(crate) static PERSONAL_DATA: PersonalData<Error> = PersonalData {
    module: MODULE,
    lists: &[
        ("achievements", |txn, user, place| {
            Box::pin(rewards::export(txn, user, place))
        }),
        ("activity", |txn, user, place| {
            Box::pin(activity::export(txn, user, place))
        }),
        ("certificates", |txn, user, place| {
            Box::pin(certificates::export(txn, user, place))
        }),
        ("certificates_revoked", |txn, user, place| {
            Box::pin(certificates::export_revoked(txn, user, place))
        }),
        ("cohorts", |txn, user, place| {
            Box::pin(cohorts::export(txn, user, place))
        }),
        ("enrollments", |txn, user, place| {
            Box::pin(enrollments::export(txn, user, place))
        }),
        ("grade_overrides", |txn, user, place| {
            Box::pin(gradebook::export(txn, user, place))
        }),
        ("grade_overrides_set", |txn, user, place| {
            Box::pin(gradebook::export_set(txn, user, place))
        }),
        ("grades_before_enrollment", |txn, user, place| {
            Box::pin(pending_grades::export(txn, user, place))
        }),
        ("leaderboards", |txn, user, place| {
            Box::pin(leaderboards::export(txn, user, place))
        }),
        ("learner", |txn, user, place| {
            Box::pin(learners::export(txn, user, place))
        }),
        ("reports", |txn, user, place| {
            Box::pin(reports::export(txn, user, place))
        }),
        ("time_zones", |txn, user, place| {
            Box::pin(learners::export_zones(txn, user, place))
        }),
        ("waiting_list", |txn, user, place| {
            Box::pin(waiting::export(txn, user, place))
        }),
        ("waiting_lists_left", |txn, user, place| {
            Box::pin(departures::export(txn, user, place))
        }),
    ],
    erase: |txn, env, user| Box::pin(erase(txn, env, user)),
};

/// Deletes everything of a user but the fact that they are gone.
async fn erase(txn: &Transaction, env: &Env, user: UserId) -> Result<Removed, Error> {
    // Nothing is recorded for them while this runs; who was erased before has no row left.
    learners::lock(txn, user).await?;
    learners::mark_erased(txn, user, env.now()).await?;
    uncount(txn, user).await?;
    rebuild::delete_of(txn, user).await?;
    let mut removed = vec![
        ("activity", activity::delete_of(txn, user).await?),
        (
            "pending_grades",
            pending_grades::delete_of(txn, user).await?,
        ),
        ("grade_overrides", gradebook::delete_of(txn, user).await?),
        (
            "authors_of_grade_overrides",
            gradebook::forget_author(txn, user).await?,
        ),
        (
            "revisers_of_certificates",
            certificates::forget_reviser(txn, user).await?,
        ),
        ("waiting_list", waiting::delete_of(txn, user).await?),
        (
            "waiting_lists_left",
            departures::delete_of(txn, user).await?,
        ),
        ("cohort_members", cohorts::delete_of(txn, user).await?),
    ];
    // It holds their courses, so only when the log, which may be long, is gone.
    reports::invalidate(txn, user).await?;
    removed.extend([
        ("enrollments", enrollments::delete_of(txn, user).await?),
        ("certificates", certificates::delete_of(txn, user).await?),
        ("achievements", rewards::delete_of(txn, user).await?),
        ("leaderboards", leaderboards::delete_of(txn, user).await?),
        ("reports", reports::delete_of(txn, user).await?),
        ("time_zones", learners::delete_zones_of(txn, user).await?),
        ("learner", learners::delete(txn, user).await?),
    ]);
    Ok(removed)
}
