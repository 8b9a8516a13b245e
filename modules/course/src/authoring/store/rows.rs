//! Statements that the tables of drafts have in common.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryOrder, Select,
};

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
