//! The one file that names all four modules: it opens each, joins them by the bus and mounts them.

mod attach;
mod consistency;
mod databases;
mod settings;
mod transport;

pub use consistency::of as consistency_of;
pub use databases::Databases;
pub use settings::token_policy;
pub(crate) use settings::{asset_store, mail_settings, providers};
#[cfg(feature = "rabbitmq")]
pub(crate) use transport::broker;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bus::{Backlog, InboxWorker, Intake, IntakeFailure, Relay, Subscription};
use contracts::course::CourseApi;
use contracts::user::UserApi;
use course::Course;
use database::Database;
use kernel::{Env, Kind};
use notification::{DeliveryBacklog, Notification};
use personal_data::TraceSweeper;
use progress::{Progress, Projection};
use rest::Routes;
use rpc::{Consistency, Peer, RemoteCourse, RemoteUser, Served, Tls};
use sea_orm::DbErr;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use user::User;

use crate::config::{RpcSettings, Settings};
use crate::data::{self, DataFolder};
use crate::module_name::ModuleName;
use crate::running::keep_running;
use settings::{certificate_settings, user_settings};
use transport::Transport;

/// How long a module's database may take to say how much there is to do.
const BACKLOG_WITHIN: Duration = Duration::from_secs(3);

/// The modules of this process, and the way to the others.
#[derive(Clone)]
pub struct Modules {
    user: Option<Arc<User>>,
    course: Option<Arc<Course>>,
    progress: Option<Arc<Progress>>,
    notification: Option<Arc<Notification>>,
    users: Arc<dyn UserApi>,
    tls: Option<Tls>,
    consistency: Consistency,
    peers: Vec<Peer>,
    databases: Databases,
    relays: Vec<Relay>,
    workers: Vec<InboxWorker>,
    intakes: Vec<(&'static str, Intake)>,
    sweepers: Vec<TraceSweeper>,
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
    pub async fn start(settings: &Settings, env: &Env) -> Result<(DataFolder, Self)> {
        let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
        let modules = Self::open_patiently(settings, &folder, env).await?;
        if let (true, Some(notification)) = (settings.embedded(), &modules.notification) {
            // The folder is locked, so no other process is still sending an email.
            notification.release_claims().await?;
        }
        Ok((folder, modules))
    }

    /// A PostgreSQL server that has much to do, or starts itself, may take longer to let somebody in
    /// than a request may wait for it.
    async fn open_patiently(settings: &Settings, folder: &DataFolder, env: &Env) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Self::open_once(settings, folder, env).await {
                Err(error) if tries < START_TRIES && !settings.embedded() && is_passing(&error) => {
                    tracing::warn!(error = %error, "PostgreSQL does not respond yet; retrying");
                    tokio::time::sleep(START_PAUSE).await;
                    tries += 1;
                }
                settled => return settled,
            }
        }
    }

    async fn open_once(settings: &Settings, folder: &DataFolder, env: &Env) -> Result<Self> {
        let databases = Databases::open(settings, folder).await?;
        databases.prepare(settings).await?;
        Self::open(settings, folder, databases, env).await
    }

    /// Opens the modules of this process on migrated databases, and the way to the others.
    ///
    /// # Errors
    /// When a module cannot start; the text says what to do.
    async fn open(
        settings: &Settings,
        folder: &DataFolder,
        databases: Databases,
        env: &Env,
    ) -> Result<Self> {
        let here = |module| databases.of(module).ok().cloned();
        let tls = settings.rpc.tls()?;
        let known = data::find_master_key(folder.path(), &settings.auth.master_key)?;
        let consistency = consistency::of(settings, known.as_ref(), env);
        let peers = |key, urls| RpcSettings::peers(key, urls, tls.as_ref(), &consistency);
        let user_peers = peers("rpc.user", &settings.rpc.user)?;
        let course_peers = peers("rpc.course", &settings.rpc.course)?;
        let user = match here(ModuleName::User) {
            None => None,
            Some(database) => {
                // A new one would open nothing and look like the right one at the next start.
                if known.is_none() && User::has_secrets(&database).await? {
                    bail!(data::lost_master_key(folder.path()));
                }
                let master_key = folder.master_key(&settings.auth.master_key, env)?;
                let user = User::new(database, env.clone(), user_settings(settings, master_key)?);
                let user = user.await.context("the user module cannot start")?;
                Some(Arc::new(user))
            }
        };
        let users: Arc<dyn UserApi> = match &user {
            Some(user) => user.api(),
            None => Arc::new(RemoteUser::new(user_peers.clone())),
        };
        let course = match here(ModuleName::Course) {
            None => None,
            Some(database) => {
                let (users, store) = (Arc::clone(&users), asset_store(settings)?);
                Some(Arc::new(Course::new(database, env.clone(), users, store)))
            }
        };
        let progress = match here(ModuleName::Progress) {
            None => None,
            Some(database) => {
                let courses: Arc<dyn CourseApi> = match &course {
                    Some(course) => course.api(),
                    None => Arc::new(RemoteCourse::new(course_peers.clone())),
                };
                let (users, issuer) = (Arc::clone(&users), certificate_settings(settings));
                let progress = Progress::new(database, env.clone(), courses, users, issuer);
                Some(Arc::new(progress))
            }
        };
        let mail = mail_settings(settings, folder.path())?;
        let notification = here(ModuleName::Notification)
            .map(|database| Notification::new(database, env.clone(), Arc::clone(&users), mail));
        let notification = notification
            .transpose()
            .map(|module| module.map(Arc::new))
            .context("the notification module cannot start; check the settings under mail")?;
        let subscriptions: Vec<Subscription> = [
            user.as_deref().map(User::subscription),
            course.as_deref().map(Course::subscription),
            progress.as_deref().map(Progress::subscription),
            notification.as_deref().map(Notification::subscription),
        ]
        .into_iter()
        .flatten()
        .collect();
        let transport = Transport::new(settings, subscriptions.clone(), env)?;
        let relay = |(module, database): (ModuleName, &Database)| {
            let bus = transport.bus(module.as_str());
            Relay::new(module.as_str(), database.clone(), bus, env.clone())
        };
        let sweeper = |(module, database): (ModuleName, &Database)| {
            TraceSweeper::new(module.as_str(), database.clone(), env.clone())
        };
        Ok(Self {
            user,
            course,
            progress,
            notification,
            users,
            tls,
            consistency,
            peers: user_peers.into_iter().chain(course_peers).collect(),
            relays: databases.all().map(relay).collect(),
            intakes: subscriptions
                .iter()
                .map(|subscription| (subscription.consumer, subscription.intake.clone()))
                .collect(),
            workers: subscriptions
                .into_iter()
                .map(|subscription| InboxWorker::new(subscription, env.clone()))
                .collect(),
            sweepers: databases.all().map(sweeper).collect(),
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
        let user = self.user.as_deref();
        user.with_context(|| ModuleName::User.elsewhere())
    }

    /// Courses and grading.
    ///
    /// # Errors
    /// As [`Modules::user`].
    pub fn course(&self) -> Result<&Course> {
        let course = self.course.as_deref();
        course.with_context(|| ModuleName::Course.elsewhere())
    }

    /// Enrollments and completion.
    ///
    /// # Errors
    /// As [`Modules::user`].
    pub fn progress(&self) -> Result<&Progress> {
        let progress = self.progress.as_deref();
        progress.with_context(|| ModuleName::Progress.elsewhere())
    }

    /// What the user module answers, wherever it runs.
    pub fn users(&self) -> Arc<dyn UserApi> {
        Arc::clone(&self.users)
    }

    /// What other processes may call in this one.
    pub fn served(&self) -> Served {
        Served {
            user: self.user.as_deref().map(User::api),
            course: self.course.as_deref().map(Course::api),
            consistency: Some(self.consistency.clone()),
        }
    }

    /// What the processes of this installation must agree on.
    pub fn consistency(&self) -> &Consistency {
        &self.consistency
    }

    /// The other processes that this one calls.
    pub fn peers(&self) -> Vec<Peer> {
        self.peers.clone()
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

    /// Starts relays, inboxes, what removes traces, and the email sender; they end after `stop`.
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
        for sweeper in self.sweepers.clone() {
            let run = move |stop| sweeper.clone().run(stop);
            tasks.push(keep_running("traces", stop, run));
        }
        #[cfg(feature = "rabbitmq")]
        tasks.extend(self.transport.spawn(stop));
        if let Some(notification) = &self.notification {
            for sender in notification.senders() {
                let run = move |stop| sender.clone().run(stop);
                tasks.push(keep_running("sender", stop, run));
            }
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
            for sweeper in &self.sweepers {
                let swept = sweeper.drain().await;
                dealt += swept.map_err(anyhow::Error::from_boxed)?;
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

    /// Why no events come into a module of this process; `None` as long as nothing is known to be wrong.
    pub fn intake_failure(&self, module: ModuleName) -> Option<IntakeFailure> {
        let mut intakes = self.intakes.iter();
        let found = intakes.find(|(consumer, _)| *consumer == module.as_str());
        found.and_then(|(_, intake)| intake.failure())
    }

    /// The emails that wait, where this process has the notification module and its database answers.
    pub async fn delivery_backlog(&self) -> Option<DeliveryBacklog> {
        let backlog = self.notification.as_ref()?.delivery_backlog();
        tokio::time::timeout(BACKLOG_WITHIN, backlog)
            .await
            .ok()?
            .ok()
    }

    /// How many facts each projection does not hold, where this process has the progress module and its database answers.
    pub async fn projection_lags(&self) -> Vec<(Projection, i64)> {
        let Some(progress) = &self.progress else {
            return Vec::new();
        };
        match tokio::time::timeout(BACKLOG_WITHIN, progress.lags()).await {
            Ok(Ok(lags)) => lags,
            _ => Vec::new(),
        }
    }

    /// What each module of this process still has to send and to handle, or why its database does
    /// not say; one that is silent holds the others up for a moment alone.
    pub async fn backlogs(&self) -> Vec<(ModuleName, Result<Backlog>)> {
        let backlogs = self.databases.all().map(async |(module, database)| {
            let answer = tokio::time::timeout(BACKLOG_WITHIN, bus::backlog(database)).await;
            let answer = answer.map_or_else(
                |_| Err(anyhow!("no answer within {} s", BACKLOG_WITHIN.as_secs())),
                |answer| answer.map_err(Into::into),
            );
            (module, answer)
        });
        futures::future::join_all(backlogs).await
    }
}

fn is_passing(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes.any(|cause: &DbErr| database::kind(cause) == Kind::Unavailable)
}
