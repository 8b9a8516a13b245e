//! Grading one learner.

use std::collections::{BTreeMap, HashMap};

use contracts::course::OutlineView;
use kernel::ExerciseId;

use super::super::view::{CategoryGrades, ExerciseGrade};
use crate::domain::{Grading, Points, grade_category, total};

/// Where the points of a learner come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources<'a> {
    /// Their best answers.
    pub(super) best: &'a BTreeMap<ExerciseId, Points>,
    /// What the staff has set instead.
    pub(super) set: &'a BTreeMap<ExerciseId, Points>,
}

/// The total and the categories of a learner on the version with this outline.
pub(super) fn grade(
    grading: &Grading,
    outline: &OutlineView,
    sources: Sources<'_>,
) -> (Option<f64>, Vec<CategoryGrades>) {
    let exercises = exercises_of(outline);
    let mut shares = Vec::new();
    let mut categories = Vec::new();
    for category in &grading.categories {
        let standing = category.exercises.iter();
        let standing: Vec<(ExerciseId, i32)> = standing
            .filter_map(|id| Some((*id, *exercises.get(id)?)))
            .collect();
        let found = standing.iter().map(|(id, _)| {
            let set = sources.set.get(id);
            set.or_else(|| sources.best.get(id)).copied()
        });
        let found: Vec<Option<Points>> = found.collect();
        let counting = found.iter().zip(&standing).map(|(points, (_, most))| {
            let missing = grading.missing_as_zero.then_some(Points {
                score: 0,
                most: *most,
            });
            points.or(missing)
        });
        let counting: Vec<Option<Points>> = counting.collect();
        let grade = grade_category(category.drop_lowest, &counting);
        shares.push((category.weight, grade.share));
        let rows = standing.iter().zip(&found).enumerate();
        categories.push(CategoryGrades {
            name: category.name.clone(),
            weight: category.weight,
            percent: grade.share.and_then(percent),
            exercises: rows
                .map(|(place, ((id, most), points))| ExerciseGrade {
                    exercise_id: *id,
                    score: points.map(|points| points.score),
                    max_score: points.map_or(*most, |points| points.most),
                    overridden: sources.set.contains_key(id),
                    dropped: grade.dropped.contains(&place),
                })
                .collect(),
        });
    }
    let total = total(shares.into_iter()).and_then(percent);
    (total, categories)
}

/// The exercises of a version with their points.
pub(super) fn exercises_of(outline: &OutlineView) -> HashMap<ExerciseId, i32> {
    let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
    let exercises = lessons.flat_map(|lesson| &lesson.exercises);
    exercises.map(|one| (one.id, one.points)).collect()
}

/// Hundredths of a percent as a number that is shown with two decimals at most.
fn percent(share: i64) -> Option<f64> {
    let share = i32::try_from(share).ok()?;
    Some(f64::from(share) / 100.0)
}
