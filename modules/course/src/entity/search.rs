//! How a list of courses is filtered and sorted, whichever table it is read from.

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::Key;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr};
use uuid::Uuid;

use super::column::word;
use crate::domain::collation::{caseless_key, sort_key};
use crate::domain::{CourseFilter, CourseOrder};

/// The requested difficulty, language and category.
pub(crate) fn condition<C: ColumnTrait>(
    filter: &CourseFilter,
    [difficulty, language, category]: [C; 3],
) -> Result<Condition, DbErr> {
    let asked = filter.difficulty.as_ref().map(word).transpose()?;
    let category_key = filter.category.as_deref().map(caseless_key);
    // No subtag has a character that LIKE reads as another one.
    let written = filter.language.as_deref().map(|asked| {
        let longer = language.starts_with(format!("{asked}-"));
        language.eq(asked).or(longer)
    });
    Ok(Condition::all()
        .add_option(written)
        .add_option(asked.map(|asked| difficulty.eq(asked)))
        .add_option(category_key.map(|asked| category.eq(asked))))
}

/// By when a course was made or published, or by its title; then by its id.
pub(crate) fn sorts<C: ColumnTrait>(order: CourseOrder, [since, title, id]: [C; 3]) -> Vec<Sort> {
    let first = match order {
        CourseOrder::Newest | CourseOrder::Relevance => Sort::asc(Expr::col(since)),
        CourseOrder::TitleUp | CourseOrder::TitleDown => Sort::asc(Expr::col(title)).text(),
    };
    let descending = order != CourseOrder::TitleUp;
    let both = [first, Sort::asc(Expr::col(id))];
    both.map(|sort| Sort { descending, ..sort }).into()
}

/// The keys of a row, by what [`sorts`] sorts it.
pub(crate) fn keys(order: CourseOrder, since: DateTime<Utc>, title: &str, id: Uuid) -> Vec<Key> {
    let first = match order {
        CourseOrder::Newest | CourseOrder::Relevance => Key::Time(since),
        CourseOrder::TitleUp | CourseOrder::TitleDown => Key::Text(sort_key(title)),
    };
    vec![first, Key::Id(id)]
}
