//! A database per test: a SQLite file, or a schema of its own when the suite runs on PostgreSQL.

use std::ops::Deref;

use database::{Database, Location, PoolSettings};
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;
use secrecy::SecretString;
use tempfile::TempDir;
use uuid::Uuid;

/// The server that the suite shall run on: `GOPRO_TEST_POSTGRES_URL`; SQLite, said aloud, when it is
/// not set.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration file; this variable chooses its database"
)]
pub fn postgres_url() -> Option<String> {
    let url = std::env::var("GOPRO_TEST_POSTGRES_URL").ok();
    let url = url.filter(|url| !url.is_empty());
    if url.is_none() {
        crate::left_out("the suite on PostgreSQL; set GOPRO_TEST_POSTGRES_URL to run it there");
    }
    url
}

/// A migrated database that nobody else uses.
pub struct TestDatabase {
    database: Database,
    _folder: TempDir,
}

impl TestDatabase {
    /// Creates and migrates one.
    ///
    /// # Panics
    /// When the database cannot be made; a test cannot go on then.
    pub async fn new<M: MigratorTrait>() -> Self {
        let folder =
            tempfile::tempdir().unwrap_or_else(|error| panic!("temporary folder: {error}"));
        let location = match postgres_url() {
            None => Location::Sqlite(folder.path().join("test.db")),
            Some(url) => Location::Postgres {
                schema: create_schema(&url).await,
                url: SecretString::from(url),
            },
        };
        let database = Database::open(&location, &PoolSettings::default())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        M::up(database.for_migrations(), None)
            .await
            .unwrap_or_else(|error| panic!("migration: {error}"));
        Self {
            database,
            _folder: folder,
        }
    }
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

async fn create_schema(url: &str) -> String {
    let schema = format!("test_{}", Uuid::now_v7().simple());
    let server = sea_orm::Database::connect(url)
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL: {error}"));
    server
        .execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL: {error}"));
    schema
}
