//! What a stream of facts means: the state of one enrollment as a pure function of its log.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::course::OutlineLesson;
use kernel::{ExerciseId, LessonId};

use super::fact::{Fact, Grade, Occurrence};
use super::progress_status::ProgressStatus;
use super::shape::Shape;
use super::totals::{COURSE_POINTS, LESSON_POINTS, Totals};

/// Whoever has tried an exercise as often without passing it is stuck.
const STUCK_AFTER: i32 = 3;

/// Everything that is shown of one enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) active: bool,
    /// Whether the staff has taken the learner out, and not let them in again.
    pub(crate) removed: bool,
    /// Whether the time for which they may learn has ended the enrollment.
    pub(crate) expired: bool,
    /// Until when they may learn in it; without an end where nothing is set.
    pub(crate) access_until: Option<DateTime<Utc>>,
    /// How many facts it is made of.
    pub(crate) revision: i64,
    pub(crate) enrolled_at: Option<DateTime<Utc>>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: Option<DateTime<Utc>>,
    pub(crate) lessons: BTreeMap<LessonId, LessonState>,
    pub(crate) exercises: BTreeMap<ExerciseId, ExerciseState>,
}

/// A lesson that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LessonState {
    pub(crate) percent: i32,
    pub(crate) seconds: i64,
    pub(crate) started_at: DateTime<Utc>,
    /// When it was last reported: time before that is already counted.
    pub(crate) reported_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// An exercise that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ExerciseState {
    /// Of the best answer, in the version in which it was graded.
    pub(crate) best_score: i32,
    pub(crate) max_score: i32,
    /// The most points that it has counted; it stays when a newer version gives fewer.
    pub(crate) credit: i32,
    pub(crate) passed: bool,
    pub(crate) perfect: bool,
    pub(crate) attempts: i32,
    /// The number of the try that waits for its grade; 0 when none does.
    pub(crate) awaiting: i32,
    /// The number of the earliest try that counted; 0 before it. What follows is of that try.
    pub(crate) first_attempt: i32,
    pub(crate) first_score: i32,
    pub(crate) first_max: i32,
    pub(crate) first_passed: bool,
}

impl State {
    /// The state after one more fact, on the version with this `shape`. What the version does not have
    /// changes no count.
    pub(crate) fn apply(&mut self, shape: &Shape, occurrence: &Occurrence) {
        let at = occurrence.at;
        self.revision += 1;
        if !occurrence.fact.is_of_others() {
            self.last_activity_at = self.last_activity_at.max(Some(at));
        }
        match &occurrence.fact {
            Fact::Enrolled { .. } => {
                self.active = true;
                self.removed = false;
                self.expired = false;
                self.enrolled_at.get_or_insert(at);
            }
            Fact::Unenrolled {} => self.active = false,
            Fact::Removed {} => {
                self.active = false;
                self.expired = false;
                self.removed = true;
            }
            Fact::AccessSet { until } => self.access_until = *until,
            Fact::Expired {} => {
                self.active = false;
                self.expired = true;
            }
            Fact::LessonStarted { lesson } => self.begin(shape, *lesson, at),
            Fact::LessonProgressed {
                lesson,
                percent,
                seconds,
            } => {
                self.begin(shape, *lesson, at);
                if let Some(state) = self.lessons.get_mut(lesson) {
                    state.percent = state.percent.max((*percent).clamp(0, 100));
                    state.seconds = state.seconds.max(*seconds);
                    state.reported_at = state.reported_at.max(at);
                }
            }
            Fact::ExerciseSubmitted {
                exercise, attempt, ..
            } => self.submit(shape, *exercise, *attempt),
            Fact::ExerciseGraded(grade) => self.grade(shape, grade),
            Fact::LessonCompleted { lesson } => {
                self.begin(shape, *lesson, at);
                if let Some(state) = self.lessons.get_mut(lesson) {
                    state.completed_at.get_or_insert(at);
                    state.percent = 100;
                }
            }
            Fact::CourseCompleted {} => {
                self.completed_at.get_or_insert(at);
            }
            // What was earned stays, and counts where the new version has the same lesson or exercise.
            Fact::Upgraded { .. } => {}
        }
    }

    fn begin(&mut self, shape: &Shape, lesson: LessonId, at: DateTime<Utc>) {
        if !shape.lessons.contains_key(&lesson) {
            return;
        }
        self.started_at = Some(self.started_at.map_or(at, |earlier| earlier.min(at)));
        self.lessons.entry(lesson).or_insert(LessonState {
            percent: 0,
            seconds: 0,
            started_at: at,
            reported_at: at,
            completed_at: None,
        });
    }

    fn submit(&mut self, shape: &Shape, exercise: ExerciseId, attempt: i32) {
        if !shape.exercises.contains_key(&exercise) {
            return;
        }
        let state = self.exercises.entry(exercise).or_default();
        if attempt > state.attempts {
            state.awaiting = state.awaiting.max(attempt);
        }
    }

    fn grade(&mut self, shape: &Shape, grade: &Grade) {
        let Some(exercise) = shape.exercises.get(&grade.exercise) else {
            return;
        };
        let state = self.exercises.entry(grade.exercise).or_default();
        let (score, most) = (grade.worth(exercise.points), exercise.points);
        state.keep_first(grade, score, most);
        let share = |score: i32, of: i32| i64::from(score) * i64::from(of);
        if share(score, state.max_score) >= share(state.best_score, most) {
            (state.best_score, state.max_score) = (score, most);
        }
        state.credit = state.credit.max(score);
        state.passed |= grade.passed;
        state.perfect |= grade.max_score > 0 && grade.score >= grade.max_score;
        state.attempts = state.attempts.max(grade.attempt);
        if grade.attempt >= state.awaiting {
            state.awaiting = 0;
        }
    }

