//! How many visible learners have points in each bucket of a board.

use sea_orm::sea_query::{
    CaseStatement, Expr, ExprTrait, Func, OnConflict, Query, SelectStatement, SimpleExpr, UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};

use crate::domain::{Board, CountChanges, LEVELS, at_least};
use crate::entity::score_count::{Column, Entity};
use crate::error::Error;
use crate::store::free_slot;

/// Who is on the boards of years is hidden in several statements, because both databases bound the
/// parameters of one.
const ROWS_AT_ONCE: usize = 200;

/// Changes counts.
pub(crate) async fn add(db: &impl ConnectionTrait, changes: CountChanges) -> Result<(), Error> {
    let slot = free_slot(db, "score_count");
    let sum = Expr::col((Entity, Column::Count)).add(Expr::col(("excluded", Column::Count)));
    let key = [
        Column::Scope,
        Column::Period,
        Column::Level,
        Column::Bucket,
        Column::Slot,
    ];
    let raise = OnConflict::columns(key)
        .value(Column::Count, sum)
        .to_owned();
    let changed: Vec<_> = changes.into_changed().collect();
    for rows in changed.chunks(ROWS_AT_ONCE) {
        let mut insert = Query::insert();
        insert
            .into_table(Entity)
            .columns(key.into_iter().chain([Column::Count]))
            .on_conflict(raise.clone());
        for (bucket, by) in rows {
            let values: [SimpleExpr; 6] = [
                bucket.board.scope.as_str().into(),
                bucket.board.period.as_str().into(),
                bucket.level.into(),
                bucket.number.into(),
                slot.clone(),
                (*by).into(),
            ];
            insert
                .values(values)
                .map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

/// Where some points stand on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many have more.
    pub(crate) above: i64,
    /// How many have as much.
    pub(crate) tied: i64,
}

pub(crate) async fn standing(
    db: &impl ConnectionTrait,
    board: &Board,
    points: i64,
) -> Result<Standing, Error> {
    let row = db.query_one(&standing_of(board, points)).await?;
    let row = row.ok_or(DbErr::RecordNotFound("a sum is a row".to_owned()))?;
    let (at_least, tied): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(Standing {
        above: at_least - tied,
        tied,
    })
}

/// A range of the index for each level.
pub(super) fn standing_of(board: &Board, points: i64) -> SelectStatement {
    let mut runs = at_least(points).map(|(level, buckets)| {
        let run = at(board, level);
        run.filter(Column::Bucket.between(*buckets.start(), *buckets.end()))
            .into_query()
    });
    let mut all = runs.next().unwrap_or_default();
    all.unions(runs.map(|run| (UnionType::All, run)));
    let is_tied = Expr::col(Column::Level)
        .eq(0)
        .and(Expr::col(Column::Bucket).eq(points));
    let tied = CaseStatement::new()
        .case(is_tied, Expr::col(Column::Count))
        .finally(0);
    Query::select()
        .expr(sum(Expr::col(Column::Count)))
        .expr(sum(tied.into()))
        .from_subquery(all, "run")
        .take()
}

/// How many are on a board.
pub(crate) async fn total(db: &impl ConnectionTrait, board: &Board) -> Result<i64, Error> {
    let total = at(board, LEVELS - 1)
        .select_only()
        .expr_as(sum(Expr::col(Column::Count)), "total");
    let total: Option<i64> = total.into_tuple().one(db).await?;
    Ok(total.unwrap_or(0))
}

fn at(board: &Board, level: i16) -> Select<Entity> {
    Entity::find()
        .filter(Column::Scope.eq(&board.scope))
        .filter(Column::Period.eq(&board.period))
        .filter(Column::Level.eq(level))
}

/// A sum of nothing is 0, and PostgreSQL's sum of whole numbers is made one again.
fn sum(count: SimpleExpr) -> SimpleExpr {
    Func::coalesce([count.sum(), Expr::val(0)]).cast_as("bigint")
}
