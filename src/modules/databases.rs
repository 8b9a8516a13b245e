//! The databases of the four modules: opening, visiting and migrating them.

use anyhow::{Result, bail};
use database::{Database, Location, PoolSettings};
use kernel::{Ambient, SecretString};
use migrations::MigratorTrait;
use user::User;

use super::ModuleName;
use super::settings::user_settings;
use crate::config::Settings;
use crate::data::{self, DataFolder};
use crate::migrate::{self, SchemaState};

/// The databases of the four modules.
#[derive(Debug, Clone)]
pub struct Databases {
    user: Database,
    course: Database,
    progress: Database,
    notification: Database,
}

impl Databases {
    /// Connects to all of them.
    ///
    /// # Errors
    /// One sentence that names the file or server that cannot be used.
    pub async fn open(settings: &Settings, _held: &DataFolder) -> Result<Self> {
        Self::connect(settings, async |location, pool| {
            let database = Database::open(location, pool).await?;
            migrate::make_schema(location, &database).await?;
            Ok(database)
        })
        .await
    }

    /// Connects to what a server has made, beside that server if it runs: it takes no lock, makes
    /// nothing and leaves the leases to their holders.
    ///
    /// # Errors
    /// One sentence when there is nothing yet or it cannot be used.
    pub async fn visit(settings: &Settings) -> Result<Self> {
        if settings.embedded() {
            let files = ModuleName::ALL.map(|module| format!("{}.db", module.as_str()));
            data::visit(&settings.data.folder, &files)?;
        }
        Self::connect(settings, async |location, pool| {
            Ok(Database::open_existing(location, pool).await?)
        })
        .await
    }

    async fn connect(
        settings: &Settings,
        open: impl AsyncFn(&Location, &PoolSettings) -> Result<Database>,
    ) -> Result<Self> {
        let pool = PoolSettings {
            max_connections: settings.database.max_connections,
            ..PoolSettings::default()
        };
        let open = async |module, schema| open(&location(settings, module, schema), &pool).await;
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

    /// Runs what is pending when the settings say so, and refuses a schema that is behind. Only for
    /// who holds the data folder.
    ///
    /// # Errors
    /// When something is pending that may not be run, or fails.
    pub async fn prepare(&self, settings: &Settings) -> Result<()> {
        if settings.migrates_on_start() {
            self.migrate().await?;
        }
        self.refuse_pending().await?;
        if settings.embedded() {
            // The folder is locked, so whoever held a lease is gone.
            for (_, database) in self.all() {
                database::lease::release_all(database.writer()).await?;
            }
        }
        Ok(())
    }

    /// Refuses a schema that is behind or ahead of this version.
    ///
    /// # Errors
    /// One sentence that says what to run.
    pub async fn refuse_pending(&self) -> Result<()> {
        for (module, state) in self.states().await? {
            if !state.pending.is_empty() {
                bail!(
                    "the schema of the {module} module is behind by {} migration(s); run gopro migrate up, or set migrate.on_start = \"always\"",
                    state.pending.len()
                );
            }
        }
        Ok(())
    }

    /// Whether this master key opens the signing keys.
    ///
    /// # Errors
    /// When it is not the one that they were made with.
    pub async fn try_master_key(&self, settings: &Settings, key: SecretString) -> Result<()> {
        let settings = user_settings(settings, key);
        User::new(self.user.clone(), Ambient::system(), settings).await?;
        Ok(())
    }

    /// The database of the user module.
    pub fn user(&self) -> &Database {
        &self.user
    }

    /// The database of the course module.
    pub fn course(&self) -> &Database {
        &self.course
    }

    /// The database of the progress module.
    pub fn progress(&self) -> &Database {
        &self.progress
    }

    /// The database of the notification module.
    pub fn notification(&self) -> &Database {
        &self.notification
    }

    /// The database of each module.
    pub fn all(&self) -> [(&'static str, &Database); 4] {
        ModuleName::ALL.map(|module| {
            let database = match module {
                ModuleName::User => &self.user,
                ModuleName::Course => &self.course,
                ModuleName::Progress => &self.progress,
                ModuleName::Notification => &self.notification,
            };
            (module.as_str(), database)
        })
    }
}

async fn state<M: MigratorTrait>(module: &str, database: &Database) -> Result<SchemaState> {
    migrate::state::<M>(module, database).await
}

fn location(settings: &Settings, module: &str, schema: &str) -> Location {
    if settings.embedded() {
        Location::Sqlite(settings.data.folder.join(format!("{module}.db")))
    } else {
        Location::Postgres {
            url: settings.database.url.clone(),
            schema: schema.to_owned(),
        }
    }
}
