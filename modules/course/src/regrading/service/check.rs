//! Working out what a regrade would change.

use std::sync::Arc;

use kernel::{SubmissionId, UserId};

use super::Service;
use crate::assessment::drawn;
use crate::assessment::store::{SubmissionRecord, graded_after, lock_present};
use crate::domain::Ids;
use crate::domain::regrade::{Before, Verdict, regrade};
use crate::error::Error;
use crate::publishing::VersionExercise;
use crate::regrading::store::changes::{ChangeRecord, ChangeState};
use crate::regrading::store::regrades::{Counts, RegradeRecord, RegradeState};
use crate::regrading::store::{changes, regrades};

/// How many answers are looked at together.
const BATCH: u64 = 50;

/// An answer with what it was given to and what it is graded by.
struct Compared {
    answer: SubmissionRecord,
    asked: Option<Arc<VersionExercise>>,
    corrected: Arc<VersionExercise>,
}

impl Service {
    pub(super) async fn check_some(&self, regrade: &RegradeRecord) -> Result<u64, Error> {
        let exercise = regrade.exercise_id;
        let db = self.database.read();
        let answers = graded_after(db, exercise, regrade.after, BATCH).await?;
        let last = answers.last().map(|answer| (answer.created_at, answer.id));
        let found = u64::try_from(answers.len()).unwrap_or(BATCH);
        let course = self.authoring.known(&regrade.course_id.into()).await?;
        let mut compared = Vec::new();
        for answer in answers {
            compared.push(self.compared(regrade, answer).await?);
        }
        let (id, seed) = (regrade.id, course.seed.clone());
        let work = move || {
            let mut counts = Counts::default();
            let mut changed = Vec::new();
            for one in compared {
                let ids = Ids {
                    seed: &seed,
                    exercise,
                };
                let verdict = one.verdict(ids);
                counts.checked += 1;
                match verdict {
                    Verdict::NotApplicable => counts.not_applicable += 1,
                    Verdict::Same => {}
                    Verdict::Lower => counts.lower += 1,
                    Verdict::Raised(grade) => {
                        let answer = one.answer;
                        changed.push(ChangeRecord {
                            regrade_id: id,
                            submission_id: answer.id,
                            learner_id: answer.learner_id,
                            attempt: answer.attempt,
                            old_score: answer.score,
                            score: grade.score,
                            old_percent: answer.percent,
                            percent: grade.percent,
                            old_passed: answer.passed,
                            passed: grade.passed,
                            state: ChangeState::Pending,
                        });
                    }
                }
            }
            (counts, changed)
        };
        let (counts, mut changed) = self.lane.run(work).await?;
        let txn = self.database.begin_private().await?;
        let held = regrades::find_for_change(&txn, regrade.id).await?;
        // Another process may have gone on with it, or somebody has deleted it.
        let is_same = |held: &RegradeRecord| {
            held.state == RegradeState::Checking && held.after == regrade.after
        };
        let Some(mut held) = held.filter(is_same) else {
            return Ok(0);
        };
        // Whose account was erased meanwhile has no answers, and nothing is said of them.
        let ids: Vec<SubmissionId> = changed.iter().map(|change| change.submission_id).collect();
        let present = lock_present(&txn, &ids).await?;
        changed.retain(|change| present.contains(&change.submission_id));
        changes::insert(&txn, &changed).await?;
        let passes = |change: &&ChangeRecord| change.passed && !change.old_passed;
        held.counts.raised += i32::try_from(changed.len()).unwrap_or(0);
        held.counts.passed += i32::try_from(changed.iter().filter(passes).count()).unwrap_or(0);
        held.counts.checked += counts.checked;
        held.counts.not_applicable += counts.not_applicable;
        held.counts.lower += counts.lower;
        held.after = last.or(held.after);
        if found < BATCH {
            held.state = RegradeState::Checked;
        }
        regrades::save(&txn, &held).await?;
        txn.commit().await?;
        Ok(found)
    }

    async fn compared(
        &self,
        regrade: &RegradeRecord,
        answer: SubmissionRecord,
    ) -> Result<Compared, Error> {
        let (course, exercise) = (regrade.course_id, regrade.exercise_id);
        let content = self.publishing.content();
        let asked = content.exercise(course, answer.number, exercise).await?;
        let corrected = content.exercise(course, regrade.number, exercise).await?;
        let corrected = corrected.ok_or(Error::NotFound("exercise"))?;
        Ok(Compared {
            answer,
            asked,
            corrected,
        })
    }
}

impl Compared {
    fn verdict(&self, ids: Ids<'_>) -> Verdict {
        let answer = &self.answer;
        // What the staff has graded stays as they graded it.
        let is_of_staff = answer.graded_by.is_some() || answer.criteria.is_some();
        let given = answer.answer.as_ref().filter(|_| !is_of_staff);
        let (Some(given), Some(asked)) = (given, &self.asked) else {
            return Verdict::NotApplicable;
        };
        let before = Before {
            score: answer.score,
            max_score: answer.max_score,
            percent: answer.percent,
            passed: answer.passed,
            attempt_percent: answer.attempt_percent,
        };
        let (learner, attempt): (UserId, i32) = (answer.learner_id, answer.attempt);
        let of_attempt =
            |body: &Arc<VersionExercise>| drawn(Arc::clone(body), ids.seed, learner, attempt);
        let (asked, corrected) = (of_attempt(asked), of_attempt(&self.corrected));
        regrade(before, given, (&asked.body, &corrected.body), ids)
    }
}
