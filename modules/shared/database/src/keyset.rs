//! Walking a list by the keys of its rows: O(page), and an insert elsewhere shifts nothing.

use kernel::{Key, Slice};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    Condition, DatabaseBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
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
    slice: &Slice,
) -> Select<E> {
    if let Some(keys) = &slice.from {
        let mut beyond = Condition::any();
        for (index, (sort, key)) in sorts.iter().zip(keys).enumerate() {
            let mut step = Condition::all();
            for (earlier, same) in sorts.iter().zip(keys).take(index) {
                step = step.add(earlier.expression(backend).eq(value(same)));
            }
            let column = sort.expression(backend);
            step = step.add(if sort.descending == slice.backward {
                column.gt(value(key))
            } else {
                column.lt(value(key))
            });
            beyond = beyond.add(step);
        }
        select = select.filter(beyond);
    }
    for sort in sorts {
        let order = if sort.descending == slice.backward {
            Order::Asc
        } else {
            Order::Desc
        };
        select = select.order_by(sort.expression(backend), order);
    }
    select.limit(slice.limit + 1)
}

fn value(key: &Key) -> Value {
    match key {
        Key::Text(text) => text.clone().into(),
        Key::Int(number) => (*number).into(),
        Key::Time(time) => (*time).into(),
        Key::Id(id) => (*id).into(),
    }
}
