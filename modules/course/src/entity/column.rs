//! How values stand in columns, and what stores compute of columns in every room.

use aws_lc_rs::digest::{SHA256, digest};
use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, IdenStatic, Iterable,
    QuerySelect, QueryTrait, Select,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Custom(error.to_string()))
}

/// By which equal texts are found, in hexadecimal digits.
pub(crate) fn digest_of(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Custom(error.to_string()))
}

/// The word of an enumeration, as the API writes it too.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, DbErr> {
    Ok(encode(value)?.trim_matches('"').to_owned())
}

/// What [`word`] wrote into the column of this name.
pub(crate) fn read_word<T: DeserializeOwned>(word: &str, column: &str) -> Result<T, DbErr> {
    let read = decode(&format!("\"{word}\""));
    read.map_err(|_| DbErr::Custom(format!("{column} holds an unknown word")))
}

/// Whether a folded column contains `word`, whatever characters it has.
pub(crate) fn contains(column: impl Into<SimpleExpr>, word: &str) -> SimpleExpr {
    let mut pattern = String::from("%");
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    let column: SimpleExpr = column.into();
    column.like(LikeExpr::new(pattern).escape('\\'))
}

/// A text in the order of its bytes, which on PostgreSQL is a collation of its own: alike on both databases.
pub(crate) fn bytewise<C: ColumnTrait>(backend: DatabaseBackend, column: C) -> SimpleExpr {
    match backend {
        DatabaseBackend::Postgres => Expr::cust_with_exprs(
            "$1 COLLATE \"C\"",
            [Expr::col((column.entity_name(), column))],
        ),
        _ => Expr::col((column.entity_name(), column)),
    }
}

/// The first of some texts in that order.
pub(crate) fn first_of<C: ColumnTrait>(backend: DatabaseBackend, column: C) -> SimpleExpr {
    Func::min(bytewise(backend, column)).into()
}

/// The bytes of all `body` of the rows of `select`, as a part of another statement.
pub(crate) fn bytes_of<E: EntityTrait>(select: Select<E>, body: E::Column) -> SimpleExpr {
    let column = Expr::col((body.entity_name(), body));
    let bytes = Func::sum(Func::cust("octet_length").arg(column));
    let sum = select
        .select_only()
        .expr_as(Func::coalesce([bytes.into(), Expr::value(0_i64)]), "bytes")
        .into_query();
    SimpleExpr::SubQuery(None, Box::new(sum.into()))
}

/// Leaves out a column, which may be large.
pub(crate) fn without<E: EntityTrait>(select: Select<E>, column: E::Column) -> Select<E> {
    let others = E::Column::iter().filter(|other| other.as_str() != column.as_str());
    select.select_only().columns(others)
}

/// The course of the first of the rows, if there is one.
pub(crate) async fn course_of<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    course: E::Column,
) -> Result<Option<CourseId>, DbErr> {
    let rows = rows.select_only().column(course).into_tuple::<Uuid>();
    Ok(rows.one(db).await?.map(CourseId::from))
}
