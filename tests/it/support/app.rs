//! A server in this process, on free ports, with data of its own.

use std::collections::BTreeMap;

use gopro::config::Settings;
use gopro::modules::Modules;
use gopro::seed;
use gopro::server::Server;
use kernel::{Ambient, Operation, Role};
use user::NewAccount;

use super::client::Client;
use super::storage::Storage;

/// The password of every account that a test makes.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct TestApp {
    pub(crate) server: Server,
    _storage: Storage,
}

impl TestApp {
    /// An empty server.
    pub(crate) async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// A server with settings of its own.
    pub(crate) async fn spawn_with(extra: &[(&'static str, &str)]) -> Self {
        let storage = Storage::new().await;
        let server = Server::start(&settings(&storage, extra), Ambient::system()).await;
        Self {
            server: server.expect("the server starts"),
            _storage: storage,
        }
    }

    /// A server with the demo course and its three accounts.
    pub(crate) async fn demo() -> Self {
        let storage = Storage::new().await;
        let settings = settings(
            &storage,
            &[
                ("demo.learner_password", PASSWORD),
                ("demo.instructor_password", PASSWORD),
                ("demo.admin_password", PASSWORD),
            ],
        );
        let ambient = Ambient::system();
        let (folder, modules) = Modules::start(&settings, &ambient)
            .await
            .expect("the modules");
        seed::demo(&modules, &settings.demo, &ambient)
            .await
            .expect("the demo");
        let server = Server::serve(&settings, ambient, folder, modules).expect("the server");
        Self {
            server,
            _storage: storage,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    pub(crate) fn internal_url(&self) -> String {
        format!("http://{}", self.server.internal_address)
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url())
    }

    /// A client of a new person with these roles.
    pub(crate) async fn person(&self, username: &str, roles: &[Role]) -> Client {
        let account = NewAccount {
            id: None,
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            password: PASSWORD.to_owned().into(),
            display_name: None,
            locale: None,
            time_zone: None,
            roles: roles.to_vec().into(),
        };
        let user = &self.server.modules.user;
        user.create(&Operation::system("test"), account)
            .await
            .expect("an account");
        self.log_in(username).await
    }

    pub(crate) async fn learner(&self) -> Client {
        self.person("lena", &[Role::Student]).await
    }

    pub(crate) async fn instructor(&self) -> Client {
        self.person("ivan", &[Role::Student, Role::Instructor])
            .await
    }

    pub(crate) async fn admin(&self) -> Client {
        self.person("anna", &[Role::Student, Role::Admin]).await
    }

    pub(crate) async fn log_in(&self, username: &str) -> Client {
        let mut client = self.anonymous();
        client.log_in(username, PASSWORD).await;
        client
    }

    /// Waits until every event has had its effect.
    pub(crate) async fn settle(&self) {
        wait_until_idle(&self.internal_url()).await;
    }
}

/// Asks the internal listener until nothing waits; fails when an event is parked.
pub(crate) async fn wait_until_idle(internal_url: &str) {
    let client = Client::new(internal_url);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let health = client.get("/health").await.expect_status(200);
        let modules = health["modules"].as_object().expect("modules").clone();
        let sum = |name: &str| -> u64 {
            let counts = modules
                .values()
                .map(|module| module["events"][name].as_u64());
            counts.map(|count| count.expect("a count")).sum()
        };
        assert_eq!(
            sum("outbox_parked") + sum("inbox_parked"),
            0,
            "an event is parked: {health}"
        );
        if sum("outbox_pending") + sum("inbox_pending") == 0 {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "the events did not settle: {health}"
        );
        tokio::task::yield_now().await;
    }
}

fn settings(storage: &Storage, extra: &[(&'static str, &str)]) -> Settings {
    let mut flags = storage.settings();
    flags.push(("server.address", "127.0.0.1:0".to_owned()));
    flags.push(("server.internal_address", "127.0.0.1:0".to_owned()));
    flags.extend(extra.iter().map(|(key, value)| (*key, (*value).to_owned())));
    gopro::config::load(None, &BTreeMap::new(), &flags).expect("valid settings")
}
