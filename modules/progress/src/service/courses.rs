//! Reading progress in a course: the counts, why they are so, and what comes next.

use contracts::course::{CompletionRule, OutlineLesson, OutlineView};
use kernel::{CourseId, UserId};

use super::Service;
use super::fold::{COURSE_POINTS, LESSON_POINTS, State};
use super::record::Subject;
use crate::error::Error;
use crate::store;
use crate::store::enrollments::Enrollment;
use crate::view::{
    CourseExplanation, CourseProgress, ExerciseExplanation, LessonExplanation, LessonProgress,
    NextLesson, NextLessons, ProgressStatus,
};

/// How many courses an answer names at most.
pub(crate) const COURSES_AT_ONCE: u64 = 50;

impl Service {
    /// Progress in a course, which must have come to version `at_least`.
    pub(crate) async fn progress(
        &self,
        learner: UserId,
        course: CourseId,
        at_least: Option<i64>,
    ) -> Result<CourseProgress, Error> {
        let (enrollment, outline, state) = self.standing(learner, course).await?;
        let revision = enrollment.revision;
        if at_least.is_some_and(|wanted| wanted > revision) {
            return Err(Error::VersionAhead { revision });
        }
        Ok(view(enrollment, &outline, &state))
    }

    /// Which items count, and why.
    pub(crate) async fn explain(
        &self,
        learner: UserId,
        course: CourseId,
    ) -> Result<CourseExplanation, Error> {
        let (enrollment, outline, state) = self.standing(learner, course).await?;
        let tally = state.tally();
        let points_from_lessons = LESSON_POINTS * i64::from(tally.lessons);
        let points_from_completion = COURSE_POINTS * i64::from(tally.courses);
        let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
        Ok(CourseExplanation {
            enrollment_id: enrollment.id,
            course_id: course,
            done: enrollment.done,
            total: enrollment.total,
            points_from_exercises: tally.points - points_from_lessons - points_from_completion,
            points_from_lessons,
            points_from_completion,
            lessons: lessons.map(|lesson| explain(lesson, &state)).collect(),
        })
    }

    /// The next lesson of each active course.
    pub(crate) async fn next(&self, learner: UserId) -> Result<NextLessons, Error> {
        let db = self.database.read();
        let mut items = Vec::new();
        for enrollment in store::enrollments::list_active(db, learner, COURSES_AT_ONCE).await? {
            let outline = store::outlines::find(db, enrollment.course, enrollment.version).await?;
            let state = store::projections::load(db, &enrollment).await?;
            let lessons = outline.into_iter().flat_map(|outline| outline.sections);
            let open = lessons
                .flat_map(|section| section.lessons)
                .find(|lesson| !state.is_complete(lesson.id));
            items.extend(open.map(|lesson| NextLesson {
                course_id: enrollment.course,
                course_title: enrollment.title.clone(),
                lesson_id: lesson.id,
                status: status(&lesson, &state),
                lesson_title: lesson.title,
                minutes: lesson.minutes,
            }));
        }
        Ok(NextLessons { items })
    }

    async fn standing(
        &self,
        learner: UserId,
        course: CourseId,
    ) -> Result<(Enrollment, OutlineView, State), Error> {
        let db = self.database.read();
        let enrollment = store::enrollments::find_by_course(db, learner, course)
            .await?
            .ok_or(Error::NotEnrolled)?;
        let outline = store::outlines::find(db, course, enrollment.version)
            .await?
            .ok_or(Error::CourseUnknown)?;
        let state = store::projections::load(db, &enrollment).await?;
        Ok((enrollment, outline, state))
    }
}

/// Progress as it stands after what was recorded.
pub(crate) fn progress_of(subject: Subject) -> CourseProgress {
    view(subject.enrollment, &subject.outline, &subject.draft.state)
}

fn view(enrollment: Enrollment, outline: &OutlineView, state: &State) -> CourseProgress {
    let mut lessons = Vec::new();
    for section in &outline.sections {
        for lesson in &section.lessons {
            let known = state.lessons.get(&lesson.id);
            lessons.push(LessonProgress {
                lesson_id: lesson.id,
                section_id: section.id,
                title: lesson.title.clone(),
                status: status(lesson, state),
                percent: known.map_or(0, |known| known.percent),
                seconds: known.map_or(0, |known| known.seconds),
                exercises_passed: passed(lesson, state),
                exercises_total: i32::try_from(lesson.exercises.len()).unwrap_or(i32::MAX),
                completed_at: known.and_then(|known| known.completed_at),
            });
        }
    }
    CourseProgress {
        enrollment: enrollment.into(),
        lessons,
    }
}

fn status(lesson: &OutlineLesson, state: &State) -> ProgressStatus {
    match state.lessons.get(&lesson.id) {
        None => ProgressStatus::NotStarted,
        Some(known) if known.completed_at.is_some() => ProgressStatus::Completed,
        Some(_) => ProgressStatus::InProgress,
    }
}

fn passed(lesson: &OutlineLesson, state: &State) -> i32 {
    let passed = lesson.exercises.iter();
    let passed = passed.filter(|exercise| state.is_passed(exercise.id));
    i32::try_from(passed.count()).unwrap_or(i32::MAX)
}

fn explain(lesson: &OutlineLesson, state: &State) -> LessonExplanation {
    let counts = state.is_complete(lesson.id);
    let total = lesson.exercises.len();
    let passed = passed(lesson, state);
    let reason = match (lesson.completion, counts) {
        (CompletionRule::Read, true) => {
            "It counts: you have marked the lesson as completed.".to_owned()
        }
        (CompletionRule::Read, false) => {
            "It does not count yet: complete the lesson when you have read it.".to_owned()
        }
        (CompletionRule::Exercises, true) => {
            format!("It counts: you have passed its exercises, {passed} of {total}.")
        }
        (CompletionRule::Exercises, false) => format!(
            "It does not count yet: {passed} of {total} exercises are passed, and all must be."
        ),
    };
    let exercises = lesson.exercises.iter().map(|exercise| {
        let known = state.exercises.get(&exercise.id);
        ExerciseExplanation {
            exercise_id: exercise.id,
            title: exercise.title.clone(),
            passed: state.is_passed(exercise.id),
            best_score: known.map_or(0, |known| known.best_score),
            max_score: known.map_or(exercise.points, |known| known.max_score),
            attempts: known.map_or(0, |known| known.attempts),
        }
    });
    LessonExplanation {
        lesson_id: lesson.id,
        title: lesson.title.clone(),
        rule: lesson.completion,
        counts,
        reason,
        exercises: exercises.collect(),
    }
}
