//! Statements that the tables of drafts have in common.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, Select,
};
use uuid::Uuid;

use crate::error::Error;

pub(super) async fn insert<A: ActiveModelTrait>(
    db: &impl ConnectionTrait,
    row: A,
) -> Result<(), Error> {
    let insert = A::Entity::insert(row);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// The records of `select`, in the order of these columns.
pub(super) async fn in_order<E: EntityTrait, R: FromQueryResult + Send + Sync>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    columns: [E::Column; 2],
) -> Result<Vec<R>, Error> {
    let [first, second] = columns;
    let ordered = select.order_by_asc(first).order_by_asc(second);
    Ok(ordered.into_model().all(db).await?)
}

/// Takes the keys of these rows away until they get new ones: the database compares keys row by row, so that two
/// rows could not exchange theirs.
pub(super) async fn release_keys<E: EntityTrait>(
    db: &impl ConnectionTrait,
    id: E::Column,
    key: E::Column,
    ids: Vec<Uuid>,
) -> Result<(), Error> {
    // No key of a part has a slash.
    let released = || Expr::val("/").binary(BinOper::Custom("||"), Expr::col(key));
    for some in ids.chunks(500) {
        E::update_many()
            .col_expr(key, released())
            .filter(id.is_in(some.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}
