//! The leaderboards: one row per board, period and learner, indexed by points.

use kernel::{Key, Page, Slice, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait, QueryFilter,
    Select, Set,
};

use crate::entity::score::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// The points of one learner on one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) scope: String,
    pub(crate) period: String,
    pub(crate) learner: UserId,
    pub(crate) points: i64,
    pub(crate) visible: bool,
}

/// One board in one period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Board<'a> {
    pub(crate) scope: &'a str,
    pub(crate) period: &'a str,
}

/// Adds the score's points to what is there.
pub(crate) async fn add(db: &impl ConnectionTrait, score: &Score) -> Result<(), Error> {
    let row = ActiveModel {
        scope: Set(score.scope.clone()),
        period: Set(score.period.clone()),
        learner_id: Set(score.learner.uuid()),
        points: Set(score.points),
        visible: Set(score.visible),
    };
    let raise = OnConflict::columns([Column::Scope, Column::Period, Column::LearnerId])
        .value(
            Column::Points,
            Expr::col((Entity, Column::Points)).add(score.points),
        )
        .to_owned();
    Entity::insert(row)
        .on_conflict(raise)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    board: Board<'_>,
    learner: UserId,
) -> Result<Option<Score>, Error> {
    let row = shown(board)
        .filter(Column::LearnerId.eq(learner.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Score::from))
}

/// The best first; who has the same points in the order of their ids.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    backend: DatabaseBackend,
    board: Board<'_>,
    slice: &Slice,
) -> Result<Page<Score>, Error> {
    let total = match slice.count {
        true => Some(shown(board).count(db).await?),
        false => None,
    };
    let sorts = [
        database::Sort::desc(Expr::col(Column::Points)),
        database::Sort::asc(Expr::col(Column::LearnerId)),
    ];
    let rows = database::select_after(shown(board), backend, &sorts, slice)
        .all(db)
        .await?;
    let rows = rows.into_iter().map(Score::from).collect();
    let mut page = Page::cut(rows, slice, Score::keys);
    page.total = total;
    Ok(page)
}

/// How many have more points.
pub(crate) async fn count_above(
    db: &impl ConnectionTrait,
    board: Board<'_>,
    points: i64,
) -> Result<u64, Error> {
    let above = shown(board).filter(Column::Points.gt(points));
    Ok(above.count(db).await?)
}

/// How many with the same points come before `score` in the list.
pub(crate) async fn count_tied_before(
    db: &impl ConnectionTrait,
    board: Board<'_>,
    score: &Score,
) -> Result<u64, Error> {
    let tied = shown(board)
        .filter(Column::Points.eq(score.points))
        .filter(Column::LearnerId.lt(score.learner.uuid()));
    Ok(tied.count(db).await?)
}

pub(crate) async fn set_visible(
    db: &impl ConnectionTrait,
    learner: UserId,
    visible: bool,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Visible, Expr::value(visible))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// All rows of a learner.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Score>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Score::from).collect())
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn shown(board: Board<'_>) -> Select<Entity> {
    Entity::find()
        .filter(Column::Scope.eq(board.scope))
        .filter(Column::Period.eq(board.period))
        .filter(Column::Visible.eq(true))
}

impl Score {
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![Key::Int(self.points), Key::Id(self.learner.uuid())]
    }
}

impl From<Model> for Score {
    fn from(row: Model) -> Self {
        Self {
            scope: row.scope,
            period: row.period,
            learner: row.learner_id.into(),
            points: row.points,
            visible: row.visible,
        }
    }
}
