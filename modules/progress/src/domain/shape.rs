//! What a version of a course is made of, as far as it counts.

use std::collections::BTreeMap;

use contracts::course::{CompletionRule, OutlineView};
use kernel::{ExerciseId, LessonId};

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
    /// How many lessons stand before it.
    pub(crate) place: usize,
    pub(crate) rule: CompletionRule,
    pub(crate) exercises: Vec<ExerciseId>,
}

impl Shape {
    pub(crate) fn of(outline: &OutlineView) -> Self {
        let mut shape = Self::default();
        let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
        for (place, lesson) in lessons.enumerate() {
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
            let known = LessonShape {
                place,
                rule,
                exercises,
            };
            shape.lessons.insert(lesson.id, known);
        }
        shape
    }

    pub(crate) fn total(&self) -> i32 {
        i32::try_from(self.lessons.len()).unwrap_or(i32::MAX)
    }
}
