//! What a stream of facts means: the state of one enrolment as a pure function of its log.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::course::{CompletionRule, OutlineView};
use kernel::{ExerciseId, LessonId, SubmissionId};
use serde::{Deserialize, Serialize};

/// The points of a completed lesson.
pub(crate) const LESSON_POINTS: i64 = 10;
/// The points of a completed course.
pub(crate) const COURSE_POINTS: i64 = 100;

/// Something that happened in an enrolment. Only ever extended: old facts must stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub(crate) enum Fact {
    Enrolled {
        version: i64,
    },
    LessonStarted {
        lesson: LessonId,
    },
    /// Both values are totals, so that a repeated fact changes nothing.
    LessonProgressed {
        lesson: LessonId,
        percent: i32,
        seconds: i64,
    },
    ExerciseGraded(Grade),
    LessonCompleted {
        lesson: LessonId,
    },
    CourseCompleted {},
    Unenrolled {},
}

/// What a graded answer means to its learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grade {
    pub(crate) submission: SubmissionId,
    pub(crate) exercise: ExerciseId,
    pub(crate) attempt: i32,
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) passed: bool,
}

impl Grade {
    /// Names the grade, so that hearing it again is noticed; a regrade is another grade.
    pub(crate) fn source(&self) -> String {
        format!(
            "{}/{}/{}/{}",
            self.submission, self.score, self.max_score, self.passed
        )
    }

    /// What it counts where the exercise gives `points`. The answer may have been given to another
    /// version of the exercise, which gives more or fewer.
    fn worth(&self, points: i32) -> i32 {
        let most = i64::from(self.max_score.max(1));
        let score = i64::from(self.score).clamp(0, most);
        i32::try_from(score * i64::from(points.max(0)) / most).unwrap_or(0)
    }
}

impl Fact {
    /// Whether it shows that the learner was learning that day.
    pub(crate) fn keeps_streak(&self) -> bool {
        matches!(
            self,
            Self::LessonStarted { .. }
                | Self::LessonProgressed { .. }
                | Self::LessonCompleted { .. }
                | Self::ExerciseGraded(_)
        )
    }
}

/// A fact and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) fact: Fact,
    pub(crate) at: DateTime<Utc>,
}

/// What counts in the version that the learner is on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    pub(crate) lessons: BTreeMap<LessonId, LessonShape>,
    pub(crate) exercises: BTreeMap<ExerciseId, ExerciseShape>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExerciseShape {
    pub(crate) lesson: LessonId,
    pub(crate) points: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LessonShape {
    pub(crate) rule: CompletionRule,
    pub(crate) exercises: Vec<ExerciseId>,
}

impl Shape {
    pub(crate) fn of(outline: &OutlineView) -> Self {
        let mut shape = Self::default();
        for lesson in outline.sections.iter().flat_map(|section| &section.lessons) {
            let mut exercises = Vec::with_capacity(lesson.exercises.len());
            for exercise in &lesson.exercises {
                exercises.push(exercise.id);
                let known = ExerciseShape {
                    lesson: lesson.id,
                    points: exercise.points,
                };
                shape.exercises.insert(exercise.id, known);
            }
            let rule = lesson.completion;
            shape
                .lessons
                .insert(lesson.id, LessonShape { rule, exercises });
        }
        shape
    }

    pub(crate) fn total(&self) -> i32 {
        i32::try_from(self.lessons.len()).unwrap_or(i32::MAX)
    }
}

/// Everything that is shown of one enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    pub(crate) active: bool,
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
    /// When it was last heard of: time before that is already counted.
    pub(crate) reported_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// An exercise that was graded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ExerciseState {
    pub(crate) best_score: i32,
    pub(crate) max_score: i32,
    pub(crate) passed: bool,
    pub(crate) perfect: bool,
    pub(crate) attempts: i32,
}

impl State {
    /// The state after `occurrences`, from nothing.
    pub(crate) fn fold<'a>(
        shape: &Shape,
        occurrences: impl IntoIterator<Item = &'a Occurrence>,
    ) -> Self {
        let mut state = Self::default();
        for occurrence in occurrences {
            state.apply(shape, occurrence);
        }
        state
    }

    /// The state after one more fact. What the version does not have changes no count.
    pub(crate) fn apply(&mut self, shape: &Shape, occurrence: &Occurrence) {
        let at = occurrence.at;
        self.revision += 1;
        self.last_activity_at = self.last_activity_at.max(Some(at));
        match &occurrence.fact {
            Fact::Enrolled { .. } => {
                self.active = true;
                self.enrolled_at.get_or_insert(at);
            }
            Fact::Unenrolled {} => self.active = false,
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
        }
    }

    fn begin(&mut self, shape: &Shape, lesson: LessonId, at: DateTime<Utc>) {
        if !shape.lessons.contains_key(&lesson) {
            return;
        }
        self.started_at.get_or_insert(at);
        self.lessons.entry(lesson).or_insert(LessonState {
            percent: 0,
            seconds: 0,
            started_at: at,
            reported_at: at,
            completed_at: None,
        });
    }

    fn grade(&mut self, shape: &Shape, grade: &Grade) {
        let Some(exercise) = shape.exercises.get(&grade.exercise) else {
            return;
        };
        let state = self.exercises.entry(grade.exercise).or_default();
        state.best_score = state.best_score.max(grade.worth(exercise.points));
        state.max_score = exercise.points;
        state.passed |= grade.passed;
        state.perfect |= grade.max_score > 0 && grade.score >= grade.max_score;
        state.attempts = state.attempts.max(grade.attempt);
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

    /// What the enrolment adds to its learner's totals.
    pub(crate) fn tally(&self) -> Tally {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let exercises = self.exercises.values();
        let lessons = self.lessons.values();
        let mut tally = Tally {
            lessons: count(
                lessons
                    .clone()
                    .filter(|state| state.completed_at.is_some())
                    .count(),
            ),
            courses: i32::from(self.completed_at.is_some()),
            exercises: count(exercises.clone().filter(|state| state.passed).count()),
            perfects: count(exercises.clone().filter(|state| state.perfect).count()),
            seconds: lessons.map(|state| state.seconds).sum(),
            points: exercises.map(|state| i64::from(state.best_score)).sum(),
        };
        tally.points += LESSON_POINTS * i64::from(tally.lessons);
        tally.points += COURSE_POINTS * i64::from(tally.courses);
        tally
    }
}

/// Totals of one enrolment or of one learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub(crate) points: i64,
    pub(crate) seconds: i64,
    pub(crate) lessons: i32,
    pub(crate) courses: i32,
    pub(crate) exercises: i32,
    pub(crate) perfects: i32,
}

impl Tally {
    /// These totals, changed by the difference of `after` and `before`.
    #[must_use]
    pub(crate) fn moved(self, before: Self, after: Self) -> Self {
        Self {
            points: self.points + after.points - before.points,
            seconds: self.seconds + after.seconds - before.seconds,
            lessons: self.lessons + after.lessons - before.lessons,
            courses: self.courses + after.courses - before.courses,
            exercises: self.exercises + after.exercises - before.exercises,
            perfects: self.perfects + after.perfects - before.perfects,
        }
    }
}
