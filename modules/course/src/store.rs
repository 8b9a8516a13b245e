//! One statement per function; rows come and go as plain records.

pub(crate) mod catalogue;
pub(crate) mod courses;
pub(crate) mod exercises;
pub(crate) mod lessons;
pub(crate) mod sections;
pub(crate) mod staff;
pub(crate) mod submissions;
pub(crate) mod versions;

use sea_orm::DbErr;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SimpleExpr};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn encode<T: Serialize>(value: &T) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Custom(error.to_string()))
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Custom(error.to_string()))
}

fn word<T>(read: Option<T>, column: &str) -> Result<T, DbErr> {
    read.ok_or_else(|| DbErr::Custom(format!("{column} holds an unknown word")))
}

/// Whether a folded column contains `word`, whatever characters it has.
fn contains(column: impl Into<SimpleExpr>, word: &str) -> SimpleExpr {
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

fn columns_like<C: sea_orm::ColumnTrait>(column: C, words: &[String]) -> sea_orm::Condition {
    let mut all = sea_orm::Condition::all();
    for word in words {
        all = all.add(contains(Expr::col((column.entity_name(), column)), word));
    }
    all
}
