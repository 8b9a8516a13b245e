//! The words by which the catalogue is sorted: its tags and its categories, each with its number of
//! courses. A page is read in the order of an index, so that it costs what its own words cost.

use database::{Sort, select_after};
use kernel::{Key, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QuerySelect, Select,
};

use crate::domain::Visibility;
use crate::entity::{catalogue, catalogue_tag, column};
use crate::error::Error;

/// A word, and how many listed courses have it.
pub(crate) type Counted = (String, i64);

/// The tags of listed courses, in their order.
pub(crate) async fn tags(
    db: &impl ConnectionTrait,
    page_request: &PageRequest,
) -> Result<Page<Counted>, Error> {
    let tag = catalogue_tag::Column::Tag;
    page(db, catalogue_tag::Entity::find(), tag, tag, page_request).await
}

/// The categories of listed courses, in the order of their keys: those that differ in letter case are one, in the
/// spelling whose bytes come first, which is the one with capital letters.
pub(crate) async fn categories(
    db: &impl ConnectionTrait,
    page_request: &PageRequest,
) -> Result<Page<Counted>, Error> {
    let (key, name) = (catalogue::Column::CategoryKey, catalogue::Column::Category);
    page(db, categorised()?, key, name, page_request).await
}

fn categorised() -> Result<Select<catalogue::Entity>, Error> {
    Ok(catalogue::Entity::find()
        .filter(catalogue::Column::Visibility.eq(column::word(&Visibility::Public)?))
        .filter(catalogue::Column::CategoryKey.is_not_null()))
}

async fn page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    key: E::Column,
    name: E::Column,
    page_request: &PageRequest,
) -> Result<Page<Counted>, Error> {
    let total = match page_request.count {
        true => Some(count(db, rows.clone(), key).await?),
        false => None,
    };
    let counted = counted(db.get_database_backend(), rows, key, name, page_request);
    let counted: Vec<(String, String, i64)> = counted.into_tuple().all(db).await?;
    let mut page = Page::cut(counted, page_request, |(key, ..)| {
        vec![Key::Text(key.clone())]
    });
    page.total = total;
    Ok(page.map(|(_, name, courses)| (name, courses)))
}

fn counted<E: EntityTrait>(
    backend: DatabaseBackend,
    rows: Select<E>,
    key: E::Column,
    name: E::Column,
    page_request: &PageRequest,
) -> Select<E> {
    let sorts = [Sort::asc(Expr::col(key)).text()];
    select_after(rows, backend, &sorts, page_request)
        .select_only()
        .expr_as(column::bytewise(backend, key), "sort_key")
        .expr_as(column::first_of(backend, name), "name")
        .expr_as(Expr::cust("COUNT(*)"), "courses")
        .group_by(column::bytewise(backend, key))
}

async fn count<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    key: E::Column,
) -> Result<u64, Error> {
    let distinct: Option<i64> = rows
        .select_only()
        .expr_as(Expr::col(key).count_distinct(), "words")
        .into_tuple()
        .one(db)
        .await?;
    Ok(distinct
        .and_then(|words| u64::try_from(words).ok())
        .unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{QueryTrait, Statement};

    async fn plan<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> String {
        let mut statement: Statement = select.build(db.get_database_backend());
        statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
        let rows = db.query_all_raw(statement).await.unwrap();
        let lines = rows.iter().map(|row| row.try_get_by(3).unwrap());
        lines.collect::<Vec<String>>().join("\n")
    }

    #[tokio::test]
    async fn a_page_of_words_is_read_in_the_order_of_an_index() {
        let test = crate::tests::ModuleTest::new().await;
        let db = test.database.read();
        let backend = db.get_database_backend();
        if backend != DatabaseBackend::Sqlite {
            testkit::left_out("how PostgreSQL reads a small table says nothing of a large one");
            return;
        }
        let page_request = PageRequest {
            from: Some(vec![Key::Text("m".to_owned())]),
            ..PageRequest::first(2)
        };
        let tagged = catalogue_tag::Entity::find();
        let tag = catalogue_tag::Column::Tag;
        let tags = counted(backend, tagged, tag, tag, &page_request);
        let (key, name) = (catalogue::Column::CategoryKey, catalogue::Column::Category);
        let categories = counted(backend, categorised().unwrap(), key, name, &page_request);
        for plan in [plan(db, tags).await, plan(db, categories).await] {
            assert!(plan.contains("SEARCH"), "{plan}");
            assert!(plan.contains("COVERING INDEX"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
