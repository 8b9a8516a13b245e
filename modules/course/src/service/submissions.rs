//! Answers to exercises: graded at once, kept for ever.

use contracts::course::ExerciseSubmissionGraded;
use database::idempotency;
use kernel::{CourseId, ExerciseId, Operation, Outcome, Page, Slice, SubmissionId, UserId};
use rest::Caller;

use super::exercises::published;
use super::grading::{Grade, grade};
use super::lessons::hidden;
use super::reading::Edition;
use super::{MODULE, Service};
use crate::Error;
use crate::command::{EditionQuery, SubmitAnswer};
use crate::content::ExerciseBody;
use crate::question::Ids;
use crate::store;
use crate::store::submissions::SubmissionRecord;
use crate::store::versions::VersionExercise;
use crate::view::SubmissionView;

/// How often a submission is tried again when another one of the same learner was faster.
const RACES: usize = 8;

impl Service {
    pub(crate) async fn submit(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: SubmitAnswer,
    ) -> Result<Outcome<SubmissionView>, Error> {
        for _ in 0..RACES {
            match self.try_submit(learner, operation, exercise, &new).await {
                Err(Error::Storage(error))
                    if database::is_unique_violation(&error) || database::is_broken_off(&error) => {
                }
                done => return done,
            }
        }
        self.try_submit(learner, operation, exercise, &new).await
    }

