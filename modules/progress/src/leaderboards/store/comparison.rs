//! Comparing the counts of a board with its scores.

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::domain::{Board, bits};
use crate::error::Error;

/// A bucket whose count differs from the number of its learners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongCount {
    pub(crate) board: Board,
    pub(crate) level: i16,
    pub(crate) bucket: i64,
    /// How many visible learners have points in it.
    pub(crate) learners: i64,
    pub(crate) counted: i64,
}

const NEXT_BOARD: &str = "
SELECT scope, period FROM (
    SELECT scope, period FROM score
    WHERE (scope, period) > ($1, $2) ORDER BY scope, period LIMIT 1
) AS scored
UNION ALL
SELECT scope, period FROM (
    SELECT scope, period FROM score_count
    WHERE (scope, period) > ($1, $2) ORDER BY scope, period LIMIT 1
) AS counted
ORDER BY scope, period LIMIT 1";

/// The board after another one in the order of their names, each in its own step of an index.
pub(crate) async fn next_board(
    db: &impl ConnectionTrait,
    last: &Board,
) -> Result<Option<Board>, Error> {
    let values = [last.scope.as_str().into(), last.period.as_str().into()];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, NEXT_BOARD, values);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(None);
    };
    Ok(Some(Board {
        scope: row.try_get_by_index(0)?,
        period: row.try_get_by_index(1)?,
    }))
}

/// One statement, so that scores and counts are of one moment.
const WRONG_COUNTS: &str = "
SELECT bucket, CAST(SUM(learner) AS BIGINT), CAST(SUM(counted) AS BIGINT) FROM (
    SELECT points >> $3 AS bucket, 1 AS learner, 0 AS counted FROM score
    WHERE scope = $1 AND period = $2 AND visible = TRUE AND points <> 0
    UNION ALL
    SELECT bucket, 0, count FROM score_count
    WHERE scope = $1 AND period = $2 AND level = $4
) AS rows
GROUP BY bucket HAVING SUM(learner) <> SUM(counted) ORDER BY bucket LIMIT 100";

/// The first hundred buckets of a level whose counts are wrong.
pub(crate) async fn wrong_counts(
    db: &impl ConnectionTrait,
    board: &Board,
    level: i16,
) -> Result<Vec<WrongCount>, Error> {
    let values = [
        board.scope.as_str().into(),
        board.period.as_str().into(),
        bits(level).into(),
        level.into(),
    ];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, WRONG_COUNTS, values);
    let rows = db.query_all_raw(statement).await?;
    let wrong = |row: &QueryResult| {
        Ok(WrongCount {
            board: board.clone(),
            level,
            bucket: row.try_get_by_index(0)?,
            learners: row.try_get_by_index(1)?,
            counted: row.try_get_by_index(2)?,
        })
    };
    rows.iter().map(wrong).collect()
}
