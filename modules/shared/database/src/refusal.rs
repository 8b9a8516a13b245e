//! A server that answers and lets nobody in, which is another matter than one that is not up yet.

use sea_orm::{DbErr, RuntimeErr};

/// What a PostgreSQL server refuses and what to do about it; none when it has refused nothing.
pub fn refusal(error: &DbErr) -> Option<&'static str> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    match error.as_database_error()?.code()?.as_ref() {
        "3D000" => Some(
            "has no database of this name; create it with CREATE DATABASE, or put the right name into database.url",
        ),
        "28P01" | "28000" => Some(
            "refuses the user or the password; create the user with CREATE ROLE … LOGIN, or put the right ones into database.url",
        ),
        "42501" => Some(
            "does not let the user into this database; give the user the right to CONNECT and to CREATE in it",
        ),
        _ => None,
    }
}