    async fn try_submit(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: &SubmitAnswer,
    ) -> Result<Outcome<SubmissionView>, Error> {
        let query = EditionQuery {
            version: new.version,
            draft: None,
        };
        let course = self.course_of_exercise(exercise).await?;
        let read = self.reading(learner, &course, &query).await;
        let (course, edition) = read.map_err(|error| hidden(error, "exercise"))?;
        let Edition::Published(version) = edition else {
            return Err(Error::NotPublished);
        };
        let db = self.database.read();
        let asked = published(db, &course, version.number, exercise).await?;

        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            return Ok(first);
        }
        let ids = Ids {
            seed: &course.seed,
            exercise,
        };
        let body = &asked.body;
        let grade = grade(
            &body.question,
            &new.answer,
            body.points,
            body.pass_percent,
            ids,
        )
        .map_err(|faults| Error::Invalid("course.answer_invalid", faults))?;
        let newest = store::versions::newest(&*txn, course.id, &[exercise]).await?;
        let limit = strictest(body, newest.get(&exercise));
        let used = store::submissions::last_attempt(&*txn, exercise, learner.user_id).await?;
        if let Some(allowed) = limit.filter(|allowed| used >= *allowed) {
            return Err(Error::AttemptsExhausted(allowed));
        }
        let submission = SubmissionRecord {
            id: self.ambient.id(),
            exercise_id: exercise,
            lesson_id: asked.lesson_id,
            course_id: course.id,
            number: version.number,
            learner_id: learner.user_id,
            attempt: used + 1,
            answer: new.answer.clone(),
            score: grade.score,
            max_score: grade.max_score,
            passed: grade.passed,
            feedback: feedback(&grade, body),
            created_at: now,
        };
        store::submissions::insert(&*txn, &submission).await?;
        let event = ExerciseSubmissionGraded {
            submission_id: submission.id,
            exercise_id: exercise,
            lesson_id: submission.lesson_id,
            course_id: course.id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            score: submission.score,
            max_score: submission.max_score,
            passed: submission.passed,
            graded_at: now,
        };
        bus::append(&*txn, &self.ambient, operation, MODULE, &event).await?;
        let used = submission.attempt;
        let view = view(submission, Some(body), limit, used);
        let kept = idempotency::keep(&*txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// One's own answers to an exercise; the staff gets those of all, or of the one they name.
    pub(crate) async fn submissions(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        learner: Option<UserId>,
        slice: &Slice,
    ) -> Result<Page<SubmissionView>, Error> {
        let course = self.course_of_exercise(exercise).await?;
        let newest = EditionQuery::default();
        let read = self.reading(caller, &course, &newest).await;
        let (course, _) = read.map_err(|error| hidden(error, "exercise"))?;
        let db = self.database.read();
        let standing = self.standing(db, caller, course.id).await?;
        let whose = if standing.is_staff() {
            learner
        } else {
            Some(caller.user_id)
        };
        let page = store::submissions::list(db, exercise, whose, slice).await?;
        Ok(Page {
            items: self.views(course.id, exercise, page.items).await?,
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    pub(crate) async fn submission(
        &self,
        caller: &Caller,
        id: SubmissionId,
    ) -> Result<SubmissionView, Error> {
        let db = self.database.read();
        let found = store::submissions::find(db, id).await?;
        let found = found.ok_or(Error::NotFound("submission"))?;
        if found.learner_id != caller.user_id {
            let standing = self.standing(db, caller, found.course_id).await?;
            if !standing.is_staff() {
                return Err(Error::NotFound("submission"));
            }
        }
        let (course, exercise) = (found.course_id, found.exercise_id);
        let views = self.views(course, exercise, vec![found]).await?;
        let view = views.into_iter().next();
        view.ok_or(Error::NotFound("submission"))
    }

    /// What is shown of answers to one exercise.
    async fn views(
        &self,
        course: CourseId,
        exercise: ExerciseId,
        submissions: Vec<SubmissionRecord>,
    ) -> Result<Vec<SubmissionView>, Error> {
        let db = self.database.read();
        let mut numbers: Vec<i64> = submissions.iter().map(|one| one.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut learners: Vec<UserId> = submissions.iter().map(|one| one.learner_id).collect();
        learners.sort_unstable();
        learners.dedup();
        let asked = store::versions::editions(db, course, exercise, &numbers).await?;
        let newest = store::versions::newest(db, course, &[exercise]).await?;
        let used = store::submissions::last_attempts(db, &[exercise], &learners).await?;
        let shown = submissions.into_iter().map(|submission| {
            let body = asked.get(&submission.number).map(|asked| &asked.body);
            let limit = body.and_then(|body| strictest(body, newest.get(&exercise)));
            let used = used.get(&(exercise, submission.learner_id)).copied();
            view(submission, body, limit, used.unwrap_or(0))
        });
        Ok(shown.collect())
    }
}

/// The attempts that an exercise allows. An older version may be answered, but its limit must not
/// be a way around that of the newest one.
pub(super) fn strictest(asked: &ExerciseBody, newest: Option<&VersionExercise>) -> Option<i32> {
    let newest = newest.and_then(|newest| newest.body.attempts);
    asked.attempts.into_iter().chain(newest).min()
}

fn view(
    submission: SubmissionRecord,
    asked: Option<&ExerciseBody>,
    allowed: Option<i32>,
    used: i32,
) -> SubmissionView {
    let attempts_left = allowed.map(|allowed| (allowed - used).max(0));
    // While a limited number of attempts is not used up, the explanation would be the answer.
    let open = submission.passed || attempts_left.is_none_or(|left| left == 0);
    SubmissionView {
        id: submission.id,
        exercise_id: submission.exercise_id,
        lesson_id: submission.lesson_id,
        course_id: submission.course_id,
        version: submission.number,
        learner_id: submission.learner_id,
        attempt: submission.attempt,
        attempts_left,
        answer: submission.answer,
        score: submission.score,
        max_score: submission.max_score,
        passed: submission.passed,
        feedback: submission.feedback,
        explanation: asked
            .and_then(|body| body.explanation.clone())
            .filter(|_| open),
        created_at: submission.created_at,
    }
}

fn feedback(grade: &Grade, body: &ExerciseBody) -> String {
    let points = format!("{} of {} points", grade.score, grade.max_score);
    if grade.score == grade.max_score {
        format!("All right: {points}.")
    } else if grade.passed {
        format!("Passed with {points}; a part is not right yet.")
    } else if grade.score > 0 {
        format!(
            "Partly right: {points}. {} percent of them pass.",
            body.pass_percent
        )
    } else {
        format!("Not right: {points}. Read the lesson again, or take a hint.")
    }
}
