//! Giving answers the grades that a regrade has found.

use contracts::course::ExerciseSubmissionReviewed;
use database::Transaction;
use kernel::{Operation, SubmissionId};

use super::Service;
use crate::assessment::store::{self, SubmissionRecord};
use crate::domain::{MODULE, SubmissionState};
use crate::error::Error;
use crate::regrading::store::changes::{ChangeRecord, ChangeState};
use crate::regrading::store::regrades::{RegradeRecord, RegradeState};
use crate::regrading::store::{changes, regrades};

/// How many answers get their grade together.
const BATCH: u64 = 20;

impl Service {
    pub(super) async fn apply_some(&self, regrade: &RegradeRecord) -> Result<u64, Error> {
        let course = regrade.course_id;
        let version = self.publishing.version(course, regrade.number).await?;
        let content = self.publishing.content();
        let exercise = content.exercise(course, regrade.number, regrade.exercise_id);
        let exercise = exercise.await?.ok_or(Error::NotFound("exercise"))?;
        let titles = (
            version.meta.course.title.as_str(),
            exercise.body.title.as_str(),
        );
        let operation = match regrade.requested_by {
            Some(staff) => Operation::system("regrade").by(staff),
            None => Operation::system("regrade"),
        };
        let txn = self.database.begin_private().await?;
        // Another process may go on with it.
        let held = regrades::find_for_change(&txn, regrade.id).await?;
        let Some(mut held) = held.filter(|held| held.state == RegradeState::Applying) else {
            return Ok(0);
        };
        // The one after the last tells whether more of the same learner follow.
        let mut pending = changes::pending(&txn, regrade.id, BATCH + 1).await?;
        let some = pending
            .len()
            .min(usize::try_from(BATCH).unwrap_or(usize::MAX));
        let is_all = some == pending.len();
        let next = pending.split_off(some).pop();
        let followers = pending.iter().skip(1).chain(&next).map(Some);
        for (change, follower) in pending.iter().zip(followers.chain([None])) {
            let is_last = follower.is_none_or(|other| other.learner_id != change.learner_id);
            let answer = self.raise(&txn, &operation, &held, change).await?;
            let state = match &answer {
                Some(_) => ChangeState::Applied,
                None => ChangeState::Skipped,
            };
            changes::settle(&txn, change, state).await?;
            match answer {
                None => held.counts.skipped += 1,
                Some(_) => held.counts.applied += 1,
            }
            if is_last {
                self.tell(&txn, &operation, change, titles).await?;
            }
        }
        if is_all {
            held.state = RegradeState::Applied;
            held.finished_at = Some(self.env.now());
        }
        regrades::save(&txn, &held).await?;
        txn.commit().await?;
        Ok(u64::try_from(some).unwrap_or(BATCH))
    }

    /// The answer with its new grade, unless it was graded otherwise meanwhile or is gone.
    async fn raise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        regrade: &RegradeRecord,
        change: &ChangeRecord,
    ) -> Result<Option<SubmissionRecord>, Error> {
        let id: SubmissionId = change.submission_id;
        let Some(mut answer) = store::find_for_change(txn, id).await? else {
            return Ok(None);
        };
        let old = (change.old_score, change.old_percent, change.old_passed);
        let is_same = answer.state == SubmissionState::Graded
            && (answer.score, answer.percent, answer.passed) == old;
        if !is_same {
            return Ok(None);
        }
        let now = self.env.now();
        (answer.score, answer.percent) = (change.score, change.percent);
        answer.passed = change.passed;
        answer.graded_at = Some(now);
        answer.feedback = format!(
            "Regraded: {} of {} points. {}",
            answer.score, answer.max_score, regrade.reason
        );
        store::save(txn, &answer).await?;
        if answer.counts {
            self.assessment
                .publish_grade(txn, operation, &answer, now)
                .await?;
        }
        Ok(Some(answer))
    }

    /// Tells the learner of a change of the grade of the latest answer that has another one.
    async fn tell(
        &self,
        txn: &Transaction,
        operation: &Operation,
        change: &ChangeRecord,
        (course_title, exercise_title): (&str, &str),
    ) -> Result<(), Error> {
        let (regrade, learner) = (change.regrade_id, change.learner_id);
        let Some(latest) = changes::latest_applied(txn, regrade, learner).await? else {
            return Ok(());
        };
        let Some(answer) = store::find(txn, latest).await? else {
            return Ok(());
        };
        let event = ExerciseSubmissionReviewed {
            submission_id: answer.id,
            course_id: answer.course_id,
            exercise_id: answer.exercise_id,
            learner_id: answer.learner_id,
            course_title: course_title.to_owned(),
            exercise_title: exercise_title.to_owned(),
            score: answer.score,
            max_score: answer.max_score,
            passed: answer.passed,
            reviewed_at: self.env.now(),
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }
}
