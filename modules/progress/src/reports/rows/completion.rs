//! A row for each learner and lesson of the version that they are on.

use kernel::EnrollmentId;

use super::super::table::{Column, Row};
use super::roster::{progress, status};
use super::walk::{Page, ROWS_AT_ONCE, Walk, lessons_of};
use crate::domain::ProgressStatus;
use crate::error::Error;
use crate::recording::projections;
use crate::roster;

pub(super) fn columns() -> Vec<Column> {
    [
        ("learner_id", "Learner ID"),
        ("display_name", "Name"),
        ("status", "Status"),
        ("course_version", "Version"),
        ("section_title", "Section"),
        ("lesson_id", "Lesson ID"),
        ("lesson_title", "Lesson"),
        ("progress", "Progress"),
        ("percent", "Read %"),
        ("seconds", "Seconds"),
        ("started_at", "Started (UTC)"),
        ("completed_at", "Completed (UTC)"),
    ]
    .map(|(key, heading)| Column::new(key, heading))
    .into()
}

pub(super) async fn read(walk: &Walk<'_>) -> Result<Page, Error> {
    let db = walk.from.database.read();
    let each = u64::try_from(lessons_of(&walk.newest)).unwrap_or(ROWS_AT_ONCE);
    let limit = (ROWS_AT_ONCE / each.max(1)).max(1);
    let last = walk.last_enrollment();
    let learners = roster::list_after(db, walk.selection, walk.now, last, limit).await?;
    let ids: Vec<EnrollmentId> = learners.iter().map(|one| one.enrollment_id).collect();
    let begun = projections::list_lessons(db, &ids).await?;
    let last = ids.last().map(|id| (*id, 0));
    let mut page: Vec<Row> = Vec::new();
    for one in learners {
        let outlines = &walk.from.outlines;
        let outline = outlines
            .get(db, walk.selection.course, one.course_version)
            .await?;
        for section in &outline.sections {
            for lesson in &section.lessons {
                let state = begun
                    .get(&one.enrollment_id)
                    .and_then(|of| of.get(&lesson.id));
                let started_at = state.map(|state| state.started_at);
                let completed_at = state.and_then(|state| state.completed_at);
                page.push(vec![
                    one.learner_id.into(),
                    one.display_name.clone().into(),
                    status(one.status),
                    one.course_version.into(),
                    section.title.clone().into(),
                    lesson.id.into(),
                    lesson.title.clone().into(),
                    progress(ProgressStatus::of(started_at, completed_at)),
                    state.map_or(0, |state| state.percent).into(),
                    state.map_or(0, |state| state.seconds).into(),
                    started_at.into(),
                    completed_at.into(),
                ]);
            }
        }
    }
    Ok((page, last))
}
