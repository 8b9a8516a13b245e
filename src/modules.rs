//! The one file that names all four modules: it opens each, joins them by the bus and mounts them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bus::{Backlog, Bus, InboxWorker, MemoryBus, Relay, Subscription};
use course::Course;
use database::{Database, Location, PoolSettings};
use kernel::{Ambient, ExposeSecret, SecretString};
use migrations::MigratorTrait;
use notification::{MailSettings, Notification, Transport};
use progress::Progress;
use rest::{Routes, TokenPolicy};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use user::User;

use crate::config::Settings;
use crate::data::DataFolder;
use crate::migrate::{self, SchemaState};

/// The four modules of this process.
#[derive(Clone)]
pub struct Modules {
    /// Accounts and sessions.
    pub user: User,
    /// Courses and grading.
    pub course: Course,
    /// Enrolments and completion.
    pub progress: Progress,
    /// Inbox and mail.
    pub notification: Notification,
    databases: Databases,
    relays: Vec<Relay>,
    workers: Vec<InboxWorker>,
}

/// The databases of the four modules.
#[derive(Debug, Clone)]
pub struct Databases {
    user: Database,
    course: Database,
    progress: Database,
    notification: Database,
}

/// The names of the modules, as they stand in file names and tables.
pub const NAMES: [&str; 4] = ["user", "course", "progress", "notification"];

impl Databases {
    /// Connects to all of them.
    ///
    /// # Errors
    /// One sentence that names the file or server that cannot be used.
    pub async fn open(settings: &Settings, folder: &DataFolder) -> Result<Self> {
        let open = async |module: &str, schema: &str| {
            let location = location(settings, folder, module, schema);
            let pool = PoolSettings {
                max_connections: settings.database.max_connections,
                ..PoolSettings::default()
            };
            let database = Database::open(&location, &pool).await?;
            migrate::make_schema(&location, &database).await?;
            anyhow::Ok(database)
        };
        Ok(Self {
            user: open("user", "users").await?,
            course: open("course", "courses").await?,
            progress: open("progress", "progress").await?,
            notification: open("notification", "notifications").await?,
        })
    }

    /// Brings every schema up to date.
    ///
    /// # Errors
    /// When a database is newer than this version or a migration fails.
    pub async fn migrate(&self) -> Result<()> {
        self.states().await?;
        migrate::up::<migrations::user::Migrator>("user", &self.user).await?;
        migrate::up::<migrations::course::Migrator>("course", &self.course).await?;
        migrate::up::<migrations::progress::Migrator>("progress", &self.progress).await?;
        migrate::up::<migrations::notification::Migrator>("notification", &self.notification).await
    }

    /// What each database has and lacks.
    ///
    /// # Errors
    /// When a database is newer than this version.
    pub async fn states(&self) -> Result<Vec<(&'static str, SchemaState)>> {
        Ok(vec![
            (
                "user",
                state::<migrations::user::Migrator>("user", &self.user).await?,
            ),
            (
                "course",
                state::<migrations::course::Migrator>("course", &self.course).await?,
            ),
            (
                "progress",
                state::<migrations::progress::Migrator>("progress", &self.progress).await?,
            ),
            (
                "notification",
                state::<migrations::notification::Migrator>("notification", &self.notification)
                    .await?,
            ),
        ])
    }

    /// Runs what is pending when the settings say so, and refuses a schema that is behind.
    ///
    /// # Errors
    /// When something is pending that may not be run, or fails.
    pub async fn prepare(&self, settings: &Settings) -> Result<()> {
        if settings.migrates_on_start() {
            self.migrate().await?;
        }
        for (module, state) in self.states().await? {
            if !state.pending.is_empty() {
                bail!(
                    "the schema of the {module} module is behind by {} migration(s); run gopro migrate up, or set migrate.on_start = \"always\"",
                    state.pending.len()
                );
            }
        }
        if settings.embedded() {
            // The folder is locked, so whoever held a lease is gone.
            for (_, database) in self.all() {
                database::lease::release_all(database.writer()).await?;
            }
        }
        Ok(())
    }

    fn all(&self) -> [(&'static str, &Database); 4] {
        [
            (NAMES[0], &self.user),
            (NAMES[1], &self.course),
            (NAMES[2], &self.progress),
            (NAMES[3], &self.notification),
        ]
    }
}

impl Modules {
    /// Opens the data folder, prepares the databases and opens the modules on them.
    ///
    /// # Errors
    /// One sentence that says what cannot be opened and what to do.
    pub async fn start(settings: &Settings, ambient: &Ambient) -> Result<(DataFolder, Self)> {
        let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
        let databases = Databases::open(settings, &folder).await?;
        databases.prepare(settings).await?;
        let modules = Self::open(settings, &folder, databases, ambient).await?;
        Ok((folder, modules))
    }

