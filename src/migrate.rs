//! Bringing a module's schema up to date, once however many processes start at the same time.

use anyhow::{Context, Result, bail};
use database::{Database, Location};
use migrations::MigratorTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseBackend, TransactionTrait};
use sea_orm_migration::SchemaManager;

/// What a module's database has and lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaState {
    /// Migrations that were run.
    pub applied: Vec<String>,
    /// Migrations that this version has and the database lacks.
    pub pending: Vec<String>,
}

/// On PostgreSQL, makes the module's schema.
///
/// # Errors
/// When the server refuses.
pub async fn make_schema(location: &Location, database: &Database) -> Result<()> {
    let Location::Postgres { schema, .. } = location else {
        return Ok(());
    };
    let refused = || {
        format!(
            "cannot make the schema {schema}; make it by hand, or give the database user the right CREATE"
        )
    };
    // Checking first lets a database user without that right start where the schema exists.
    let txn = database
        .for_migrations()
        .begin()
        .await
        .with_context(refused)?;
    let lock = "SELECT pg_advisory_xact_lock(hashtext('gopro/schema'))";
    txn.execute_unprepared(lock).await.with_context(refused)?;
    let known = Query::select()
        .expr(Expr::val(1))
        .from(("information_schema", "schemata"))
        .and_where(Expr::col("schema_name").eq(schema.as_str()))
        .to_owned();
    if txn.query_one(&known).await.with_context(refused)?.is_none() {
        let create = format!("CREATE SCHEMA \"{schema}\"");
        txn.execute_unprepared(&create)
            .await
            .with_context(refused)?;
    }
    txn.commit().await.with_context(refused)
}

/// Runs what is pending, under a lock that other processes wait for.
///
/// # Errors
/// When a migration fails; on PostgreSQL nothing of it stays.
pub async fn up<M: MigratorTrait>(module: &str, database: &Database) -> Result<()> {
    let failed = || {
        format!(
            "the migration of the {module} module failed and was rolled back; fix the cause and start again"
        )
    };
    if database.backend() == DatabaseBackend::Postgres {
        let txn = database
            .for_migrations()
            .begin()
            .await
            .with_context(failed)?;
        // A migration, and the wait for another process's, may take longer than a request's statement.
        for limit in ["statement_timeout", "lock_timeout"] {
            txn.execute_unprepared(&format!("SET LOCAL {limit} = 0"))
                .await
                .with_context(failed)?;
        }
        txn.execute_unprepared(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '/migrate'))",
        )
        .await
        .with_context(failed)?;
        M::up(&txn, None).await.with_context(failed)?;
        txn.commit().await.with_context(failed)?;
    } else {
        M::up(database.for_migrations(), None)
            .await
            .with_context(failed)?;
    }
    Ok(())
}

/// Compares the database with this version.
///
/// # Errors
/// One sentence when the database was written by a newer version.
pub async fn state<M: MigratorTrait>(module: &str, database: &Database) -> Result<SchemaState> {
    let db = database.for_migrations();
    let known: Vec<String> = M::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let table = M::migration_table_name().to_string();
    let rows = match SchemaManager::new(db).has_table(table).await? {
        true => M::get_migration_models(db).await?,
        false => Vec::new(),
    };
    let applied: Vec<String> = rows.into_iter().map(|row| row.version).collect();
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        bail!(
            "the data of the {module} module was written by a newer gopro (it has the migration {newer}); start that version, or restore a backup of this one"
        );
    }
    let pending = known.into_iter().filter(|name| !applied.contains(name));
    Ok(SchemaState {
        pending: pending.collect(),
        applied,
    })
}
