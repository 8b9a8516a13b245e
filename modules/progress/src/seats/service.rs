//! Taking seats, and how many there are.

use chrono::{DateTime, Utc};
use contracts::course_ref::CourseRef;
use database::{Database, Transaction};
use kernel::{Caller, CourseId, Env, Expected, UserId};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::LockType;

use super::request::ReplaceEnrollmentSettings;
use super::store::{departures, settings, waiting};
use super::view::CourseEnrollmentSettings;
use crate::domain::EnrollmentSettings;
use crate::error::Error;
use crate::outlines;
use crate::recording::enrollments;

/// For how many courses somebody can wait at once.
const MAX_ENTRIES: u64 = 10;

/// The settings of enrollment.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env, outlines: outlines::Service) -> Self {
        Self {
            database,
            env,
            outlines,
        }
    }

    /// The settings of a course, and their revision.
    pub(crate) async fn settings(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<(i64, CourseEnrollmentSettings), Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let (revision, known) = settings::find(db, course).await?;
        let counts = count(db, course).await?;
        let view = CourseEnrollmentSettings::of(course, known, counts);
        Ok((revision, view))
    }

    /// Replaces the settings of a course. Whoever waits for seats that there are then is enrolled later, a few at a
    /// time.
    pub(crate) async fn replace_settings(
        &self,
        caller: &Caller,
        course: &CourseRef,
        expected: &Expected,
        request: &ReplaceEnrollmentSettings,
    ) -> Result<(i64, CourseEnrollmentSettings), Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let wanted = EnrollmentSettings {
            seats: request.seats,
            access_days: request.access_days,
            certificate_months: request.certificate_months,
        };
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            // Whoever is taking a seat by the old settings has it before the new ones hold.
            outlines::lock(&txn, course, LockType::Update).await?;
            let (revision, _) = settings::find(&txn, course).await?;
            expected.check(revision)?;
            let (revision, now) = (revision + 1, self.env.now());
            settings::upsert(&txn, course, revision, wanted, now).await?;
            let counts = count(&txn, course).await?;
            txn.commit().await?;
            let view = CourseEnrollmentSettings::of(course, wanted, counts);
            Ok((revision, view))
        })
        .await
    }
}

async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<(i64, i64), Error> {
    let enrolled = enrollments::count_seated(db, course).await?;
    Ok((enrolled, waiting::count(db, course).await?))
}

/// Reads the settings of a course and holds them until the transaction ends. Where seats are limited, nobody else takes
/// one meanwhile.
pub(crate) async fn lock(txn: &Transaction, course: CourseId) -> Result<EnrollmentSettings, Error> {
    outlines::lock(txn, course, LockType::KeyShare).await?;
    let (_, known) = settings::find(txn, course).await?;
    if known.seats.is_some() {
        outlines::lock(txn, course, LockType::NoKeyUpdate).await?;
    }
    Ok(known)
}

/// Whether a course that is locked has a seat for a learner, behind all who are before them on the waiting list and could
/// be enrolled now, and `others`.
pub(crate) async fn are_free(
    txn: &Transaction,
    course: CourseId,
    known: EnrollmentSettings,
    (learner, now): (UserId, DateTime<Utc>),
    others: i64,
) -> Result<bool, Error> {
    let Some(seats) = known.seats else {
        return Ok(true);
    };
    let taken = enrollments::count_seated(txn, course).await?;
    let before = waiting::count_before(txn, course, learner, now).await?;
    Ok(taken + before + others < i64::from(seats))
}

/// # Errors
/// [`Error::TooManyWaitingListEntries`] when a learner waits for as many courses as one can. Places that the
/// staff has filled use up none of these.
pub(crate) async fn require_place(txn: &Transaction, learner: UserId) -> Result<(), Error> {
    match waiting::count_of(txn, learner).await? >= MAX_ENTRIES {
        true => Err(Error::TooManyWaitingListEntries(MAX_ENTRIES)),
        false => Ok(()),
    }
}

/// Takes a seat for a learner, who is about to be enrolled and does not wait any longer.
///
/// # Errors
/// [`Error::CourseFull`] when there is none for them.
pub(crate) async fn take(
    txn: &Transaction,
    course: CourseId,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<EnrollmentSettings, Error> {
    let known = lock(txn, course).await?;
    if !are_free(txn, course, known, (learner, now), 0).await? {
        return Err(Error::CourseFull);
    }
    waiting::delete(txn, course, learner).await?;
    departures::delete(txn, course, learner).await?;
    Ok(known)
}
