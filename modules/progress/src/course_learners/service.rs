//! Enrolling and removing learners for them.

use std::collections::HashSet;
use std::sync::Arc;

use contracts::course_ref::CourseRef;
use contracts::user::UserApi;
use database::{Database, idempotency};
use kernel::{
    Caller, CohortId, CourseId, Env, Fault, FieldFault, Kind, Operation, Outcome, UserId,
};

use super::request::{EnrollLearners, ReplaceLearnerAccess};
use super::table;
use super::view::{EnrollmentBatch, EnrollmentOutcome, EnrollmentResult, LearnerAccess};
use crate::cohorts::MemberOutcome;
use crate::enrollment::{self, Brought};
use crate::error::Error;
use crate::{cohorts, outlines};

/// The learners of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    users: Arc<dyn UserApi>,
    outlines: outlines::Service,
    enrollment: enrollment::Service,
    cohorts: cohorts::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        users: Arc<dyn UserApi>,
        outlines: outlines::Service,
        enrollment: enrollment::Service,
        cohorts: cohorts::Service,
    ) -> Self {
        Self {
            database,
            env,
            users,
            outlines,
            enrollment,
            cohorts,
        }
    }

    /// Enrolls those whom a request names, each in a transaction of their own: one that is refused holds up no other,
    /// and a request that breaks off goes on where it was when it is sent again.
    pub(crate) async fn enroll(
        &self,
        caller: &Caller,
        request: &EnrollLearners,
        operation: &Operation,
    ) -> Result<Outcome<EnrollmentBatch>, Error> {
        let (rows, names): (Vec<usize>, Vec<String>) = names(request)?.into_iter().unzip();
        let db = self.database.read();
        let at = CourseRef::Id(request.course_id);
        let course = self.outlines.find_for_editor(db, caller, &at).await?;
        let now = operation.moment(self.env.now());
        // The key is not held meanwhile: each learner has a transaction of their own.
        if let Some(first) = idempotency::peek(db, now, operation).await? {
            return Ok(first);
        }
        if let Some(cohort) = request.cohort_id {
            cohorts::require(db, course, cohort).await?;
        }
        let found = self.users.identify(&names).await?;
        let mut results = self
            .enroll_each(course, &names, &found, request.dry_run, operation)
            .await?;
        for (result, row) in results.iter_mut().zip(rows) {
            result.row = row;
        }
        if let Some(cohort) = request.cohort_id.filter(|_| !request.dry_run) {
            self.group(cohort, &mut results, operation).await?;
        }
        let batch = EnrollmentBatch {
            course_id: course,
            dry_run: request.dry_run,
            results,
        };
        let txn = self.database.begin_private().await?;
        // The same request at the same time may have been faster.
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let kept = idempotency::keep(&txn, operation, batch).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Puts those who are in the course now into a cohort of it. One who is refused stays enrolled, and the code says why.
    async fn group(
        &self,
        cohort: CohortId,
        results: &mut [EnrollmentResult],
        operation: &Operation,
    ) -> Result<(), Error> {
        use EnrollmentOutcome::{AlreadyEnrolled, Enrolled};

        for result in results {
            let enrolled = matches!(result.outcome, Enrolled | AlreadyEnrolled);
            let Some(learner) = result.learner_id.filter(|_| enrolled) else {
                continue;
            };
            match self.cohorts.add(learner, cohort, operation).await {
                Ok(MemberOutcome::NotEnrolled) => {
                    let left = Error::EnrollmentRequired;
                    result.code = Some(left.code().to_owned());
                    result.detail = Some("they have left the course meanwhile".to_owned());
                }
                Ok(_) | Err(Error::UserErased) => {}
                Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => {
                    return Err(error);
                }
                Err(error) => {
                    result.code = Some(error.code().to_owned());
                    result.detail = Some(error.to_string());
                }
            }
        }
        Ok(())
    }

    async fn enroll_each(
        &self,
        course: CourseId,
        names: &[String],
        found: &[Option<UserId>],
        dry_run: bool,
        operation: &Operation,
    ) -> Result<Vec<EnrollmentResult>, Error> {
        let answered = self.outlines.fetch(course).await;
        let mut results = Vec::with_capacity(names.len());
        let (mut seen, mut planned) = (HashSet::new(), 0);
        for (place, name) in names.iter().enumerate() {
            let mut result = EnrollmentResult {
                row: place + 1,
                learner: name.clone(),
                learner_id: found.get(place).copied().flatten(),
                outcome: EnrollmentOutcome::NotFound,
                code: None,
                detail: None,
            };
            if let Some(learner) = result.learner_id {
                let planned_before = dry_run.then_some(planned);
                let brought = match seen.insert(learner) {
                    true => {
                        self.enrollment
                            .bring(learner, course, &answered, planned_before, operation)
                            .await
                    }
                    false => Ok(Brought::AlreadyEnrolled),
                };
                result.outcome = match brought {
                    Ok(Brought::Enrolled) => EnrollmentOutcome::Enrolled,
                    Ok(Brought::AlreadyEnrolled) => EnrollmentOutcome::AlreadyEnrolled,
                    Ok(Brought::Waiting) => EnrollmentOutcome::Waiting,
                    Err(Error::UserErased) => EnrollmentOutcome::NotFound,
                    // What fails for a reason of its own would fail for all that follow.
                    Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => {
                        return Err(error);
                    }
                    Err(error) => {
                        result.code = Some(error.code().to_owned());
                        result.detail = Some(error.to_string());
                        EnrollmentOutcome::Refused
                    }
                };
                planned += i64::from(result.outcome == EnrollmentOutcome::Enrolled);
            }
            results.push(result);
        }
        Ok(results)
    }

    /// Takes a learner out of a course, or out of the line before it.
    pub(crate) async fn remove(
        &self,
        caller: &Caller,
        course: &CourseRef,
        learner: UserId,
        operation: &Operation,
    ) -> Result<(), Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        self.enrollment.remove(learner, course, operation).await
    }

    /// Says until when a learner may learn in a course.
    pub(crate) async fn set_access(
        &self,
        caller: &Caller,
        course: &CourseRef,
        learner: UserId,
        request: &ReplaceLearnerAccess,
        operation: &Operation,
    ) -> Result<LearnerAccess, Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let until = request.access_until;
        let set = self
            .enrollment
            .set_access(learner, course, until, operation);
        let enrollment = set.await?;
        Ok(LearnerAccess {
            learner_id: learner,
            course_id: course,
            enrollment_id: enrollment.id,
            status: enrollment.status,
            access_until: enrollment.access_until,
        })
    }
}

/// The names that a request brings in one of the two ways, with their places.
fn names(request: &EnrollLearners) -> Result<Vec<(usize, String)>, Error> {
    let names = match &request.csv {
        Some(_) if !request.learners.is_empty() => {
            let message = "send either learners or csv, not both";
            let fault = FieldFault::new("/csv", "exactly_one", message);
            return Err(Error::LearnersInvalid(vec![fault]));
        }
        Some(text) => table::names(text)?,
        None => (1..).zip(request.learners.iter().cloned()).collect(),
    };
    if names.is_empty() {
        let message = "name at least one learner, in learners or in csv";
        let fault = FieldFault::new("/learners", "exactly_one", message);
        return Err(Error::LearnersInvalid(vec![fault]));
    }
    Ok(names)
}
