//! A row for each learner, with a column for each category and exercise.

use std::collections::HashMap;

use contracts::course::OutlineView;
use kernel::ExerciseId;

use super::super::table::{Column, Field, Row};
use super::walk::{Page, ROWS_AT_ONCE, Walk};
use crate::domain::Grading;
use crate::error::Error;
use crate::gradebook::CourseGrades;

/// What stands before the grades.
const FIXED: [(&str, &str); 4] = [
    ("learner_id", "Learner ID"),
    ("display_name", "Name"),
    ("course_version", "Version"),
    ("total_percent", "Total %"),
];

/// Exercises have their points beside their titles, because the cells have points too.
pub(super) fn columns(grading: &Grading, newest: &OutlineView) -> Vec<Column> {
    let lessons = newest.sections.iter().flat_map(|section| &section.lessons);
    let exercises = lessons.flat_map(|lesson| &lesson.exercises);
    let known: HashMap<ExerciseId, (&str, i32)> = exercises
        .map(|one| (one.id, (one.title.as_str(), one.points)))
        .collect();
    let mut columns: Vec<Column> = FIXED.map(|(key, heading)| Column::new(key, heading)).into();
    for category in &grading.categories {
        let name = &category.name;
        columns.push(Column::new(format!("category {name}"), format!("{name} %")));
        for id in &category.exercises {
            let heading = known.get(id).map_or_else(
                || id.to_string(),
                |(title, points)| format!("{title} ({points})"),
            );
            columns.push(Column::new(format!("exercise {id}"), heading));
        }
    }
    columns
}

pub(super) async fn read(walk: &Walk<'_>) -> Result<Page, Error> {
    let exercises = &walk.grading.categories;
    let exercises = exercises.iter().map(|one| one.exercises.len()).sum();
    let last = walk.last_enrollment();
    let most = (ROWS_AT_ONCE, exercises);
    let graded = walk.from.gradebook.list_after(walk.selection, last, most);
    let (graded, last) = graded.await?;
    let page = graded.into_iter().map(|one| row(&walk.grading, one));
    Ok((page.collect(), last.map(|last| (last, 0))))
}

/// The columns are those of the settings that held when the report was begun.
fn row(grading: &Grading, grades: CourseGrades) -> Row {
    let mut row = vec![
        grades.learner_id.into(),
        grades.display_name.into(),
        grades.course_version.into(),
        grades.total_percent.into(),
    ];
    for category in &grading.categories {
        let mut graded = grades.categories.iter();
        let graded = graded.find(|one| one.name == category.name);
        row.push(graded.and_then(|one| one.percent).into());
        let scores = graded.into_iter().flat_map(|one| &one.exercises);
        let scores: HashMap<ExerciseId, Option<i32>> =
            scores.map(|one| (one.exercise_id, one.score)).collect();
        let cells = category.exercises.iter();
        row.extend(cells.map(|id| Field::from(scores.get(id).copied().flatten())));
    }
    row
}
