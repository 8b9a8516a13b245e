//! A server in this process, on free ports, with data of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use course::Course;
use gopro::config::Settings;
use gopro::modules::Modules;
use gopro::seed;
use gopro::server::Server;
use kernel::{Env, Operation, Role};
use progress::Progress;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use user::{NewAccount, User};

use super::client::Client;
use super::mail::{self, Mail};
#[cfg(feature = "rabbitmq")]
use super::rabbitmq;
use super::storage::Storage;

/// The password of every account that a test makes.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

const DEMO_PASSWORDS: [(&str, &str); 3] = [
    ("demo.learner_password", PASSWORD),
    ("demo.instructor_password", PASSWORD),
    ("demo.admin_password", PASSWORD),
];

/// A server on a thread of its own, so that it ends with its test and leaves no connection behind.
pub(crate) struct AppTest {
    pub(crate) modules: Modules,
    address: SocketAddr,
    internal_address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    storage: Storage,
}

impl AppTest {
    /// An empty server.
    pub(crate) async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// A server with settings of its own.
    pub(crate) async fn spawn_with(extra: &[(&'static str, &str)]) -> Self {
        let storage = Storage::new().await;
        let settings = settings(&storage, extra);
        Self::run(storage, settings, false, Env::system()).await
    }

    /// A second instance on the same PostgreSQL database.
    pub(crate) async fn beside(&self) -> Self {
        let storage = self.storage.beside();
        let key = self.folder().join("master.key").display().to_string();
        let settings = settings(&storage, &[("auth.master_key_file", &key)]);
        Self::run(storage, settings, false, Env::system()).await
    }

    /// As [`AppTest::demo`], with a clock that is in the test's hand.
    pub(crate) async fn demo_at(clock: &testkit::FixedClock) -> Self {
        Self::demo_with(testkit::env(clock)).await
    }

    /// As [`AppTest::demo`], with settings of its own.
    pub(crate) async fn demo_and(extra: &[(&'static str, &str)]) -> Self {
        Self::demo_of(extra, Env::system()).await
    }

    /// As [`AppTest::demo`], with settings and a clock of its own.
    pub(crate) async fn demo_of(extra: &[(&'static str, &str)], env: Env) -> Self {
        let storage = Storage::new().await;
        let extra = [&DEMO_PASSWORDS, extra].concat();
        let settings = settings(&storage, &extra);
        Self::run(storage, settings, true, env).await
    }

    /// As [`AppTest::demo`], with a clock of the test's own.
    pub(crate) async fn demo_with(env: Env) -> Self {
        let storage = Storage::new().await;
        let settings = settings(&storage, &DEMO_PASSWORDS);
        Self::run(storage, settings, true, env).await
    }

    /// A server with the demo course and its three accounts.
    pub(crate) async fn demo() -> Self {
        Self::demo_with(Env::system()).await
    }

    async fn run(storage: Storage, settings: Settings, demo: bool, env: Env) -> Self {
        // A connection to PostgreSQL is driven by the runtime that opened it, which may be the
        // test's, while the test's own thread waits in `drop` for the server to end.
        assert_eq!(
            Handle::current().runtime_flavor(),
            RuntimeFlavor::MultiThread,
            "write #[tokio::test(flavor = \"multi_thread\")]"
        );
        let (started, start) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = serve(&settings, demo, env).await;
                let open = (
                    server.modules.clone(),
                    server.address,
                    server.internal_address,
                );
                let _ = started.send(open);
                let _ = stopped.await;
                server.abort().await.expect("the server ends");
            });
        });
        let (modules, address, internal_address) = start.await.expect("the server starts");
        Self {
            modules,
            address,
            internal_address,
            stop: Some(stop),
            thread: Some(thread),
            storage,
        }
    }

    pub(crate) fn user(&self) -> &User {
        self.modules.user().expect("the user module")
    }

    pub(crate) fn course(&self) -> &Course {
        self.modules.course().expect("the course module")
    }

    pub(crate) fn progress(&self) -> &Progress {
        self.modules.progress().expect("the progress module")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn internal_url(&self) -> String {
        format!("http://{}", self.internal_address)
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url())
    }

    /// A client of a new user with these roles.
    pub(crate) async fn new_user(&self, username: &str, roles: &[Role]) -> Client {
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
        let user = self.user();
        user.create(&Operation::system("test"), account)
            .await
            .expect("an account");
        self.log_in(username).await
    }

    pub(crate) async fn learner(&self) -> Client {
        self.new_user("lena", &[Role::Student]).await
    }

    pub(crate) async fn instructor(&self) -> Client {
        self.new_user("ivan", &[Role::Student, Role::Instructor])
            .await
    }

    pub(crate) async fn admin(&self) -> Client {
        self.new_user("anna", &[Role::Student, Role::Admin]).await
    }

    pub(crate) async fn log_in(&self, username: &str) -> Client {
        let mut client = self.anonymous();
        client.log_in(username, PASSWORD).await;
        client
    }

    /// Where the server keeps its data.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.storage.folder.path().join("data")
    }

    /// The newest email to an address in whose text `sign` occurs, as soon as it is there.
    pub(crate) async fn mail(&self, address: &str, sign: &str) -> Mail {
        mail::wait_for(&self.folder(), address, sign).await
    }

    /// Waits until every event has had its effect.
    pub(crate) async fn settle(&self) {
        #[cfg(feature = "rabbitmq")]
        if self.storage.has_broker() {
            return rabbitmq::settle(&[&self.internal_url()], self.modules.databases()).await;
        }
        wait_until_idle(&self.internal_url()).await;
    }
}

impl Drop for AppTest {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the server did not end well"
            );
        }
    }
}

async fn serve(settings: &Settings, demo: bool, env: Env) -> Server {
    let (folder, modules) = Modules::start(settings, &env).await.expect("the modules");
    let mut accounts = Vec::new();
    if demo {
        seed::make_accounts(&modules, &settings.demo, &env, &mut accounts)
            .await
            .expect("the accounts of the demo");
        seed::load_courses(&modules).await.expect("its courses");
    }
    Server::serve(settings, env, folder, modules, &accounts)
        .await
        .expect("the server")
}

/// Polls the internal listener until nothing waits; fails when an event is parked.
pub(crate) async fn wait_until_idle(internal_url: &str) {
    let client = Client::new(internal_url);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let mut idle = 0;
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
        // The modules are counted one after another, and an event may pass between two of them.
        idle = match sum("outbox_pending") + sum("inbox_pending") {
            0 => idle + 1,
            _ => 0,
        };
        if idle == 2 {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "the events did not settle: {health}"
        );
        crate::support::between_looks().await;
    }
}

fn settings(storage: &Storage, extra: &[(&'static str, &str)]) -> Settings {
    let mut flags = storage.settings();
    flags.push(("server.address", "127.0.0.1:0".to_owned()));
    flags.push(("server.internal_address", "127.0.0.1:0".to_owned()));
    flags.extend(extra.iter().map(|(key, value)| (*key, (*value).to_owned())));
    gopro::config::load(None, &BTreeMap::new(), &flags).expect("valid settings")
}
