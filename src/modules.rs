//! The one file that names all four modules: it opens each, joins them by the bus and mounts them.

mod databases;
mod name;
mod settings;
mod transport;

pub use databases::Databases;
pub use name::ModuleName;
pub use settings::token_policy;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bus::{Backlog, InboxWorker, Relay, Subscription};
use contracts::course::CourseApi;
use contracts::user::UserApi;
use course::Course;
use database::Database;
use kernel::{Ambient, Kind};
use notification::Notification;
use progress::Progress;
use rest::Routes;
use rpc::{RemoteCourse, RemoteUser, Served, Tls};
use sea_orm::DbErr;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use user::User;

use crate::config::{RpcSettings, Settings};
use crate::data::{self, DataFolder};
use crate::running::keep_running;
use settings::{mail_settings, user_settings};
use transport::Transport;

/// The modules of this process, and the way to the others.
#[derive(Clone)]
pub struct Modules {
    user: Option<User>,
    course: Option<Course>,
    progress: Option<Progress>,
    notification: Option<Notification>,
    users: Arc<dyn UserApi>,
    tls: Option<Tls>,
    databases: Databases,
    relays: Vec<Relay>,
    workers: Vec<InboxWorker>,
    #[cfg(feature = "rabbitmq")]
    transport: Transport,
}

const START_TRIES: u32 = 15;
const START_PAUSE: Duration = Duration::from_millis(500);

impl Modules {
    /// Opens the data folder, prepares the databases and opens the modules on them.
    ///
    /// # Errors
    /// One sentence that says what cannot be opened and what to do.
    pub async fn start(settings: &Settings, ambient: &Ambient) -> Result<(DataFolder, Self)> {
        let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
        let modules = Self::open_patiently(settings, &folder, ambient).await?;
        if let (true, Some(notification)) = (settings.embedded(), &modules.notification) {
            // The folder is locked, so whoever had a mail in hand is gone.
            notification.release_claims().await?;
        }
        Ok((folder, modules))
    }

