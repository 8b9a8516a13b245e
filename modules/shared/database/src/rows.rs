//! Statements that the stores of all modules make alike.

use kernel::{Keyed, Piece, Place};
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition, IntoValueTuple, SimpleExpr};
use sea_orm::{
    ConnectionTrait, Cursor, DatabaseBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    SelectModel,
};
use serde::de::DeserializeOwned;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Deletes the rows that `condition` holds for; returns how many there were.
///
/// # Errors
/// The driver's error.
pub async fn delete_where<E: EntityTrait>(
    db: &impl ConnectionTrait,
    condition: impl IntoCondition,
) -> Result<u64, DbErr> {
    let delete = E::delete_many().filter(condition);
    Ok(delete.exec(db).await?.rows_affected)
}

/// Whether a column holds `text`, byte by byte. An erasure looks through all that is kept for days, for which `LIKE`,
/// which folds letter case on SQLite, takes several times as long.
pub fn holds(db: &impl ConnectionTrait, column: impl Into<SimpleExpr>, text: &str) -> SimpleExpr {
    let place = match db.get_database_backend() {
        DatabaseBackend::Postgres => "strpos",
        _ => "instr",
    };
    Expr::expr(Func::cust(place).arg(column).arg(text)).gt(0)
}

/// The rows that follow `place` in the order of `cursor`, whose key is a `K`; as many as a page of
/// an export has.
///
/// # Errors
/// The driver's error.
pub async fn rows_after<M, K>(
    db: &impl ConnectionTrait,
    mut cursor: Cursor<SelectModel<M>>,
    place: &Place,
) -> Result<Vec<M>, DbErr>
where
    M: FromQueryResult + Send + Sync,
    K: IntoValueTuple + DeserializeOwned,
{
    if let Some(last) = place.after::<K>() {
        cursor.after(last);
    }
    cursor.first(Piece::ROWS).all(db).await
}

/// The rows that follow `place` in the order of `cursor`, as they stand and with their keys, for the
/// export of an account.
///
/// # Errors
/// The driver's error, or that a row does not encode.
pub async fn export_after<M, K>(
    db: &impl ConnectionTrait,
    cursor: Cursor<SelectModel<M>>,
    place: &Place,
    key: impl Fn(&M) -> K,
) -> Result<Vec<Keyed>, DbErr>
where
    M: FromQueryResult + Serialize + Send + Sync,
    K: IntoValueTuple + Serialize + DeserializeOwned,
{
    let rows = rows_after::<M, K>(db, cursor, place).await?;
    let keyed = rows
        .iter()
        .map(|row| Ok((serde_json::to_value(key(row))?, serde_json::to_value(row)?)));
    let keyed: Result<_, serde_json::Error> = keyed.collect();
    keyed.map_err(|error| DbErr::Custom(format!("a row does not encode: {error}")))
}

/// Shows a column of JSON text as JSON: the `serialize_with` of its field.
///
/// # Errors
/// That the text is not JSON.
pub fn json_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let value: Value = serde_json::from_str(text).map_err(S::Error::custom)?;
    value.serialize(serializer)
}
