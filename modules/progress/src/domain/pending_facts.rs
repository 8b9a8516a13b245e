//! What a request adds to the log: pure rules that turn it into facts.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::course::CompletionRule;
use kernel::{ExerciseId, LessonId, SubmissionId};

use super::fact::{Fact, Grade, Occurrence};
use super::shape::Shape;
use super::state::State;

#[cfg(test)]
mod tests;

/// How much of the time between two reports counts: whoever reads reports more often, and who does not is away.
pub(crate) const LONGEST_SPAN: TimeDelta = TimeDelta::minutes(30);

/// Facts that were decided and not yet recorded, and the state that they lead to.
#[derive(Debug, Clone)]
pub(crate) struct PendingFacts {
    pub(crate) shape: Shape,
    /// Completed lessons, and all lessons, before them.
    pub(crate) counts_before: (i32, i32),
    pub(crate) before: State,
    pub(crate) state: State,
    pub(crate) occurrences: Vec<Occurrence>,
}

impl PendingFacts {
    pub(crate) fn new(shape: Shape, state: State) -> Self {
        Self {
            counts_before: (state.count_done(&shape), shape.total()),
            shape,
            before: state.clone(),
            state,
            occurrences: Vec::new(),
        }
    }

    fn push(&mut self, fact: Fact, at: DateTime<Utc>) {
        let occurrence = Occurrence { fact, at };
        self.state.apply(&self.shape, &occurrence);
        self.occurrences.push(occurrence);
    }

    pub(crate) fn enroll(&mut self, version: i64, at: DateTime<Utc>) {
        if !self.state.active {
            self.push(Fact::Enrolled { version }, at);
            self.settle(at);
        }
    }

    /// Says until when the learner may learn in the course.
    pub(crate) fn set_access(&mut self, until: Option<DateTime<Utc>>, at: DateTime<Utc>) {
        if self.state.access_until != until {
            self.push(Fact::AccessSet { until }, at);
        }
    }

    /// Ends the enrollment if its time is over.
    pub(crate) fn expire(&mut self, at: DateTime<Utc>) {
        let over = self.state.access_until.is_some_and(|until| until <= at);
        if over && self.state.active {
            self.push(Fact::Expired {}, at);
        }
    }

    pub(crate) fn leave(&mut self, at: DateTime<Utc>) {
        if self.state.active {
            self.push(Fact::Unenrolled {}, at);
        }
    }

    /// Whoever has left before is removed too, so that they do not come back.
    pub(crate) fn remove(&mut self, at: DateTime<Utc>) {
        if !self.state.removed {
            self.push(Fact::Removed {}, at);
        }
    }

    /// Moves on to a version with this shape.
    pub(crate) fn upgrade(&mut self, version: i64, shape: Shape, at: DateTime<Utc>) {
        self.shape = shape;
        self.push(Fact::Upgraded { version }, at);
        self.settle(at);
    }

    pub(crate) fn start(&mut self, lesson: LessonId, at: DateTime<Utc>) {
        if self.shape.lessons.contains_key(&lesson) && !self.state.lessons.contains_key(&lesson) {
            self.push(Fact::LessonStarted { lesson }, at);
        }
    }

    /// Neither value falls. The time grows by no more than has passed since the learner's last report, of whatever
    /// lesson, so that nothing counts twice that is read side by side; `elsewhere` is when they last reported in another
    /// course. Nor does it grow by more than [`LONGEST_SPAN`].
    pub(crate) fn report(
        &mut self,
        lesson: LessonId,
        percent: i32,
        seconds: i64,
        at: DateTime<Utc>,
        elsewhere: Option<DateTime<Utc>>,
    ) {
        self.start(lesson, at);
        let Some(known) = self.state.lessons.get(&lesson) else {
            return;
        };
        let others = self.state.lessons.iter().filter(|(id, _)| **id != lesson);
        let reported = others.filter_map(|(_, other)| other.counted_until());
        let since = reported
            .chain(elsewhere)
            .fold(known.reported_at, DateTime::max);
        let passed = (at - since).clamp(TimeDelta::zero(), LONGEST_SPAN);
        let passed = passed.num_seconds();
        let percent = percent.clamp(known.percent, 100);
        let seconds = seconds.clamp(known.seconds, known.seconds + passed);
        if (percent, seconds) != (known.percent, known.seconds) {
            let fact = Fact::LessonProgressed {
                lesson,
                percent,
                seconds,
            };
            self.push(fact, at);
        }
    }

    /// Completes the lesson once.
    ///
    /// # Errors
    /// The exercises that the lesson's rule still requires.
    pub(crate) fn complete(
        &mut self,
        lesson: LessonId,
        at: DateTime<Utc>,
    ) -> Result<(), Vec<ExerciseId>> {
        let Some(shape) = self.shape.lessons.get(&lesson) else {
            return Ok(());
        };
        if self.state.is_complete(lesson) {
            return Ok(());
        }
        if shape.rule == CompletionRule::Exercises {
            let open: Vec<ExerciseId> = self.open(&shape.exercises);
            if !open.is_empty() {
                return Err(open);
            }
        }
        self.start(lesson, at);
        self.push(Fact::LessonCompleted { lesson }, at);
        self.settle(at);
        Ok(())
    }

    /// Keeps that an answer waits for its grade, which begins its lesson for who is enrolled.
    pub(crate) fn submit(
        &mut self,
        (submission, exercise): (SubmissionId, ExerciseId),
        attempt: i32,
        at: DateTime<Utc>,
    ) {
        let Some(known) = self.shape.exercises.get(&exercise).copied() else {
            return;
        };
        let graded = self.state.exercises.get(&exercise);
        // Its grade may have come before it.
        if !self.state.active || graded.is_some_and(|graded| graded.attempts >= attempt) {
            return;
        }
        self.start(known.lesson, at);
        let fact = Fact::ExerciseSubmitted {
            submission,
            exercise,
            attempt,
        };
        self.push(fact, at);
    }

    /// Keeps a grade; an answer also begins its lesson, for who is enrolled.
    pub(crate) fn grade(&mut self, grade: Grade, at: DateTime<Utc>) {
        let known = self.shape.exercises.get(&grade.exercise).copied();
        if let Some(known) = known.filter(|_| self.state.active) {
            self.start(known.lesson, at);
        }
        self.push(Fact::ExerciseGraded(grade), at);
        self.settle(at);
    }

    /// Completes what completes by itself.
    fn settle(&mut self, at: DateTime<Utc>) {
        if !self.state.active {
            return;
        }
        let ripe: Vec<LessonId> = self
            .shape
            .lessons
            .iter()
            .filter(|(id, lesson)| {
                lesson.rule == CompletionRule::Exercises
                    && !lesson.exercises.is_empty()
                    && !self.state.is_complete(**id)
                    && self.open(&lesson.exercises).is_empty()
            })
            .map(|(id, _)| *id)
            .collect();
        for lesson in ripe {
            self.push(Fact::LessonCompleted { lesson }, at);
        }
        let done = self.state.count_done(&self.shape);
        if done > 0 && done == self.shape.total() && self.state.completed_at.is_none() {
            // A grade may come after lessons that were completed later.
            let last = self.state.last_completion(&self.shape);
            self.push(
                Fact::CourseCompleted {},
                last.map_or(at, |last| last.max(at)),
            );
        }
    }

    fn open(&self, exercises: &[ExerciseId]) -> Vec<ExerciseId> {
        let open = |id: &&ExerciseId| !self.state.is_passed(**id);
        exercises.iter().filter(open).copied().collect()
    }
}
