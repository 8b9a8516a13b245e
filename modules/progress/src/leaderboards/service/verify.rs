//! Whether the counts are those of the scores.

use database::Database;

use super::super::store::comparison::{self, WrongCount};
use crate::domain::{Board, LEVELS};
use crate::error::Error;

/// Compares the counts of every board with its scores.
pub(crate) async fn wrong_counts(database: &Database) -> Result<Vec<WrongCount>, Error> {
    let db = database.read();
    let mut wrong = Vec::new();
    // No name is before the empty one.
    let mut last = Board {
        scope: String::new(),
        period: String::new(),
    };
    while let Some(board) = comparison::next_board(db, &last).await? {
        for level in 0..LEVELS {
            wrong.extend(comparison::wrong_counts(db, &board, level).await?);
        }
        last = board;
    }
    Ok(wrong)
}
