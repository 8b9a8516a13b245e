//! One row per board, period and learner, indexed in the order of the board.

use std::cmp::Reverse;

use kernel::{CourseId, Key, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryTrait, Select, Set,
};
use uuid::Uuid;

use crate::domain::{Board, EnrollmentStatus};
use crate::entity::enrollment;
use crate::entity::score::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::Exported;

/// The points of one learner on one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScoreRecord {
    pub(crate) board: Board,
    pub(crate) learner: UserId,
    pub(crate) points: i64,
    /// Whether others see it.
    pub(crate) visible: bool,
}

/// Whether a learner is, or was, in a course.
pub(crate) async fn is_enrolled(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<bool, Error> {
    let found = enrollment::Entity::find()
        .filter(enrollment::Column::CourseId.eq(course.uuid()))
        .filter(enrollment::Column::LearnerId.eq(learner.uuid()))
        .filter(enrollment::Column::Status.eq(EnrollmentStatus::Active.into_str()));
    Ok(found.count(db).await? > 0)
}

/// Adds the points of each score to what is there; returns the scores as they are then.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    scores: &[ScoreRecord],
) -> Result<Vec<ScoreRecord>, Error> {
    let rows = scores.iter().map(row);
    let gained = Expr::col(("excluded", Column::Points));
    let raise = OnConflict::columns([Column::Scope, Column::Period, Column::LearnerId])
        .value(
            Column::Points,
            Expr::col((Entity, Column::Points)).add(gained),
        )
        .to_owned();
    let rows = Entity::insert_many(rows)
        .on_conflict(raise)
        .exec_with_returning(db)
        .await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

pub(crate) fn row(score: &ScoreRecord) -> ActiveModel {
    ActiveModel {
        scope: Set(score.board.scope.clone()),
        period: Set(score.board.period.clone()),
        learner_id: Set(score.learner.uuid()),
        points: Set(score.points),
        visible: Set(score.visible),
    }
}

/// The score of a learner, whether others see it or not.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    board: &Board,
    learner: UserId,
) -> Result<Option<ScoreRecord>, Error> {
    let row = on(board)
        .filter(Column::LearnerId.eq(learner.uuid()))
        .one(db)
        .await?;
    Ok(row.map(ScoreRecord::from))
}

/// The visible scores of a board in the direction of the request, one more than it wants: the best
/// first, and who has the same points in the order of their ids.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    board: &Board,
    page_request: &PageRequest,
) -> Result<Vec<ScoreRecord>, Error> {
    let statement = db.get_database_backend().build(&walk(board, page_request));
    let rows = Entity::find().from_raw_sql(statement).all(db).await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

/// Two ranges of the index, of those with the same points and of those further on: one condition
/// for both would make the databases read all who come before.
pub(super) fn walk(board: &Board, page_request: &PageRequest) -> SelectStatement {
    let backward = page_request.backward;
    let limit = page_request.limit + 1;
    let run = |rows: Select<Entity>| in_order(rows.into_query(), backward, limit);
    let shown = on(board).filter(Column::Visible.eq(true));
    let Some((points, learner)) = position(page_request) else {
        return run(shown);
    };
    let tied = shown.clone().filter(Column::Points.eq(points));
    let (tied, further) = match backward {
        true => (
            tied.filter(Column::LearnerId.lt(learner)),
            shown.filter(Column::Points.gt(points)),
        ),
        false => (
            tied.filter(Column::LearnerId.gt(learner)),
            shown.filter(Column::Points.lt(points)),
        ),
    };
    let columns = [
        Column::Scope,
        Column::Period,
        Column::LearnerId,
        Column::Points,
        Column::Visible,
    ];
    let all = |run: SelectStatement| {
        let mut select = Query::select();
        select.columns(columns).from_subquery(run, "run").take()
    };
    let mut both = all(run(tied));
    both.union(UnionType::All, all(run(further)));
    in_order(both, backward, limit)
}

fn in_order(mut rows: SelectStatement, backward: bool, limit: u64) -> SelectStatement {
    let (points, learner) = match backward {
        true => (Order::Asc, Order::Desc),
        false => (Order::Desc, Order::Asc),
    };
    rows.order_by(Column::Points, points)
        .order_by(Column::LearnerId, learner)
        .limit(limit)
        .take()
}

/// The points and the learner after or before whom the page lies.
fn position(page_request: &PageRequest) -> Option<(i64, Uuid)> {
    match page_request.from.as_deref() {
        Some([Key::Int(points), Key::Id(learner)]) => Some((*points, *learner)),
        _ => None,
    }
}

/// Shows or hides all scores of a learner; returns those for which that is a change.
pub(crate) async fn set_visible(
    db: &impl ConnectionTrait,
    learner: UserId,
    visible: bool,
) -> Result<Vec<ScoreRecord>, Error> {
    let rows = Entity::update_many()
        .col_expr(Column::Visible, Expr::value(visible))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::Visible.ne(visible))
        .exec_with_returning(db)
        .await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

/// All rows of a learner.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<ScoreRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

/// Deletes all of a learner's; returns what they were.
pub(crate) async fn delete_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<ScoreRecord>, Error> {
    let rows = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec_with_returning(db)
        .await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by((Column::Scope, Column::Period));
    let key = |row: &Model| (row.scope.clone(), row.period.clone());
    Ok(database::export_after(db, cursor, place, key).await?)
}

/// Who has points on a board.
pub(super) fn on(board: &Board) -> Select<Entity> {
    Entity::find()
        .filter(Column::Scope.eq(&board.scope))
        .filter(Column::Period.eq(&board.period))
        .filter(Column::Points.ne(0))
}

impl ScoreRecord {
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![Key::Int(self.points), Key::Id(self.learner.uuid())]
    }

    /// Whether it lies where the page begins or further on.
    pub(crate) fn is_beyond(&self, page_request: &PageRequest) -> bool {
        let Some((points, learner)) = position(page_request) else {
            return true;
        };
        let order = (Reverse(self.points), self.learner.uuid()).cmp(&(Reverse(points), learner));
        match page_request.backward {
            true => order.is_lt(),
            false => order.is_gt(),
        }
    }
}

impl From<Model> for ScoreRecord {
    fn from(row: Model) -> Self {
        Self {
            board: Board {
                scope: row.scope,
                period: row.period,
            },
            learner: row.learner_id.into(),
            points: row.points,
            visible: row.visible,
        }
    }
}
