//! All that the databases of a test's server hold.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::AppTest;

/// Every value of every table of the four databases, one text per row.
pub(crate) async fn dump(app: &AppTest) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for (module, database) in app.modules.databases().all() {
        let db = database.read();
        let sqlite = db.get_database_backend() == DatabaseBackend::Sqlite;
        let tables = match sqlite {
            true => {
                "SELECT name AS name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            false => {
                "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()"
            }
        };
        for table in texts(db, tables).await {
            let select = match sqlite {
                true => {
                    let columns = format!("SELECT name AS name FROM pragma_table_info('{table}')");
                    let columns = texts(db, &columns).await;
                    // Blobs are text of their bytes here, so that names in them are seen too.
                    let all: Vec<_> = columns
                        .iter()
                        .map(|column| format!("coalesce(CAST(\"{column}\" AS TEXT), '')"))
                        .collect();
                    format!(
                        "SELECT {} AS name FROM \"{table}\"",
                        all.join(" || '|' || ")
                    )
                }
                false => format!("SELECT t::text AS name FROM \"{table}\" t"),
            };
            for row in texts(db, &select).await {
                rows.push((format!("{}.{table}", module.as_str()), row));
            }
        }
    }
    rows
}

async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect(sql);
    let bytes = rows.iter().map(|row| {
        row.try_get::<String>("", "name")
            .or_else(|_| {
                let bytes = row.try_get::<Vec<u8>>("", "name");
                bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            })
            .unwrap_or_default()
    });
    bytes.collect()
}
