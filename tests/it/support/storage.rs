//! Where a test's server keeps its data: a folder, and a PostgreSQL database when the suite runs on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gopro::modules::Databases;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::app::wait_until_idle;
#[cfg(feature = "rabbitmq")]
use super::rabbitmq::{self, Names};

/// Databases of tests that have ended. They go when the next one is made, because a value cannot wait for a server
/// when it is dropped.
static ENDED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A database on the server that one test or several of its servers use.
struct OwnDatabase {
    name: String,
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        if let Ok(mut ended) = ENDED.lock() {
            ended.push(std::mem::take(&mut self.name));
        }
    }
}

/// Data of one test.
pub(crate) struct Storage {
    pub(crate) folder: TempDir,
    pub(crate) database_url: String,
    /// Held as long as somebody uses it.
    own_database: Option<Arc<OwnDatabase>>,
    #[cfg(feature = "rabbitmq")]
    rabbitmq: Option<Arc<Names>>,
}

impl Storage {
    pub(crate) async fn new() -> Self {
        #[cfg(not(feature = "rabbitmq"))]
        testkit::left_out(
            "events by RabbitMQ and the split deployment; run with --features rabbitmq",
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database_url, own_database) = match testkit::postgres_url() {
            None => (String::new(), None),
            Some(server) => create_database(&server, "template1").await,
        };
        Self {
            folder,
            database_url,
            own_database,
            #[cfg(feature = "rabbitmq")]
            rabbitmq: rabbitmq::of_the_suite().await.map(Arc::new),
        }
    }

    /// A storage whose data is in its folder; with PostgreSQL there is none to be at fault.
    pub(crate) async fn embedded() -> Option<Self> {
        if testkit::postgres_url().is_some() {
            testkit::left_out("on PostgreSQL the data folder holds no database");
            return None;
        }
        Some(Self::new().await)
    }

    /// Another folder, and the same servers.
    pub(crate) fn beside(&self) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            database_url: self.database_url.clone(),
            own_database: self.own_database.clone(),
            #[cfg(feature = "rabbitmq")]
            rabbitmq: self.rabbitmq.clone(),
        }
    }

    /// All data as it is now, elsewhere, as an operator copies it while no server runs.
    pub(crate) async fn copy(&self) -> Self {
        let mut copy = self.beside();
        for entry in std::fs::read_dir(self.folder.path().join("data")).expect("the data") {
            let entry = entry.expect("an entry");
            let target = copy.folder.path().join("data");
            std::fs::create_dir_all(&target).expect("a folder");
            if entry.file_type().expect("a type").is_file() {
                let target = target.join(entry.file_name());
                std::fs::copy(entry.path(), target).expect("copied");
            }
        }
        if let Some(server) = testkit::postgres_url() {
            let (_, name) = self.database_url.rsplit_once('/').expect("a database");
            (copy.database_url, copy.own_database) = create_database(&server, name).await;
        }
        copy
    }

    #[cfg(feature = "rabbitmq")]
    pub(crate) fn has_broker(&self) -> bool {
        self.rabbitmq.is_some()
    }

    /// Where the broker listens, and its address by which one gets there through a proxy.
    #[cfg(feature = "rabbitmq")]
    pub(crate) fn broker(&self) -> Option<(String, impl Fn(std::net::SocketAddr) -> String)> {
        let url = self.rabbitmq.as_ref()?.url.clone();
        let (_, place) = url.rsplit_once('@')?;
        let server = place.split('/').next()?.to_owned();
        let known = server.clone();
        let by = move |proxy: std::net::SocketAddr| url.replace(&known, &proxy.to_string());
        Some((server, by))
    }

    /// Waits until every event of the servers here has had its effect.
    pub(crate) async fn settle(&self, internal_urls: &[&str]) {
        #[cfg(feature = "rabbitmq")]
        if self.has_broker() {
            let databases = self.databases().await;
            return rabbitmq::settle(internal_urls, &databases).await;
        }
        for internal_url in internal_urls {
            wait_until_idle(internal_url).await;
        }
    }

    /// What an operator would see beside the server.
    pub(crate) async fn databases(&self) -> Databases {
        let settings = gopro::config::load(None, &BTreeMap::new(), &self.settings());
        let databases = Databases::attach(&settings.expect("valid settings")).await;
        databases.expect("the databases")
    }

    /// The settings that lead a server here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let settings = vec![
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
        ];
        #[cfg(feature = "rabbitmq")]
        let settings = [settings, self.bus_settings()].concat();
        settings
    }

    #[cfg(feature = "rabbitmq")]
    fn bus_settings(&self) -> Vec<(&'static str, String)> {
        let Some(names) = &self.rabbitmq else {
            return Vec::new();
        };
        vec![
            ("bus.kind", "rabbitmq".to_owned()),
            ("bus.url", names.url.clone()),
            ("bus.prefix", names.prefix.clone()),
        ]
    }
}

async fn create_database(server: &str, template: &str) -> (String, Option<Arc<OwnDatabase>>) {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let connection = sea_orm::Database::connect(server)
        .await
        .expect("PostgreSQL");
    let ended = std::mem::take(&mut *ENDED.lock().expect("the databases that may go"));
    for name in ended {
        connection
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .expect("dropped");
    }
    // Named after the suite's own database, so that whoever cleans up behind a run that was stopped knows them.
    let name = format!(
        "{}_it_{name}",
        server.rsplit('/').next().expect("a database")
    );
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .await
        .expect("a database");
    connection.close().await.expect("closed");
    let (base, _) = server.rsplit_once('/').expect("a database in the address");
    (
        format!("{base}/{name}"),
        Some(Arc::new(OwnDatabase { name })),
    )
}
