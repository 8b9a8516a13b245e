//! Coming into a course: what is known of it, who may come back, and what has become of it.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::progress::EnrollmentOrigin;
use database::Transaction;
use kernel::{CourseId, EnrollmentId};

use crate::domain::{Enrollment, EnrollmentStatus};
use crate::error::{Error, TimeError};
use crate::outlines::CourseRecord;
use crate::recording::activity;

const DAY: TimeDelta = TimeDelta::days(1);
/// How often a learner can leave one course and come back within a day.
const MAX_RETURNS_OF_DAY: i64 = 10;

/// A course that somebody is about to come into.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    pub(super) course: CourseId,
    pub(super) known: CourseRecord,
    /// The id of the enrollment, if it is the first.
    pub(super) id: EnrollmentId,
    pub(super) origin: EnrollmentOrigin,
}

/// What has become of somebody whom the staff brings into a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brought {
    Enrolled,
    AlreadyEnrolled,
    /// At the end of the line.
    Waiting,
}

/// Whom the staff has removed, and whose time is over, comes back by the staff alone.
pub(crate) fn check_removed(left: Option<&Enrollment>, now: DateTime<Utc>) -> Result<(), Error> {
    match left {
        Some(one) if one.status == EnrollmentStatus::Removed => Err(Error::LearnerRemoved),
        Some(one) if one.is_expired(now) => Err(TimeError::EnrollmentExpired.into()),
        _ => Ok(()),
    }
}

/// Whoever has left a course by themselves is not brought back against their will: for a day, they come back by
/// themselves alone.
pub(super) async fn check_departure(
    txn: &Transaction,
    left: Option<&Enrollment>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(left) = left.filter(|one| one.status == EnrollmentStatus::Left) else {
        return Ok(());
    };
    match activity::departures(txn, left.id, now - DAY).await? {
        (0, _) => Ok(()),
        _ => Err(Error::LearnerLeft),
    }
}

/// The log keeps each departure and return for ever, so nobody comes back too often.
pub(crate) async fn check_return(
    txn: &Transaction,
    left: Option<&Enrollment>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(left) = left else { return Ok(()) };
    let (count, first) = activity::departures(txn, left.id, now - DAY).await?;
    match count >= MAX_RETURNS_OF_DAY {
        true => Err(Error::TooManyReturns {
            most: MAX_RETURNS_OF_DAY,
            wait: first.unwrap_or(now) + DAY - now,
        }),
        false => Ok(()),
    }
}
