//! Recording decided facts: the log, every projection and every event in one transaction.

use contracts::course::OutlineView;
use contracts::progress::{
    ProgressCourseCompleted, ProgressCourseStarted, ProgressEnrolled, ProgressLessonCompleted,
    ProgressLessonStarted, ProgressStreakBroken, ProgressStreakExtended, ProgressUnenrolled,
    ProgressUpdated,
};
use kernel::{Ambient, Event, Operation};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::draft::Draft;
use super::fold::{Fact, Occurrence, Shape};
use super::streak::Step;
use super::{achievements, scores};
use crate::error::Error;
use crate::store;
use crate::store::activity::Entry;
use crate::store::enrollments::Enrollment;
use crate::store::learners::Learner;

/// What a change is made with.
pub(crate) struct Recorder<'a> {
    pub(crate) txn: &'a DatabaseTransaction,
    pub(crate) ambient: &'a Ambient,
    pub(crate) operation: &'a Operation,
}

/// An enrolment on which a change is about to be decided; its learner is locked.
pub(crate) struct Subject {
    pub(crate) learner: Learner,
    pub(crate) enrollment: Enrollment,
    pub(crate) outline: OutlineView,
    pub(crate) draft: Draft,
}

impl Subject {
    /// Reads what is needed to decide on `enrollment`.
    pub(crate) async fn load(
        txn: &impl ConnectionTrait,
        learner: Learner,
        enrollment: Enrollment,
    ) -> Result<Self, Error> {
        let outline = store::outlines::find(txn, enrollment.course, enrollment.version)
            .await?
            .ok_or(Error::CourseUnknown)?;
        let state = store::projections::load(txn, &enrollment).await?;
        let draft = Draft::new(Shape::of(&outline), state);
        Ok(Self {
            learner,
            enrollment,
            outline,
            draft,
        })
    }
}

impl Recorder<'_> {
    /// Tells the other modules.
    pub(crate) async fn tell(&self, event: &impl Event) -> Result<(), Error> {
        bus::append(self.txn, self.ambient, self.operation, super::MODULE, event).await?;
        Ok(())
    }

    /// Records what the subject's draft holds; an empty draft changes nothing.
    pub(crate) async fn record(&self, subject: &mut Subject) -> Result<(), Error> {
        if subject.draft.occurrences.is_empty() {
            return Ok(());
        }
        self.append(subject).await?;
        self.project(subject).await?;
        self.tell_changes(subject).await?;
        self.keep_streak(subject).await?;
        let before = subject.draft.before.tally();
        let after = subject.draft.state.tally();
        subject.learner.tally = subject.learner.tally.moved(before, after);
        let gained = after.points - before.points;
        let course = subject.enrollment.course;
        scores::add(self, &subject.learner, Some(course), gained).await?;
        achievements::unlock(self, &mut subject.learner, course, after).await?;
        store::learners::update(self.txn, &subject.learner).await
    }

    async fn append(&self, subject: &Subject) -> Result<(), Error> {
        let enrollment = &subject.enrollment;
        let versions = subject.draft.before.revision + 1..;
        for (version, occurrence) in versions.zip(&subject.draft.occurrences) {
            let entry = Entry {
                id: self.ambient.id(),
                stream: enrollment.id,
                version,
                learner: enrollment.learner,
                course: enrollment.course,
                occurrence: occurrence.clone(),
                recorded_at: self.ambient.now(),
                day: subject.learner.day(occurrence.at),
                actor: self.operation.actor,
            };
            store::activity::append(self.txn, &entry).await?;
        }
        Ok(())
    }

    async fn project(&self, subject: &mut Subject) -> Result<(), Error> {
        let (before, state) = (&subject.draft.before, &subject.draft.state);
        subject.enrollment.reflect(state);
        let id = subject.enrollment.id;
        store::enrollments::update(self.txn, &subject.enrollment).await?;
        for (lesson, now) in &state.lessons {
            if before.lessons.get(lesson) != Some(now) {
                store::projections::save_lesson(self.txn, id, *lesson, now).await?;
            }
        }
        for (exercise, now) in &state.exercises {
            if before.exercises.get(exercise) != Some(now) {
                store::projections::save_exercise(self.txn, id, *exercise, now).await?;
            }
        }
        Ok(())
    }

    async fn tell_changes(&self, subject: &Subject) -> Result<(), Error> {
        let (draft, enrollment) = (&subject.draft, &subject.enrollment);
        let (enrollment_id, learner_id) = (enrollment.id, enrollment.learner);
        let course_id = enrollment.course;
        let mut begun = draft.before.started_at.is_some();
        for occurrence in &draft.occurrences {
            if matches!(occurrence.fact, Fact::LessonStarted { .. }) && !begun {
                begun = true;
                self.tell(&ProgressCourseStarted {
                    enrollment_id,
                    learner_id,
                    course_id,
                })
                .await?;
            }
            self.tell_fact(enrollment, occurrence).await?;
        }
        if draft.before.tally().lessons != enrollment.done {
            self.tell(&ProgressUpdated {
                enrollment_id,
                learner_id,
                course_id,
                done: enrollment.done,
                total: enrollment.total,
            })
            .await?;
        }
        Ok(())
    }

    async fn tell_fact(&self, enrollment: &Enrollment, happened: &Occurrence) -> Result<(), Error> {
        let (enrollment_id, learner_id) = (enrollment.id, enrollment.learner);
        let course_id = enrollment.course;
        match &happened.fact {
            Fact::Enrolled { version } => {
                let event = ProgressEnrolled {
                    enrollment_id,
                    learner_id,
                    course_id,
                    course_title: enrollment.title.clone(),
                    version: *version,
                };
                self.tell(&event).await
            }
            Fact::Unenrolled {} => {
                let event = ProgressUnenrolled {
                    enrollment_id,
                    learner_id,
                    course_id,
                };
                self.tell(&event).await
            }
            Fact::LessonStarted { lesson } => {
                let event = ProgressLessonStarted {
                    enrollment_id,
                    learner_id,
                    lesson_id: *lesson,
                };
                self.tell(&event).await
            }
            Fact::LessonCompleted { lesson } => {
                let event = ProgressLessonCompleted {
                    enrollment_id,
                    learner_id,
                    course_id,
                    lesson_id: *lesson,
                    completed_at: happened.at,
                };
                self.tell(&event).await
            }
            Fact::CourseCompleted {} => {
                let event = ProgressCourseCompleted {
                    enrollment_id,
                    learner_id,
                    course_id,
                    course_title: enrollment.title.clone(),
                    completed_at: happened.at,
                };
                self.tell(&event).await
            }
            Fact::LessonProgressed { .. } | Fact::ExerciseGraded(_) => Ok(()),
        }
    }

    async fn keep_streak(&self, subject: &mut Subject) -> Result<(), Error> {
        for occurrence in &subject.draft.occurrences {
            if !occurrence.fact.keeps_streak() {
                continue;
            }
            let learner = &mut subject.learner;
            let day = learner.day(occurrence.at);
            let (streak, step) = learner.streak.touch(day);
            learner.streak = streak;
            let learner_id = learner.id;
            if let Step::Broken(days) = step {
                self.tell(&ProgressStreakBroken { learner_id, days })
                    .await?;
            }
            if step != Step::Same {
                let days = streak.days;
                self.tell(&ProgressStreakExtended {
                    learner_id,
                    days,
                    day,
                })
                .await?;
            }
        }
        Ok(())
    }
}
