//! The one file that names all four modules: it opens each, joins them by the bus and mounts them.

mod databases;
mod name;
mod settings;
mod transport;

pub use databases::Databases;
pub use name::ModuleName;
pub use settings::token_policy;

use anyhow::{Context, Result, bail};
use bus::{Backlog, InboxWorker, Relay, Subscription};
use course::Course;
use database::Database;
use kernel::Ambient;
use notification::Notification;
use progress::Progress;
use rest::Routes;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use user::User;

use crate::config::Settings;
use crate::data::{self, DataFolder};
use settings::{mail_settings, user_settings};
use transport::Transport;

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
    #[cfg(feature = "rabbitmq")]
    transport: Transport,
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
        if settings.embedded() {
            // The folder is locked, so whoever had a mail in hand is gone.
            modules.notification.release_claims().await?;
        }
        Ok((folder, modules))
    }

    /// Opens the user module alone, beside a server that may run.
    ///
    /// # Errors
    /// One sentence when there is no data yet or it cannot be used.
    pub async fn visit_user(settings: &Settings, ambient: &Ambient) -> Result<User> {
        let databases = Databases::visit(settings).await?;
        databases.refuse_pending().await?;
        let folder = &settings.data.folder;
        let Some(key) = data::find_master_key(folder, &settings.auth.master_key)? else {
            bail!(
                "there is no master key in {}; start the server once with gopro serve, or set auth.master_key",
                folder.display()
            );
        };
        let settings = user_settings(settings, key);
        let database = databases.user().clone();
        User::new(database, ambient.clone(), settings)
            .await
            .context("the user module cannot be opened")
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
            databases.user().clone(),
            ambient.clone(),
            user_settings(settings, master_key),
        )
        .await
        .context("the user module cannot start")?;
        let course = Course::new(databases.course().clone(), ambient.clone(), user.api());
        let progress = Progress::new(databases.progress().clone(), ambient.clone(), course.api());
        let notification = Notification::new(
            databases.notification().clone(),
            ambient.clone(),
            user.api(),
            mail_settings(settings, folder),
        )
        .context("the notification module cannot start; check the settings under mail")?;
        let subscriptions: Vec<Subscription> = vec![
            user.subscription(),
            course.subscription(),
            progress.subscription(),
            notification.subscription(),
        ];
        let transport = Transport::new(&settings.bus, subscriptions.clone(), ambient);
        let relay = |(module, database): (&'static str, &Database)| {
            let bus = transport.bus(module);
            Relay::new(module, database.clone(), bus, ambient.clone())
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
            #[cfg(feature = "rabbitmq")]
            transport,
        })
    }

    /// The routes of all modules, without their state: what the API description is made of.
    pub fn routes(config: &mut impl Routes) {
        for module in ModuleName::ALL {
            Self::routes_of(module, config);
        }
    }

    /// The routes of a module, without its state.
    pub fn routes_of(module: ModuleName, config: &mut impl Routes) {
        match module {
            ModuleName::User => user::routes(config),
            ModuleName::Course => course::routes(config),
            ModuleName::Progress => progress::routes(config),
            ModuleName::Notification => notification::routes(config),
        }
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
        #[cfg(feature = "rabbitmq")]
        tasks.extend(self.transport.spawn(stop));
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
