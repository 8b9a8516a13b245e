//! What is handed in, and the grade that it gets.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::course::{ExerciseSubmissionGraded, ExerciseSubmissionQueued};
use database::Transaction;
use kernel::{Operation, SubmissionId, UserId};

use super::Service;
use super::limits::Limits;
use crate::assessment::store::{Recent, SubmissionRecord};
use crate::authoring::CourseRecord;
use crate::domain::grading::{Grade, Share, Worth};
use crate::domain::{Answer, ExerciseBody, MODULE, SubmissionState};
use crate::error::Error;
use crate::publishing::VersionExercise;

/// An answer that fits its exercise.
pub(super) struct HandIn {
    pub(super) course: Arc<CourseRecord>,
    /// The version that it answers.
    pub(super) number: i64,
    /// As this attempt has it.
    pub(super) asked: Arc<VersionExercise>,
    /// `None` when nothing was answered in time.
    pub(super) answer: Option<Answer>,
    /// `None` for what the staff grades.
    pub(super) share: Option<Share>,
    pub(super) retry_percent: i32,
    /// Whether it is of an attempt that was started with a time limit.
    pub(super) was_started: bool,
    /// Whether other attempts are asked something else.
    pub(super) is_drawn: bool,
    /// What the learner is told beside the grade.
    pub(super) note: Option<&'static str>,
}

impl HandIn {
    /// What was asked, where it is not the same for all.
    pub(super) fn prompt(&self) -> Option<String> {
        self.is_drawn.then(|| self.asked.body.prompt.clone())
    }

    /// Otherwise what an author has corrected since would be a way around the rules of today. An attempt that was
    /// started with a time limit stays with its version until that is over.
    pub(super) fn counts(&self, recent: &Recent) -> bool {
        self.was_started || self.is_present(recent)
    }

    /// Whether it is of the version that the learner is on, or of a newer one.
    pub(super) fn is_present(&self, recent: &Recent) -> bool {
        self.number >= recent.present_version()
    }

    /// Whether the learner was enrolled in its version when they began to answer.
    fn is_of_enrollment(&self, recent: &Recent) -> bool {
        let own = recent.enrolled_version;
        own.is_some_and(|own| own == self.number || self.was_started && own > self.number)
    }

    pub(super) fn submission(
        &self,
        id: SubmissionId,
        learner: UserId,
        (recent, limits): (&Recent, Limits),
        taken_hints: usize,
        now: DateTime<Utc>,
    ) -> SubmissionRecord {
        let body = &self.asked.body;
        let used = recent.last_attempt;
        // A limit is what later attempts cost already.
        let retry = Some(self.retry_percent).filter(|_| used > 0 && limits.answers.is_none());
        let hints = limits.hint_cost.zip(i32::try_from(taken_hints).ok());
        let hints = hints.map(|(cost, taken)| (cost * taken).min(100));
        let attempt_percent = retry.unwrap_or(100) * (100 - hints.unwrap_or(0)) / 100;
        let grade = self.share.map(|share| {
            share.grade(Worth {
                points: body.points,
                pass_percent: body.pass_percent,
                attempt_percent,
            })
        });
        let mut feedback = match &grade {
            Some(grade) => feedback(grade, body, &reductions(retry, hints)),
            None => "Handed in. The staff of the course grades it.".to_owned(),
        };
        if let Some(note) = self.note {
            feedback = format!("{note} {feedback}");
        }
        if !self.counts(recent) {
            feedback.push_str(&format!(
                " It does not count: version {} is older than version {}, which is yours.",
                self.number,
                recent.present_version()
            ));
        }
        SubmissionRecord {
            id,
            exercise_id: self.asked.exercise_id,
            lesson_id: self.asked.lesson_id,
            course_id: self.course.id,
            number: self.number,
            learner_id: learner,
            attempt: used + 1,
            answer: self.answer.clone(),
            score: grade.as_ref().map_or(0, |grade| grade.score),
            max_score: body.points,
            percent: grade.as_ref().map_or(0, |grade| grade.percent),
            passed: grade.as_ref().is_some_and(|grade| grade.passed),
            practice: !self.is_of_enrollment(recent),
            counts: self.counts(recent),
            attempt_percent,
            feedback,
            created_at: now,
            state: match grade {
                Some(_) => SubmissionState::Graded,
                None => SubmissionState::Queued,
            },
            graded_at: grade.map(|_| now),
            criteria: None,
            comment: None,
            graded_by: None,
            claim: None,
        }
    }
}

impl Service {
    /// Tells the other modules of an answer that counts: of its grade, or that it waits for one.
    pub(super) async fn publish_answer(
        &self,
        txn: &Transaction,
        operation: &Operation,
        submission: &SubmissionRecord,
    ) -> Result<(), Error> {
        let at = submission.created_at;
        if !submission.counts {
            return Ok(());
        }
        if submission.state == SubmissionState::Graded {
            return self.publish_grade(txn, operation, submission, at).await;
        }
        let event = ExerciseSubmissionQueued {
            submission_id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            queued_at: at,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    /// Tells the other modules of the grade of an answer.
    pub(crate) async fn publish_grade(
        &self,
        txn: &Transaction,
        operation: &Operation,
        submission: &SubmissionRecord,
        graded_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let event = ExerciseSubmissionGraded {
            submission_id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            score: submission.score,
            max_score: submission.max_score,
            passed: submission.passed,
            practice: submission.practice,
            graded_at,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }
}

/// What is said of an attempt that was handed in when its time was over.
pub(super) const SAVED: &str = "The time was over, and what you had saved was handed in.";
pub(super) const NOTHING_SAVED: &str = "The time was over before anything was saved.";

/// Why an answer does not give all points that it could.
fn reductions(retry: Option<i32>, hints: Option<i32>) -> Vec<String> {
    let retry = retry.filter(|percent| *percent < 100);
    let retry = retry.map(|percent| format!("an attempt after the first gives {percent}% of them"));
    let hints = hints.filter(|percent| *percent > 0);
    let hints = hints.map(|percent| format!("the hints that you took cost {percent}%"));
    retry.into_iter().chain(hints).collect()
}

/// What a grade means, and for which `reductions` it is not more.
pub(super) fn feedback(grade: &Grade, asked: &ExerciseBody, reductions: &[String]) -> String {
    let mut points = format!("{} of {} points", grade.score, grade.max_score);
    if !reductions.is_empty() && grade.percent > 0 {
        points.push_str(&format!(", because {}", reductions.join(", and ")));
    }
    match grade.percent {
        100 => format!("Correct: {points}."),
        0 if asked.hints.is_empty() => format!("Incorrect: {points}. Read the lesson again."),
        0 => format!("Incorrect: {points}. Read the lesson again, or take a hint."),
        percent if grade.passed => format!("Passed: {percent}% is correct, for {points}."),
        percent => {
            let needed = asked.pass_percent;
            format!("Partly correct: {percent}% ({needed}% needed to pass). You get {points}.")
        }
    }
}
