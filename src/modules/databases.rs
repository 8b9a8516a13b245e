//! The databases of the modules of this process: opening, visiting and migrating them.

use anyhow::{Context, Result, bail};
use database::{Database, Location, PoolSettings};
use kernel::{Env, SecretString};
use migrations::MigratorTrait;
use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use user::User;

use super::settings::user_settings;
use crate::config::Settings;
use crate::data::{self, DataFolder};
use crate::migrate::{self, SchemaState};
use crate::module_name::ModuleName;

/// The databases of the modules that run here.
#[derive(Debug, Clone)]
pub struct Databases(Vec<(ModuleName, Database)>);

impl Databases {
    /// Connects to all of them.
    ///
    /// # Errors
    /// One sentence that names the file or server that cannot be used.
    pub async fn open(settings: &Settings, _held: &DataFolder) -> Result<Self> {
        if settings.embedded() {
            Self::refuse_missing(settings).await?;
        }
        Self::connect(settings, async |location, pool| {
            let database = Database::open(location, pool).await?;
            migrate::make_schema(location, &database).await?;
            Ok(database)
        })
        .await
    }

    /// Refuses to make the file of one module beside files of others that have a schema: all are made before any gets
    /// one, so it was lost, and an empty one in its place would look as if nobody had ever used it.
    async fn refuse_missing(settings: &Settings) -> Result<()> {
        let folder = &settings.data.folder;
        let there = |module: &ModuleName| folder.join(file(*module)).exists();
        let (there, missing): (Vec<_>, Vec<_>) = settings.modules.here().partition(there);
        let Some(missing) = missing.first().copied().map(file) else {
            return Ok(());
        };
        for module in there {
            let location = location(settings, module);
            let opened = Database::open_existing(&location, &PoolSettings::default()).await;
            let one = Self(vec![(module, opened?)]);
            let states = one.states().await;
            for (_, database) in one.0 {
                database.close().await?;
            }
            if states?.iter().any(|(_, state)| !state.applied.is_empty()) {
                bail!(
                    "{missing} is missing in {}, where {} is; restore it from your backup, or, if this module has never run there, make an empty file of this name",
                    folder.display(),
                    file(module)
                );
            }
        }
        Ok(())
    }

    /// Connects to what a server has made, beside that server if it runs: it takes no lock, makes
    /// nothing and leaves the leases to their holders.
    ///
    /// # Errors
    /// One sentence when there is nothing yet or it cannot be used.
    pub async fn attach(settings: &Settings) -> Result<Self> {
        if settings.embedded() {
            let files: Vec<String> = settings.modules.here().map(file).collect();
            data::attach(&settings.data.folder, &files)?;
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
            max_connections: settings.database.connections(),
            ..PoolSettings::default()
        };
        let mut databases = Vec::new();
        for module in settings.modules.here() {
            let database = open(&location(settings, module), &pool).await;
            databases.push((module, database.map_err(refused)?));
        }
        Ok(Self(databases))
    }

    /// Brings every schema up to date.
    ///
    /// # Errors
    /// When a database is newer than this version or a migration fails.
    pub async fn migrate(&self) -> Result<()> {
        self.states().await?;
        for (module, database) in &self.0 {
            let name = module.as_str();
            match module {
                ModuleName::User => migrate::up::<migrations::user::Migrator>(name, database).await,
                ModuleName::Course => {
                    migrate::up::<migrations::course::Migrator>(name, database).await
                }
                ModuleName::Progress => {
                    migrate::up::<migrations::progress::Migrator>(name, database).await
                }
                ModuleName::Notification => {
                    migrate::up::<migrations::notification::Migrator>(name, database).await
                }
            }?;
        }
        Ok(())
    }

    /// What each database has and lacks.
    ///
    /// # Errors
    /// When a database is newer than this version.
    pub async fn states(&self) -> Result<Vec<(ModuleName, SchemaState)>> {
        let mut states = Vec::new();
        for (module, database) in &self.0 {
            let state = match module {
                ModuleName::User => state::<migrations::user::Migrator>(*module, database).await,
                ModuleName::Course => {
                    state::<migrations::course::Migrator>(*module, database).await
                }
                ModuleName::Progress => {
                    state::<migrations::progress::Migrator>(*module, database).await
                }
                ModuleName::Notification => {
                    state::<migrations::notification::Migrator>(*module, database).await
                }
            }?;
            states.push((*module, state));
        }
        Ok(states)
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
            for (_, database) in &self.0 {
                database::lease::release_all(database).await?;
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
                    "the schema of the {} module is behind by {} migration(s); run gopro migrate up, or set migrate.on_start = \"always\"",
                    module.as_str(),
                    state.pending.len()
                );
            }
        }
        Ok(())
    }

    /// The user module alone, with this master key.
    ///
    /// # Errors
    /// When the key is not the one that the data was made with.
    pub async fn open_user(&self, settings: &Settings, key: SecretString) -> Result<User> {
        let database = self.of(ModuleName::User)?.clone();
        let user = User::new(database, Env::system(), user_settings(settings, key)?);
        user.await.context("the user module cannot be opened")
    }

    /// The database of a module.
    ///
    /// # Errors
    /// One sentence when the module does not run here.
    pub fn of(&self, module: ModuleName) -> Result<&Database> {
        let mut found = self.0.iter().filter(|(known, _)| *known == module);
        let found = found.next().with_context(|| module.elsewhere())?;
        Ok(&found.1)
    }

    /// Notifies other processes on the PostgreSQL server of the commits here and listens for theirs, until
    /// `stop`.
    pub fn exchange_wakes(
        &self,
        settings: &Settings,
        env: &Env,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let schema = |module: ModuleName| module.schema().to_owned();
        let databases = self.0.iter();
        let databases = databases.map(|(module, database)| (schema(*module), database.clone()));
        let me = env.id::<kernel::kind::Event>().uuid();
        database::wake::exchange(me, settings.database.url.clone(), databases.collect(), stop)
    }

    /// The database of each module that runs here.
    pub fn all(&self) -> impl Iterator<Item = (ModuleName, &Database)> {
        self.0.iter().map(|(module, database)| (*module, database))
    }
}

async fn state<M: MigratorTrait>(module: ModuleName, database: &Database) -> Result<SchemaState> {
    migrate::state::<M>(module.as_str(), database).await
}

fn file(module: ModuleName) -> String {
    format!("{}.db", module.as_str())
}

fn location(settings: &Settings, module: ModuleName) -> Location {
    if settings.embedded() {
        Location::Sqlite(settings.data.folder.join(file(module)))
    } else {
        Location::Postgres {
            url: settings.database.url.clone(),
            schema: module.schema().to_owned(),
        }
    }
}

/// A server that refuses is there: to wait for it would help nobody.
fn refused(error: anyhow::Error) -> anyhow::Error {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    let refusal = causes.find_map(|cause: &DbErr| Some((database::refusal(cause)?, cause)));
    match refusal {
        Some((refusal, cause)) => {
            anyhow::anyhow!("PostgreSQL answers, but {refusal} (it says: {cause})")
        }
        None => error,
    }
}