    /// A PostgreSQL server that has much to do, or starts itself, may take longer to let somebody in
    /// than a request may wait for it.
    async fn open_patiently(
        settings: &Settings,
        folder: &DataFolder,
        ambient: &Ambient,
    ) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Self::open_once(settings, folder, ambient).await {
                Err(error) if tries < START_TRIES && !settings.embedded() && is_passing(&error) => {
                    tracing::warn!(error = %error, "PostgreSQL does not answer yet; trying again");
                    tokio::time::sleep(START_PAUSE).await;
                    tries += 1;
                }
                settled => return settled,
            }
        }
    }

    async fn open_once(
        settings: &Settings,
        folder: &DataFolder,
        ambient: &Ambient,
    ) -> Result<Self> {
        let databases = Databases::open(settings, folder).await?;
        databases.prepare(settings).await?;
        Self::open(settings, folder, databases, ambient).await
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
        let database = databases.of(ModuleName::User)?.clone();
        User::new(database, ambient.clone(), settings)
            .await
            .context("the user module cannot be opened")
    }

    /// Opens the modules of this process on migrated databases, and the way to the others.
    ///
    /// # Errors
    /// When a module cannot start; the text says what to do.
    async fn open(
        settings: &Settings,
        folder: &DataFolder,
        databases: Databases,
        ambient: &Ambient,
    ) -> Result<Self> {
        let here = |module| databases.of(module).ok().cloned();
        let tls = settings.rpc.tls()?;
        let peers = |key, urls| RpcSettings::peers(key, urls, tls.as_ref());
        let user = match here(ModuleName::User) {
            None => None,
            Some(database) => {
                let known = data::find_master_key(folder.path(), &settings.auth.master_key)?;
                // A new one would open nothing and look like the right one at the next start.
                if known.is_none() && User::has_secrets(&database).await? {
                    bail!(
                        "the master key is missing in {}; restore master.key from your backup, or set auth.master_key",
                        folder.path().display()
                    );
                }
                let master_key = folder.master_key(&settings.auth.master_key, ambient)?;
                let user = User::new(
                    database,
                    ambient.clone(),
                    user_settings(settings, master_key),
                );
                Some(user.await.context("the user module cannot start")?)
            }
        };
        let users: Arc<dyn UserApi> = match &user {
            Some(user) => user.api(),
            None => Arc::new(RemoteUser::new(peers("rpc.user", &settings.rpc.user)?)),
        };
        let course = here(ModuleName::Course)
            .map(|database| Course::new(database, ambient.clone(), Arc::clone(&users)));
        let progress = match here(ModuleName::Progress) {
            None => None,
            Some(database) => {
                let courses: Arc<dyn CourseApi> = match &course {
                    Some(course) => course.api(),
                    None => Arc::new(RemoteCourse::new(peers(
                        "rpc.course",
                        &settings.rpc.course,
                    )?)),
                };
                Some(Progress::new(database, ambient.clone(), courses))
            }
        };
        let notification = here(ModuleName::Notification).map(|database| {
            Notification::new(
                database,
                ambient.clone(),
                Arc::clone(&users),
                mail_settings(settings, folder),
            )
        });
        let notification = notification
            .transpose()
            .context("the notification module cannot start; check the settings under mail")?;
        let subscriptions: Vec<Subscription> = [
            user.as_ref().map(User::subscription),
            course.as_ref().map(Course::subscription),
            progress.as_ref().map(Progress::subscription),
            notification.as_ref().map(Notification::subscription),
        ]
        .into_iter()
        .flatten()
        .collect();
        let transport = Transport::new(&settings.bus, subscriptions.clone(), ambient);
        let relay = |(module, database): (ModuleName, &Database)| {
            let bus = transport.bus(module.as_str());
            Relay::new(module.as_str(), database.clone(), bus, ambient.clone())
        };
        Ok(Self {
            user,
            course,
            progress,
            notification,
            users,
            tls,
            relays: databases.all().map(relay).collect(),
            workers: subscriptions
                .into_iter()
                .map(|subscription| InboxWorker::new(subscription, ambient.clone()))
                .collect(),
            databases,
            #[cfg(feature = "rabbitmq")]
            transport,
        })
    }

    /// Accounts and sessions.
    ///
    /// # Errors
    /// One sentence when the module does not run here; so it is with the others.
    pub fn user(&self) -> Result<&User> {
        let user = self.user.as_ref();
        user.with_context(|| ModuleName::User.elsewhere())
    }

    /// Courses and grading.
    ///
    /// # Errors
    /// As [`Modules::user`].
    pub fn course(&self) -> Result<&Course> {
        let course = self.course.as_ref();
        course.with_context(|| ModuleName::Course.elsewhere())
    }

    /// Enrolments and completion.
    ///
    /// # Errors
    /// As [`Modules::user`].
    pub fn progress(&self) -> Result<&Progress> {
        let progress = self.progress.as_ref();
        progress.with_context(|| ModuleName::Progress.elsewhere())
    }

    /// What the user module answers, wherever it runs.
    pub fn users(&self) -> Arc<dyn UserApi> {
        Arc::clone(&self.users)
    }

    /// What other processes may ask of this one.
    pub fn served(&self) -> Served {
        Served {
            user: self.user.as_ref().map(User::api),
            course: self.course.as_ref().map(Course::api),
        }
    }

    /// The certificates of this process, when it has any.
    pub fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// The routes of a module, without its state: what the API description is made of.
    pub fn routes_of(module: ModuleName, config: &mut impl Routes) {
        match module {
            ModuleName::User => user::routes(config),
            ModuleName::Course => course::routes(config),
            ModuleName::Progress => progress::routes(config),
            ModuleName::Notification => notification::routes(config),
        }
    }

    /// The names of the modules of this process.
    pub fn here(&self) -> Vec<ModuleName> {
        self.databases.all().map(|(module, _)| module).collect()
    }

    /// Mounts the modules of this process.
    pub fn configure(&self, config: &mut impl Routes) {
        if let Some(user) = &self.user {
            user.configure(config);
        }
        if let Some(course) = &self.course {
            course.configure(config);
        }
        if let Some(progress) = &self.progress {
            progress.configure(config);
        }
        if let Some(notification) = &self.notification {
            notification.configure(config);
        }
    }

    /// Starts relays, inboxes and the mail sender; they end after `stop`.
    pub fn spawn(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let mut tasks = Vec::new();
        for relay in self.relays.clone() {
            let run = move |stop| relay.clone().run(stop);
            tasks.push(keep_running("relay", stop, run));
        }
        for worker in self.workers.clone() {
            let run = move |stop| worker.clone().run(stop);
            tasks.push(keep_running("inbox", stop, run));
        }
        #[cfg(feature = "rabbitmq")]
        tasks.extend(self.transport.spawn(stop));
        if let Some(notification) = &self.notification {
            let sender = notification.sender();
            let run = move |stop| sender.clone().run(stop);
            tasks.push(keep_running("sender", stop, run));
        }
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

    /// The database of each module of this process.
    pub fn databases(&self) -> &Databases {
        &self.databases
    }

    /// What each module of this process still has to send and to handle.
    ///
    /// # Errors
    /// When a database fails.
    pub async fn backlogs(&self) -> Result<Vec<(ModuleName, Backlog)>> {
        let mut backlogs = Vec::new();
        for (module, database) in self.databases.all() {
            backlogs.push((module, bus::backlog(database).await?));
        }
        Ok(backlogs)
    }
}

fn is_passing(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes.any(|cause: &DbErr| database::kind(cause) == Kind::Unavailable)
}
