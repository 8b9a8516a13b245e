//! Where a test's server keeps its data: a folder, and a PostgreSQL database when the suite runs on it.

use sea_orm::ConnectionTrait;
use tempfile::TempDir;

/// Data of one test; a database on the server goes when it is dropped by the next run's clean-up.
pub(crate) struct Storage {
    pub(crate) folder: TempDir,
    pub(crate) database_url: String,
}

impl Storage {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database_url = match testkit::postgres_url() {
            None => String::new(),
            Some(server) => create_database(&server).await,
        };
        Self {
            folder,
            database_url,
        }
    }

    /// The settings that lead a server here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "data.folder",
                self.folder.path().join("data").display().to_string(),
            ),
            ("database.url", self.database_url.clone()),
            ("migrate.on_start", "always".to_owned()),
            // A restarted server gets another port, and tokens name this address.
            ("server.public_url", "http://gopro.test".to_owned()),
            ("limits.requests_per_minute", "1000000".to_owned()),
            ("limits.auth_requests_per_minute", "1000000".to_owned()),
            ("log.level", "warn".to_owned()),
        ]
    }
}

async fn create_database(server: &str) -> String {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let connection = sea_orm::Database::connect(server)
        .await
        .expect("PostgreSQL");
    // Named after the suite's own database, so that whoever cleans up knows them.
    let name = format!(
        "{}_it_{name}",
        server.rsplit('/').next().expect("a database")
    );
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("a database");
    connection.close().await.expect("closed");
    let (base, _) = server.rsplit_once('/').expect("a database in the address");
    format!("{base}/{name}")
}
