//! Points that were gained, on every board that they count on.

use chrono::{DateTime, Utc};
use database::Transaction;
use kernel::CourseId;

use super::super::store::counts;
use super::super::store::scores::{self, ScoreRecord};
use crate::domain::{Board, CountChanges, Learner, Scope};
use crate::error::Error;

/// What one operation brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gain {
    pub(crate) course: Option<CourseId>,
    /// Points in the course, which count on its boards and on those of all.
    pub(crate) in_course: i64,
    /// Points beside all courses, which count on the boards of all alone.
    pub(crate) beside: i64,
}

/// Adds what was gained at `moment` to every board that it counts on; the learner is locked.
pub(crate) async fn add_points(
    txn: &Transaction,
    learner: &Learner,
    gain: Gain,
    moment: DateTime<Utc>,
) -> Result<(), Error> {
    let score = |scope, points| {
        Board::all_at(scope, moment).map(|board| ScoreRecord {
            board,
            learner: learner.id,
            points,
            visible: learner.is_shown(),
        })
    };
    let mut gained: Vec<ScoreRecord> = score(Scope::Global, gain.in_course + gain.beside).into();
    if let Some(course) = gain.course {
        gained.extend(score(Scope::Course(course), gain.in_course));
    }
    gained.retain(|score| score.points != 0);
    if gained.is_empty() {
        return Ok(());
    }
    let mut changes = CountChanges::default();
    for now in scores::add(txn, &gained).await? {
        let by = gained.iter().find(|one| one.board == now.board);
        let before = now.points - by.map_or(0, |one| one.points);
        if now.visible {
            changes.shift(&now.board, on_board(before), on_board(now.points));
        }
    }
    counts::add(txn, changes).await
}

/// Who has no points is not on a board.
pub(super) fn on_board(points: i64) -> Option<i64> {
    (points != 0).then_some(points)
}
