//! A row for each learner.

use super::super::table::{Column, Field};
use super::walk::{Page, ROWS_AT_ONCE, Walk};
use crate::domain::{EnrollmentStatus, ProgressStatus, Risk};
use crate::error::Error;
use crate::roster;

pub(super) fn columns() -> Vec<Column> {
    [
        ("learner_id", "Learner ID"),
        ("display_name", "Name"),
        ("status", "Status"),
        ("progress", "Progress"),
        ("course_version", "Version"),
        ("done", "Lessons completed"),
        ("total", "Lessons"),
        ("percent", "Completed %"),
        ("points", "Points"),
        ("score_percent", "Score %"),
        ("risk", "Risk"),
        ("enrolled_at", "Enrolled (UTC)"),
        ("started_at", "Started (UTC)"),
        ("completed_at", "Completed (UTC)"),
        ("last_activity_at", "Last activity (UTC)"),
    ]
    .map(|(key, heading)| Column::new(key, heading))
    .into()
}

pub(super) async fn read(walk: &Walk<'_>) -> Result<Page, Error> {
    let db = walk.from.database.read();
    let last = walk.last_enrollment();
    let learners = roster::list_after(db, walk.selection, walk.now, last, ROWS_AT_ONCE).await?;
    let last = learners.last().map(|one| (one.enrollment_id, 0));
    let page = learners.into_iter().map(|one| {
        vec![
            one.learner_id.into(),
            one.display_name.into(),
            status(one.status),
            progress(one.progress),
            one.course_version.into(),
            one.done.into(),
            one.total.into(),
            one.percent.into(),
            one.points.into(),
            one.score_percent.into(),
            risk(one.risk),
            one.enrolled_at.into(),
            one.started_at.into(),
            one.completed_at.into(),
            one.last_activity_at.into(),
        ]
    });
    Ok((page.collect(), last))
}

pub(super) fn status(status: EnrollmentStatus) -> Field {
    Field::Word(status.into_str())
}

pub(super) fn progress(progress: ProgressStatus) -> Field {
    Field::Word(progress.into_str())
}

fn risk(risk: Risk) -> Field {
    Field::Word(match risk {
        Risk::None => "none",
        Risk::Low => "low",
        Risk::High => "high",
    })
}
