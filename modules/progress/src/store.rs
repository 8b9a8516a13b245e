//! Queries that the stores of all rooms make alike.

use kernel::Keyed;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, Iterable, PrimaryKeyToColumn};

use crate::error::Error;

/// How many rows a statement writes at most, because databases bound its parameters.
pub(crate) const ROWS_AT_ONCE: usize = 500;

/// Inserts rows, each in place of the one that has its key.
pub(crate) async fn upsert<A: ActiveModelTrait>(
    db: &impl ConnectionTrait,
    rows: Vec<A>,
) -> Result<(), Error> {
    let mut rows = rows.into_iter().peekable();
    let (keys, values): (Vec<ColumnOf<A>>, Vec<ColumnOf<A>>) =
        ColumnOf::<A>::iter().partition(|column| PrimaryKeyOf::<A>::from_column(*column).is_some());
    let replace = OnConflict::columns(keys).update_columns(values).to_owned();
    while rows.peek().is_some() {
        let part = rows.by_ref().take(ROWS_AT_ONCE);
        <A::Entity as EntityTrait>::insert_many(part)
            .on_conflict(replace.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;
type PrimaryKeyOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::PrimaryKey;

/// The records of one page of an export, with their keys.
pub(crate) type Exported = Result<Vec<Keyed>, Error>;