    /// Opens the four modules on migrated databases.
    ///
    /// # Errors
    /// When a module cannot start; the text says what to do.
    async fn open(
        settings: &Settings,
        folder: &DataFolder,
        databases: Databases,
        ambient: &Ambient,
    ) -> Result<Self> {
        let master_key = folder.master_key(&settings.auth.master_key, ambient)?;
        let user = User::new(
            databases.user.clone(),
            ambient.clone(),
            user_settings(settings, master_key),
        )
        .await
        .context("the user module cannot start")?;
        let course = Course::new(databases.course.clone(), ambient.clone(), user.api());
        let progress = Progress::new(databases.progress.clone(), ambient.clone(), course.api());
        let notification = Notification::new(
            databases.notification.clone(),
            ambient.clone(),
            user.api(),
            mail_settings(settings, folder),
        )
        .context("the notification module cannot start; check the settings under mail")?;
        let subscriptions: Vec<Subscription> = vec![
            course.subscription(),
            progress.subscription(),
            notification.subscription(),
        ];
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(subscriptions.clone(), ambient.clone()));
        let relay = |(module, database): (&'static str, &Database)| {
            Relay::new(module, database.clone(), Arc::clone(&bus), ambient.clone())
        };
        Ok(Self {
            user,
            course,
            progress,
            notification,
            relays: databases.all().map(relay).to_vec(),
            workers: subscriptions
                .into_iter()
                .map(|subscription| InboxWorker::new(subscription, ambient.clone()))
                .collect(),
            databases,
        })
    }

    /// The routes of all modules, without their state: what the API description is made of.
    pub fn routes(config: &mut impl Routes) {
        user::routes(config);
        course::routes(config);
        progress::routes(config);
        notification::routes(config);
    }

    /// Mounts all modules.
    pub fn configure(&self, config: &mut impl Routes) {
        self.user.configure(config);
        self.course.configure(config);
        self.progress.configure(config);
        self.notification.configure(config);
    }

    /// Starts relays, inboxes and the mail sender; they end after `stop`.
    pub fn spawn(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let mut tasks = Vec::new();
        for relay in self.relays.clone() {
            tasks.push(tokio::spawn(relay.run(stop.clone())));
        }
        for worker in self.workers.clone() {
            tasks.push(tokio::spawn(worker.run(stop.clone())));
        }
        tasks.push(tokio::spawn(self.notification.sender().run(stop.clone())));
        tasks
    }

    /// Handles every event that waits, by hand; used where nothing was spawned.
    ///
    /// # Errors
    /// When a database fails.
    pub async fn settle(&self) -> Result<()> {
        loop {
            let mut dealt = 0;
            for relay in &self.relays {
                dealt += relay.drain().await?;
            }
            for worker in &self.workers {
                dealt += worker.drain().await?;
            }
            if dealt == 0 {
                return Ok(());
            }
        }
    }

    /// The database of each module.
    pub fn databases(&self) -> [(&'static str, &Database); 4] {
        self.databases.all()
    }

    /// What each module still has to send and to handle.
    ///
    /// # Errors
    /// When a database fails.
    pub async fn backlogs(&self) -> Result<Vec<(&'static str, Backlog)>> {
        let mut backlogs = Vec::new();
        for (module, database) in self.databases.all() {
            backlogs.push((module, bus::backlog(database).await?));
        }
        Ok(backlogs)
    }
}

async fn state<M: MigratorTrait>(module: &str, database: &Database) -> Result<SchemaState> {
    migrate::state::<M>(module, database).await
}

fn location(settings: &Settings, folder: &DataFolder, module: &str, schema: &str) -> Location {
    if settings.embedded() {
        Location::Sqlite(folder.path().join(format!("{module}.db")))
    } else {
        Location::Postgres {
            url: settings.database.url.clone(),
            schema: schema.to_owned(),
        }
    }
}

/// Whose access tokens count here.
pub fn token_policy(settings: &Settings) -> TokenPolicy {
    TokenPolicy {
        issuer: settings.public_url(),
        audience: "gopro".to_owned(),
        lifetime: Duration::from_secs(settings.auth.access_token_minutes * 60),
    }
}

fn user_settings(settings: &Settings, master_key: SecretString) -> user::Settings {
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    user::Settings {
        token: token_policy(settings),
        master_key,
        session_idle: days(settings.auth.session_idle_days),
        session_absolute: days(settings.auth.session_absolute_days),
        hash_lanes: cores.div_ceil(2),
    }
}

fn mail_settings(settings: &Settings, folder: &DataFolder) -> MailSettings {
    let smtp = &settings.mail.smtp_url;
    let transport = if smtp.expose_secret().is_empty() {
        Transport::Folder(folder.path().join("mail"))
    } else {
        Transport::Smtp { url: smtp.clone() }
    };
    MailSettings {
        from: settings.mail.from.clone(),
        public_url: settings.public_url(),
        transport,
    }
}
