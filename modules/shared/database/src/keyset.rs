//! Walking a list by the keys of its rows: O(page), and an insert elsewhere shifts nothing.

use kernel::{Key, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, FromQueryResult, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

/// One column of a sort order; the last one of a list must be unique.
#[derive(Debug, Clone)]
pub struct Sort {
    /// The column, as an expression.
    pub column: SimpleExpr,
    /// Whether great values come first.
    pub descending: bool,
    /// Whether the column is text, which both databases are told to compare byte by byte.
    pub text: bool,
}

impl Sort {
    /// Small values first.
    pub fn asc(column: impl Into<SimpleExpr>) -> Self {
        Self {
            column: column.into(),
            descending: false,
            text: false,
        }
    }

    /// Great values first.
    pub fn desc(column: impl Into<SimpleExpr>) -> Self {
        Self {
            descending: true,
            ..Self::asc(column)
        }
    }

    /// Says that the column is text.
    #[must_use]
    pub fn text(mut self) -> Self {
        self.text = true;
        self
    }

    fn expression(&self, backend: DatabaseBackend) -> SimpleExpr {
        if self.text && backend == DatabaseBackend::Postgres {
            Expr::cust_with_exprs("$1 COLLATE \"C\"", [self.column.clone()])
        } else {
            self.column.clone()
        }
    }
}

/// Restricts `select` to the rows of `slice`, one more than its limit so that [`kernel::Page::cut`] sees whether it goes on.
pub fn select_after<E: EntityTrait>(
    mut select: Select<E>,
    backend: DatabaseBackend,
    sorts: &[Sort],
    page_request: &PageRequest,
) -> Select<E> {
    if let Some(keys) = &page_request.from {
        let mut beyond = Condition::any();
        for (index, (sort, key)) in sorts.iter().zip(keys).enumerate() {
            let mut step = Condition::all();
            for (earlier, same) in sorts.iter().zip(keys).take(index) {
                step = step.add(earlier.expression(backend).eq(value(same)));
            }
            let column = sort.expression(backend);
            step = step.add(if sort.descending == page_request.backward {
                column.gt(value(key))
            } else {
                column.lt(value(key))
            });
            beyond = beyond.add(step);
        }
        select = select.filter(beyond);
    }
    for sort in sorts {
        let order = if sort.descending == page_request.backward {
            Order::Asc
        } else {
            Order::Desc
        };
        select = select.order_by(sort.expression(backend), order);
    }
    select.limit(page_request.limit + 1)
}

/// The page of `select` that is requested, with the total if it is requested too; `keys` gives the
/// values of `sorts` in a row.
///
/// # Errors
/// The driver's error.
pub async fn page<E, M>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    sorts: &[Sort],
    page_request: &PageRequest,
    keys: impl Fn(&M) -> Vec<Key>,
) -> Result<Page<M>, DbErr>
where
    E: EntityTrait,
    E::Model: Send + Sync,
    M: FromQueryResult + Send + Sync,
{
    let total = match page_request.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let rows = select_after(select, db.get_database_backend(), sorts, page_request);
    let mut page = Page::cut(rows.into_model().all(db).await?, page_request, keys);
    page.total = total;
    Ok(page)
}

fn value(key: &Key) -> Value {
    match key {
        Key::Text(text) => text.clone().into(),
        Key::Int(number) => (*number).into(),
        Key::Time(time) => (*time).into(),
        Key::Id(id) => (*id).into(),
    }
}
