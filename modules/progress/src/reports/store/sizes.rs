//! How large things are: what is kept, and what a report will have.

use kernel::{ReportId, UserId};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::domain::Selection;
use crate::entity::{enrollment, report};
use crate::error::Error;
use crate::store::selected;

/// The bytes of all other reports, and of those of the same person.
pub(crate) async fn kept_beside(
    db: &impl ConnectionTrait,
    id: ReportId,
    user: UserId,
) -> Result<(i64, i64), Error> {
    use report::Column;

    let others = report::Entity::find()
        .select_only()
        .expr_as(sum(Expr::col(Column::Bytes)), "bytes")
        .filter(Column::Id.ne(id.uuid()));
    let all: Option<i64> = others.clone().into_tuple().one(db).await?;
    let theirs = others.filter(Column::RequestedBy.eq(user.uuid()));
    let theirs: Option<i64> = theirs.into_tuple().one(db).await?;
    Ok((all.unwrap_or(0), theirs.unwrap_or(0)))
}

/// How many learners a selection has, and how many facts there are of them.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    selection: Selection,
) -> Result<(i64, i64), Error> {
    use enrollment::Column;

    let wanted = enrollment::Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "learners")
        .expr_as(sum(Expr::col(Column::Revision)), "facts")
        .filter(selected(selection, None));
    let counted = wanted.into_tuple().one(db).await?;
    Ok(counted.unwrap_or((0, 0)))
}

/// PostgreSQL adds up big integers to a number of another type.
fn sum(column: SimpleExpr) -> SimpleExpr {
    let sum: SimpleExpr = Func::sum(column).into();
    let sum = Func::coalesce([sum, Expr::val(0)]);
    SimpleExpr::from(sum).cast_as(Alias::new("bigint"))
}
