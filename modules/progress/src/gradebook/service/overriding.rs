//! Grades that the staff sets in place of the best answer, each with a reason and its history.

use chrono::TimeDelta;
use contracts::course_ref::CourseRef;
use database::Transaction;
use kernel::{Caller, CourseId, ExerciseId, UserId, text};

use super::super::request::OverrideGrade;
use super::super::store::overrides::OverrideRecord;
use super::super::store::{grades, overrides};
use super::super::view::GradeChange;
use super::Service;
use super::grading::exercises_of;
use crate::error::Error;
use crate::learners;

/// How often one grade can be set within a day; all changes are kept.
const MAX_CHANGES_OF_DAY: u64 = 100;
const DAY: TimeDelta = TimeDelta::days(1);

/// Whose grade of what.
#[derive(Debug, Clone, Copy)]
struct Graded {
    course: CourseId,
    learner: UserId,
    exercise: ExerciseId,
}

impl Service {
    /// Sets a grade. What holds already is not set again.
    pub(crate) async fn override_grade(
        &self,
        caller: &Caller,
        course: &CourseRef,
        (learner, exercise): (UserId, ExerciseId),
        request: &OverrideGrade,
    ) -> Result<GradeChange, Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let graded = Graded {
            course: found.await?,
            learner,
            exercise,
        };
        let enrollment = grades::find(db, graded.course, learner).await?;
        let enrollment = enrollment.ok_or(Error::LearnerNotFound)?;
        let outline = self.outlines.get(db, graded.course, enrollment.version);
        let exercises = exercises_of(&*outline.await?);
        let most = exercises.get(&exercise).ok_or(Error::ExerciseNotFound)?;
        if request.score > *most {
            return Err(Error::ScoreTooHigh { most: *most });
        }
        let txn = self.lock(learner).await?;
        let last = overrides::find_last(&txn, graded.course, learner, exercise).await?;
        let reason = text::clean(&request.reason);
        if let Some(last) = &last
            && last.score == Some(request.score)
            && last.max_score == *most
            && last.reason == reason
        {
            return Ok(last.clone().into());
        }
        self.check_changes(&txn, graded).await?;
        let points = (Some(request.score), *most);
        let change = self.change(caller, graded, last, points, reason);
        overrides::insert(&txn, &change).await?;
        txn.commit().await?;
        Ok(change.into())
    }

    /// Lets the best answer count again; where it does, nothing changes.
    pub(crate) async fn delete_override(
        &self,
        caller: &Caller,
        course: &CourseRef,
        (learner, exercise): (UserId, ExerciseId),
        reason: &str,
    ) -> Result<(), Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let graded = Graded {
            course: found.await?,
            learner,
            exercise,
        };
        let enrollment = grades::find(db, graded.course, learner).await?;
        enrollment.ok_or(Error::LearnerNotFound)?;
        let txn = self.lock(learner).await?;
        let last = overrides::find_last(&txn, graded.course, learner, exercise).await?;
        let Some(last) = last.filter(|last| last.score.is_some()) else {
            return Err(Error::OverrideNotFound);
        };
        let points = (None, last.max_score);
        let reason = text::clean(reason);
        let change = self.change(caller, graded, Some(last), points, reason);
        overrides::insert(&txn, &change).await?;
        Ok(txn.commit().await?)
    }

    /// A transaction in which the changes of one learner come one after the other.
    async fn lock(&self, learner: UserId) -> Result<Transaction, Error> {
        let txn = self.database.begin().await?;
        let locked = learners::lock(&txn, learner).await?;
        locked.ok_or(Error::LearnerNotFound)?;
        Ok(txn)
    }

    /// Only setting a grade is bounded, so that what somebody has set a hundred times can always be taken away.
    async fn check_changes(&self, txn: &Transaction, graded: Graded) -> Result<(), Error> {
        let (now, key) = (
            self.env.now(),
            (graded.course, graded.learner, graded.exercise),
        );
        let (count, first) = overrides::count_since(txn, key, now - DAY).await?;
        match count >= MAX_CHANGES_OF_DAY {
            true => Err(Error::TooManyGradeChanges {
                most: MAX_CHANGES_OF_DAY,
                wait: first.unwrap_or(now) + DAY - now,
            }),
            false => Ok(()),
        }
    }

    fn change(
        &self,
        caller: &Caller,
        graded: Graded,
        last: Option<OverrideRecord>,
        (score, max_score): (Option<i32>, i32),
        reason: String,
    ) -> OverrideRecord {
        let number = last.as_ref().map_or(0, |last| last.number) + 1;
        OverrideRecord {
            id: self.env.id::<OverrideRecord>().uuid(),
            course: graded.course,
            learner: graded.learner,
            exercise: graded.exercise,
            number,
            from_score: last.and_then(|last| last.score),
            score,
            max_score,
            reason,
            changed_by: Some(caller.user_id),
            changed_at: self.env.now(),
        }
    }
}
