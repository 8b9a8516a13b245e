//! What a PostgreSQL server must be set to, so that what is acknowledged stays.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

use crate::Database;

/// The settings that must be on: each with what is lost without it.
const NEEDED: [(&str, &str); 3] = [
    (
        "fsync",
        "a crash of the machine can damage the whole database",
    ),
    (
        "full_page_writes",
        "a crash of the machine can damage single pages",
    ),
    (
        "synchronous_commit",
        "what was acknowledged a moment before a crash is lost",
    ),
];

/// What is unsafe about the server of `database`, a sentence each; nothing on SQLite.
/// `connections` is how many this process may hold at once.
///
/// # Errors
/// The driver's error.
pub async fn unsafe_settings(database: &Database, connections: u32) -> Result<Vec<String>, DbErr> {
    if database.backend() != DatabaseBackend::Postgres {
        return Ok(Vec::new());
    }
    let mut faults = Vec::new();
    for (name, loss) in NEEDED {
        let value = shown(database, name).await?;
        if value == "off" {
            faults.push(format!("{name} is off, so {loss}: set {name} = on"));
        }
    }
    let most: u32 = shown(database, "max_connections")
        .await?
        .parse()
        .unwrap_or(0);
    if most < connections {
        faults.push(format!(
            "max_connections is {most}, and this process alone may hold {connections}: raise it, or lower database.max_connections"
        ));
    }
    let version = shown(database, "server_version_num").await?;
    if version.parse::<u32>().unwrap_or(0) < 150_000 {
        let version = shown(database, "server_version").await?;
        faults.push(format!(
            "the server is PostgreSQL {version}: use 15 or newer"
        ));
    }
    Ok(faults)
}

async fn shown(database: &Database, name: &str) -> Result<String, DbErr> {
    let statement = Statement::from_sql_and_values(
        DatabaseBackend::Postgres,
        "SELECT current_setting($1) AS value",
        [name.into()],
    );
    let row = database.read().query_one_raw(statement).await?;
    row.map_or(Ok(String::new()), |row| row.try_get("", "value"))
}
