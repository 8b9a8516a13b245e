//! The grading queue: the staff claims an answer, so that two do not read the same one, and grades it.

use contracts::course::ExerciseSubmissionReviewed;
use database::{Transaction, idempotency};
use kernel::{Caller, FieldFault, Operation, Outcome, SubmissionId};

use super::Service;
use super::hand_in::{SAVED, feedback};
use crate::assessment::request::GradeSubmission;
use crate::assessment::store::{self, Claim, SubmissionRecord};
use crate::assessment::view::SubmissionView;
use crate::domain::grading::{Worth, by_staff};
use crate::domain::{CourseRole, ExerciseBody, MODULE, Need, SubmissionState};
use crate::error::Error;
use crate::markdown;

impl Service {
    pub(crate) async fn claim(
        &self,
        caller: &Caller,
        id: SubmissionId,
    ) -> Result<SubmissionView, Error> {
        let txn = self.database.begin_private().await?;
        let (mut found, _) = self.open_queued(&txn, caller, id).await?;
        self.check_claim(caller, &found)?;
        found.claim = Some(Claim {
            by: caller.user_id,
            at: self.env.now(),
        });
        store::save(&txn, &found).await?;
        txn.commit().await?;
        let asked = self.asked(&found).await?;
        let view = self.view(self.database.read(), found, &asked, true).await?;
        Ok(self.named(view).await)
    }

    /// Gives a claim up; an owner of the course may take it from anybody.
    pub(crate) async fn release(
        &self,
        caller: &Caller,
        id: SubmissionId,
    ) -> Result<SubmissionView, Error> {
        let txn = self.database.begin_private().await?;
        let (mut found, role) = self.open_queued(&txn, caller, id).await?;
        if let Err(claimed) = self.check_claim(caller, &found) {
            role.require(Need::Own, true).map_err(|_| claimed)?;
        }
        found.claim = None;
        store::save(&txn, &found).await?;
        txn.commit().await?;
        let asked = self.asked(&found).await?;
        let view = self.view(self.database.read(), found, &asked, true).await?;
        Ok(self.named(view).await)
    }

    pub(crate) async fn grade(
        &self,
        caller: &Caller,
        operation: &Operation,
        id: SubmissionId,
        new: GradeSubmission,
    ) -> Result<Outcome<SubmissionView>, Error> {
        let comment = markdown::of_text("/comment", new.comment.as_ref());
        self.pages.check(comment).await?;
        // What never changes is read before the transaction, which then holds no second connection.
        let found = store::find(self.database.read(), id).await?;
        let found = found.ok_or(Error::NotFound("submission"))?;
        let asked = self.asked(&found).await?;
        let version = self.publishing.version(found.course_id, found.number);
        let version = version.await?;
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            drop(txn);
            return Ok(self.named_outcome(first).await);
        }
        let (mut found, _) = self.open_queued(&txn, caller, id).await?;
        self.check_claim(caller, &found)?;
        let exercise = asked.exercise.as_ref();
        let body = &exercise.ok_or(Error::NotFound("exercise"))?.body;
        let score = score_of(body, &new)?;
        let grade = by_staff(score, body.points).grade(Worth {
            points: body.points,
            pass_percent: body.pass_percent,
            attempt_percent: 100,
        });
        let words = feedback(&grade, body, &[]);
        found.feedback = match found.feedback.starts_with(SAVED) {
            true => format!("{SAVED} {words}"),
            false => words,
        };
        (found.score, found.percent) = (grade.score, grade.percent);
        found.passed = grade.passed;
        found.state = SubmissionState::Graded;
        found.graded_at = Some(now);
        found.graded_by = Some(caller.user_id);
        (found.criteria, found.comment) = (new.criteria, new.comment);
        found.claim = None;
        store::save(&txn, &found).await?;
        self.publish_grade(&txn, operation, &found, now).await?;
        let event = ExerciseSubmissionReviewed {
            submission_id: found.id,
            course_id: found.course_id,
            exercise_id: found.exercise_id,
            learner_id: found.learner_id,
            course_title: version.meta.course.title.clone(),
            exercise_title: body.title.clone(),
            score: found.score,
            max_score: found.max_score,
            passed: found.passed,
            reviewed_at: now,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let view = self.view(&txn, found, &asked, true).await?;
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(self.named_outcome(kept).await)
    }

    async fn named_outcome(&self, outcome: Outcome<SubmissionView>) -> Outcome<SubmissionView> {
        Outcome {
            value: self.named(outcome.value).await,
            replayed: outcome.replayed,
        }
    }

    /// An answer that waits, held until the commit, for somebody of the staff who did not give it.
    async fn open_queued(
        &self,
        txn: &Transaction,
        caller: &Caller,
        id: SubmissionId,
    ) -> Result<(SubmissionRecord, CourseRole), Error> {
        let found = store::find_for_change(txn, id).await?;
        let found = found.ok_or(Error::NotFound("submission"))?;
        let own = found.learner_id == caller.user_id;
        let role = self.authoring.role_of(txn, caller, found.course_id).await?;
        match (role.is_staff(), own) {
            (false, false) => return Err(Error::NotFound("submission")),
            (false, true) => return Err(Error::NotStaff),
            (true, true) => return Err(Error::OwnAnswer),
            (true, false) => {}
        }
        match found.state {
            SubmissionState::Queued => Ok((found, role)),
            SubmissionState::Graded => Err(Error::AlreadyGraded),
        }
    }

    fn check_claim(&self, caller: &Caller, found: &SubmissionRecord) -> Result<(), Error> {
        let now = self.env.now();
        let held = found.claim.filter(|claim| claim.holds(now));
        match held {
            Some(claim) if claim.by != caller.user_id => Err(Error::Claimed),
            _ => Ok(()),
        }
    }
}

/// The points that were given, within what the exercise allows.
fn score_of(asked: &ExerciseBody, new: &GradeSubmission) -> Result<i32, Vec<FieldFault>> {
    let fault = |at: String, code, message: String| Err(vec![FieldFault::new(at, code, message)]);
    let rubric = asked.question.rubric();
    let (score, criteria) = (new.score, new.criteria.as_deref());
    match (score, criteria) {
        (None, None) if rubric.is_empty() => fault(
            "/score".to_owned(),
            "required",
            format!("must say how many of the {} points are given", asked.points),
        ),
        (Some(score), None) if rubric.is_empty() && score <= asked.points => Ok(score),
        (Some(_), None) if rubric.is_empty() => fault(
            "/score".to_owned(),
            "too_large",
            format!(
                "must be at most {}, the points of the exercise",
                asked.points
            ),
        ),
        (_, Some(_)) if rubric.is_empty() => fault(
            "/criteria".to_owned(),
            "no_rubric",
            "must be absent, because the exercise has no rubric; send score".to_owned(),
        ),
        (Some(_), _) => fault(
            "/score".to_owned(),
            "rubric",
            "must be absent, because the criteria of the rubric give the points".to_owned(),
        ),
        (None, given) => {
            let given = given.unwrap_or_default();
            if given.len() != rubric.len() {
                let message = format!("must have {} numbers, one for each criterion", rubric.len());
                return fault("/criteria".to_owned(), "count", message);
            }
            let pairs = given.iter().zip(rubric).enumerate();
            for (index, (given, criterion)) in pairs {
                if *given > criterion.points {
                    let message = format!(
                        "must be at most {}, the points of “{}”",
                        criterion.points, criterion.title
                    );
                    return fault(format!("/criteria/{index}"), "too_large", message);
                }
            }
            Ok(given.iter().sum())
        }
    }
}