    pub(crate) fn is_complete(&self, lesson: LessonId) -> bool {
        let state = self.lessons.get(&lesson);
        state.is_some_and(|state| state.completed_at.is_some())
    }

    pub(crate) fn is_passed(&self, exercise: ExerciseId) -> bool {
        self.exercises
            .get(&exercise)
            .is_some_and(|state| state.passed)
    }

    /// How many of a lesson's exercises are passed.
    pub(crate) fn count_passed(&self, lesson: &OutlineLesson) -> i32 {
        let exercises = lesson.exercises.iter();
        count(exercises.filter(|one| self.is_passed(one.id)))
    }

    /// How many answers to a lesson's exercises wait for their grades.
    pub(crate) fn count_awaiting(&self, lesson: &OutlineLesson) -> i32 {
        let exercises = lesson.exercises.iter();
        count(exercises.filter(|one| self.is_awaiting(one.id)))
    }

    pub(crate) fn is_awaiting(&self, exercise: ExerciseId) -> bool {
        let state = self.exercises.get(&exercise);
        state.is_some_and(|state| state.awaiting > 0)
    }

    /// Whether this try of an exercise was handed in before, be it graded or not.
    pub(crate) fn is_handed_in(&self, exercise: ExerciseId, attempt: i32) -> bool {
        let state = self.exercises.get(&exercise);
        state.is_some_and(|state| state.attempts.max(state.awaiting) >= attempt)
    }

    pub(crate) fn status(&self, lesson: LessonId) -> ProgressStatus {
        let known = self.lessons.get(&lesson);
        ProgressStatus::of(
            known.map(|known| known.started_at),
            known.and_then(|known| known.completed_at),
        )
    }

    /// How many lessons of a version are completed.
    pub(crate) fn count_done(&self, shape: &Shape) -> i32 {
        count(shape.lessons.keys().filter(|id| self.is_complete(**id)))
    }

    /// When the last of the lessons of a version was completed.
    pub(crate) fn last_completion(&self, shape: &Shape) -> Option<DateTime<Utc>> {
        let lessons = shape.lessons.keys();
        let states = lessons.filter_map(|id| self.lessons.get(id));
        states.filter_map(|state| state.completed_at).max()
    }

    /// The points of the best answers as a share of those of the exercises that were answered, in whole percent,
    /// rounded down; nothing before the first answer.
    pub(crate) fn score_percent(&self, shape: &Shape) -> Option<i32> {
        let answered = shape.exercises.keys();
        let answered = answered.filter_map(|id| self.exercises.get(id));
        let (mut points, mut most) = (0_i64, 0_i64);
        for state in answered {
            points += i64::from(state.best_score);
            most += i64::from(state.max_score);
        }
        let percent = (points * 100).checked_div(most)?;
        i32::try_from(percent).ok()
    }

    /// Whole days from enrolling to completing the course.
    pub(crate) fn days_to_complete(&self) -> Option<i32> {
        let taken = self.completed_at? - self.enrolled_at?;
        i32::try_from(taken.num_days().max(0)).ok()
    }

    /// The last lesson of a version that was begun.
    pub(crate) fn furthest_lesson(&self, shape: &Shape) -> Option<LessonId> {
        let lessons = shape.lessons.iter();
        let begun = lessons.filter(|(id, _)| self.lessons.contains_key(*id));
        begun
            .max_by_key(|(_, lesson)| lesson.place)
            .map(|(id, _)| *id)
    }

    /// How many exercises of a version were answered often and are not passed.
    pub(crate) fn count_stuck(&self, shape: &Shape) -> i32 {
        let answered = shape.exercises.keys();
        let answered = answered.filter_map(|id| self.exercises.get(id));
        count(answered.filter(|state| !state.passed && state.attempts >= STUCK_AFTER))
    }

    /// What the enrollment adds to its learner's totals, of all versions that they were on.
    pub(crate) fn totals(&self) -> Totals {
        let exercises = self.exercises.values();
        let lessons = self.lessons.values();
        let completed = lessons.clone().filter(|one| one.completed_at.is_some());
        let mut totals = Totals {
            lessons: count(completed),
            courses: i32::from(self.completed_at.is_some()),
            exercises: count(exercises.clone().filter(|state| state.passed)),
            perfects: count(exercises.clone().filter(|state| state.perfect)),
            seconds: lessons.map(|state| state.seconds).sum(),
            points: exercises.map(|state| i64::from(state.credit)).sum(),
        };
        totals.points += LESSON_POINTS * i64::from(totals.lessons);
        totals.points += COURSE_POINTS * i64::from(totals.courses);
        totals
    }
}

impl LessonState {
    /// Up to when its time is counted; nothing where it was only begun.
    pub(crate) fn counted_until(&self) -> Option<DateTime<Utc>> {
        (self.reported_at > self.started_at).then_some(self.reported_at)
    }
}

impl ExerciseState {
    /// Of two grades of the same try, the better one counts, as it does for the best score.
    fn keep_first(&mut self, grade: &Grade, score: i32, most: i32) {
        let earlier = self.first_attempt == 0 || grade.attempt < self.first_attempt;
        let better = i64::from(score) * i64::from(self.first_max)
            >= i64::from(self.first_score) * i64::from(most);
        if earlier {
            self.first_attempt = grade.attempt;
            self.first_passed = false;
        }
        if earlier || grade.attempt == self.first_attempt && better {
            (self.first_score, self.first_max) = (score, most);
        }
        self.first_passed |= grade.attempt == self.first_attempt && grade.passed;
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i32 {
    i32::try_from(items.count()).unwrap_or(i32::MAX)
}
