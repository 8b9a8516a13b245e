//! Queries that the stores of all rooms make alike.

use kernel::{CohortId, EnrollmentId, Keyed};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait,
    Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect, QueryTrait,
};

use crate::domain::Selection;
use crate::entity::{cohort_member, enrollment};
use crate::error::Error;

/// How many rows a statement writes at most, because databases bound its parameters.
pub(crate) const ROWS_AT_ONCE: usize = 500;

/// The slot of `table` in which a transaction changes counts that many learners share: the lowest that nobody else has,
/// held until it ends, so that nobody ever waits for them. A transaction that handles events of several learners would
/// otherwise hold the counts of the first while it waits for the second, whose own request waits for these counts. On
/// SQLite, which has one writer, there is one slot.
pub(crate) fn free_slot(db: &impl ConnectionTrait, table: &str) -> SimpleExpr {
    match db.get_database_backend() {
        DatabaseBackend::Postgres => Expr::cust(format!(
            "(SELECT slot FROM (SELECT generate_series(0, 8191) AS slot) AS slots \
            WHERE pg_try_advisory_xact_lock('{table}'::regclass::oid::int, slot) LIMIT 1)"
        )),
        _ => Expr::val(0),
    }
}

/// The enrollments of a selection that follow `last` in the order of their ids.
pub(crate) fn selected(selection: Selection, last: Option<EnrollmentId>) -> Condition {
    use enrollment::Column;

    let span = selection.span;
    Condition::all()
        .add(Column::CourseId.eq(selection.course.uuid()))
        .add_option(selection.cohort.map(in_cohort))
        .add_option(span.from.map(|from| Column::EnrolledAt.gte(from)))
        .add_option(span.until.map(|until| Column::EnrolledAt.lt(until)))
        .add_option(last.map(|last| Column::Id.gt(last.uuid())))
}

/// The enrollments of the members of a cohort.
pub(crate) fn in_cohort(cohort: CohortId) -> SimpleExpr {
    let members = cohort_member::Entity::find()
        .select_only()
        .column(cohort_member::Column::EnrollmentId)
        .filter(cohort_member::Column::CohortId.eq(cohort.uuid()));
    enrollment::Column::Id.in_subquery(members.into_query())
}

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

/// Inserts rows into another table that has the columns of theirs.
pub(crate) async fn insert_into<A: ActiveModelTrait>(
    db: &impl ConnectionTrait,
    table: &'static str,
    rows: Vec<A>,
) -> Result<(), Error> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part = rows.by_ref().take(ROWS_AT_ONCE);
        let mut insert = <A::Entity as EntityTrait>::insert_many(part);
        db.execute(QueryTrait::query(&mut insert).into_table(table))
            .await?;
    }
    Ok(())
}

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;
type PrimaryKeyOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::PrimaryKey;

/// The records of one page of an export, with their keys.
pub(crate) type Exported = Result<Vec<Keyed>, Error>;
