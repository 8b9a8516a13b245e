//! The content of reports in pieces.

use kernel::ReportId;
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::domain::ReportState;
use crate::entity::report;
use crate::entity::report_piece::{ActiveModel, Column, Entity};
use crate::error::Error;

/// How many pieces a transaction deletes at most: a few megabytes.
const DELETED_AT_ONCE: u64 = 32;

/// Adds a piece.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    report: ReportId,
    number: i32,
    content: Vec<u8>,
) -> Result<(), Error> {
    let row = ActiveModel {
        report_id: Set(report.uuid()),
        number: Set(number),
        content: Set(content),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A piece of a report that is ready: what has failed since is read no further.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: ReportId,
    number: i32,
) -> Result<Option<Vec<u8>>, Error> {
    let ready = Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .and_where(report::Column::Id.eq(id.uuid()))
        .and_where(report::Column::State.eq(ReportState::Ready.into_str()))
        .to_owned();
    let found = Entity::find_by_id((id.uuid(), number))
        .filter(Column::ReportId.in_subquery(ready))
        .one(db)
        .await?;
    Ok(found.map(|piece| piece.content))
}

/// Deletes some pieces of a report; returns how many there were.
pub(crate) async fn delete_some(db: &impl ConnectionTrait, report: ReportId) -> Result<u64, Error> {
    let some: Vec<i32> = Entity::find()
        .select_only()
        .column(Column::Number)
        .filter(Column::ReportId.eq(report.uuid()))
        .order_by_asc(Column::Number)
        .limit(DELETED_AT_ONCE)
        .into_tuple()
        .all(db)
        .await?;
    let theirs = Column::ReportId
        .eq(report.uuid())
        .and(Column::Number.is_in(some));
    Ok(database::delete_where::<Entity>(db, theirs).await?)
}

/// How many there are.
#[cfg(test)]
pub(crate) async fn count(db: &impl ConnectionTrait) -> Result<u64, Error> {
    use sea_orm::PaginatorTrait;

    Ok(Entity::find().count(db).await?)
}
