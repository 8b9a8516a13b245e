//! Points on the leaderboards, and the names of boards and periods.

use chrono::{DateTime, Datelike, Utc};
use kernel::CourseId;

use super::record::Recorder;
use crate::error::Error;
use crate::store;
use crate::store::learners::Learner;
use crate::store::scores::Score;
use crate::view::Period;

/// The board of all courses together.
pub(crate) const GLOBAL: &str = "global";

/// The board of one course.
pub(crate) fn course_board(course: CourseId) -> String {
    format!("course:{course}")
}

/// The name of the period in which `moment` lies.
pub(crate) fn period_name(period: Period, moment: DateTime<Utc>) -> String {
    match period {
        Period::Week => {
            let week = moment.iso_week();
            format!("{}-W{:02}", week.year(), week.week())
        }
        Period::Month => format!("{}-{:02}", moment.year(), moment.month()),
        Period::All => "all".to_owned(),
    }
}

/// The boards and periods that points gained at `moment` count on.
pub(crate) fn places(course: Option<CourseId>, moment: DateTime<Utc>) -> Vec<(String, String)> {
    let boards = [Some(GLOBAL.to_owned()), course.map(course_board)];
    let periods = [Period::Week, Period::Month, Period::All];
    boards
        .into_iter()
        .flatten()
        .flat_map(|scope| periods.map(|period| (scope.clone(), period_name(period, moment))))
        .collect()
}

/// Adds gained points to every board that they count on.
pub(crate) async fn add(
    recorder: &Recorder<'_>,
    learner: &Learner,
    course: Option<CourseId>,
    points: i64,
) -> Result<(), Error> {
    if points == 0 {
        return Ok(());
    }
    for (scope, period) in places(course, recorder.ambient.now()) {
        let score = Score {
            scope,
            period,
            learner: learner.id,
            points,
            visible: learner.visible,
        };
        store::scores::add(recorder.txn, &score).await?;
    }
    Ok(())
}
