//! How a list of courses is searched and sorted, whichever table it is read from.

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::Key;
use kernel::text::fold;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr};
use uuid::Uuid;

use super::column::{contains, word};
use crate::domain::{CourseFilter, CourseOrder};

/// All requested criteria but the tag, which each table has in its own way.
pub(crate) fn condition<C: ColumnTrait>(
    filter: &CourseFilter,
    [search, difficulty, category]: [C; 3],
) -> Result<Condition, DbErr> {
    let mut all = Condition::all();
    for part in &filter.words {
        all = all.add(contains(Expr::col((search.entity_name(), search)), part));
    }
    let asked = filter.difficulty.as_ref().map(word).transpose()?;
    Ok(all
        .add_option(asked.map(|asked| difficulty.eq(asked)))
        .add_option(filter.category.as_deref().map(|asked| category.eq(asked))))
}

/// By when a course was made or published, or by its folded title; then by its id.
pub(crate) fn sorts<C: ColumnTrait>(order: CourseOrder, [since, title, id]: [C; 3]) -> [Sort; 2] {
    let first = match order {
        CourseOrder::Newest => Sort::asc(Expr::col(since)),
        CourseOrder::TitleUp | CourseOrder::TitleDown => Sort::asc(Expr::col(title)).text(),
    };
    let descending = order != CourseOrder::TitleUp;
    [first, Sort::asc(Expr::col(id))].map(|sort| Sort { descending, ..sort })
}

/// The keys of a row, by what [`sorts`] sorts it.
pub(crate) fn keys(order: CourseOrder, since: DateTime<Utc>, title: &str, id: Uuid) -> Vec<Key> {
    let first = match order {
        CourseOrder::Newest => Key::Time(since),
        CourseOrder::TitleUp | CourseOrder::TitleDown => Key::Text(fold(title)),
    };
    vec![first, Key::Id(id)]
}
