//! Catalogue, lessons, exercises, published versions, search and grading.

mod assessment;
mod assets;
mod authoring;
mod catalogue;
mod domain;
mod enrollments;
mod entity;
mod error;
mod events;
mod files;
mod gift;
mod invitations;
mod markdown;
mod privacy;
mod publishing;
mod reading;
mod regrading;

pub use assets::{AssetStore, S3Bucket};
pub use events::TYPES as LISTENS_TO;
pub use files::{CourseFiles, ImportError, ImportFault, ImportReport, write_schemas};

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use bus::Subscription;
use contracts::course::CourseApi;
use contracts::course_ref::CourseRef;
use contracts::user::UserApi;
use database::Database;
use kernel::{CourseId, Env, Failure, Operation, UserId};
use rest::{Lane, Routes};

use catalogue::Ready;
use error::Error;
use events::EventHandlers;
use markdown::Pages;
use publishing::Versions;

/// Longer than writing some of the largest drafts takes.
const DEADLINE: Duration = Duration::from_secs(20);

/// The course module.
#[derive(Clone)]
pub struct Course {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    publishing: publishing::Service,
    catalogue: catalogue::Service,
    assessment: assessment::Service,
    assets: assets::Service,
    reading: reading::Service,
    regrading: regrading::Service,
    files: files::Service,
    gift: gift::Service,
    invitations: invitations::Service,
    enrolled: enrollments::Service,
    ready: Ready,
}

impl Course {
    /// The module on its own database; `users` gives the names of authors, and `store` keeps the assets.
    pub fn new(database: Database, env: Env, users: Arc<dyn UserApi>, store: AssetStore) -> Self {
        let (db, pages) = (|| database.clone(), Pages::new());
        let published = Arc::new(Versions(db()));
        let authoring = authoring::Service::new(db(), env.clone(), users, published, pages.clone());
        let invitations = invitations::Service::new(db(), env.clone(), authoring.clone());
        let assets = assets::Service::new(db(), env.clone(), authoring.clone(), store);
        let drafts = Lane::beside_requests(DEADLINE);
        let publishing =
            publishing::Service::new(db(), env.clone(), authoring.clone(), drafts.clone());
        let assessment = assessment::Service::new(
            db(),
            env.clone(),
            authoring.clone(),
            publishing.clone(),
            pages.clone(),
        );
        Self {
            catalogue: catalogue::Service::new(db(), authoring.clone()),
            reading: reading::Service::new(
                db(),
                authoring.clone(),
                publishing.clone(),
                assessment.clone(),
                invitations.clone(),
                pages.clone(),
            ),
            files: files::Service::new(
                db(),
                env.clone(),
                authoring.clone(),
                publishing.clone(),
                assets.clone(),
                pages,
                drafts,
            ),
            regrading: regrading::Service::new(
                db(),
                env.clone(),
                authoring.clone(),
                publishing.clone(),
                assessment.clone(),
            ),
            gift: gift::Service::new(db(), env.clone(), authoring.clone()),
            invitations,
            enrolled: enrollments::Service::new(db(), authoring.clone()),
            ready: Ready::new(db(), env.clone()),
            env,
            authoring,
            publishing,
            assessment,
            assets,
            database,
        }
    }

    /// The API for other modules.
    pub fn api(&self) -> Arc<dyn CourseApi> {
        Arc::new(self.reading.clone())
    }

    /// Adds the routes and what they need.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(web::Data::new(self.authoring.clone()))
            .app_data(web::Data::new(self.publishing.clone()))
            .app_data(web::Data::new(self.catalogue.clone()))
            .app_data(web::Data::new(self.assessment.clone()))
            .app_data(web::Data::new(self.assets.clone()))
            .app_data(web::Data::new(self.reading.clone()))
            .app_data(web::Data::new(self.regrading.clone()))
            .app_data(web::Data::new(self.files.clone()))
            .app_data(web::Data::new(self.gift.clone()))
            .app_data(web::Data::new(self.invitations.clone()))
            .app_data(web::Data::new(self.enrolled.clone()))
            .app_data(web::Data::new(self.ready.clone()));
        routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            intake: bus::Intake::default(),
            consumer: domain::MODULE,
            database: self.database.clone(),
            types: events::TYPES,
            handler: Arc::new(EventHandlers {
                env: self.env.clone(),
            }),
        }
    }

    /// Reads the files into the draft of the course that their slug names, and publishes it when
    /// asked. `owner` owns the course if it is new, and is who publishes. A dry run changes
    /// nothing and reports what would change.
    ///
    /// # Errors
    /// [`ImportError::Files`] with every fault of the files; then nothing was changed.
    pub async fn import(
        &self,
        files: &CourseFiles,
        owner: UserId,
        operation: &Operation,
        publish: bool,
        dry_run: bool,
    ) -> Result<ImportReport, ImportError> {
        let import = self.files.import(files, owner, operation, publish, dry_run);
        import.await
    }

    /// Publishes every draft whose scheduled time has come; returns how many there were.
    ///
    /// # Errors
    /// A [`Failure`] when the database is unavailable.
    pub async fn publish_due(&self) -> Result<u64, Failure> {
        let published = self.publishing.publish_due().await;
        published.map_err(|error| Failure::of(&error))
    }

    /// Hands in every attempt at an exercise whose time is over; returns how many there were.
    ///
    /// # Errors
    /// A [`Failure`] when the database is unavailable.
    pub async fn hand_in_over(&self) -> Result<u64, Failure> {
        let handed_in = self.assessment.hand_in_over().await;
        handed_in.map_err(|error| Failure::of(&error))
    }

    /// Goes on with the regrades that were requested; returns how many answers were checked or got their grade.
    ///
    /// # Errors
    /// A [`Failure`] when the database is unavailable.
    pub async fn regrade_due(&self) -> Result<u64, Failure> {
        let done = self.regrading.run_due().await;
        done.map_err(|error| Failure::of(&error))
    }

    /// Deletes the content of assets that no draft and no version names any more; returns how much that was.
    ///
    /// # Errors
    /// A [`Failure`] when the database or the asset store is unavailable.
    pub async fn sweep_assets(&self) -> Result<u64, Failure> {
        let deleted = self.assets.sweep().await;
        deleted.map_err(|error| Failure::of(&error))
    }

    /// Makes a user an assistant of a course.
    ///
    /// # Errors
    /// When there is no such course.
    pub async fn add_assistant(
        &self,
        course: CourseId,
        user: UserId,
        operation: &Operation,
    ) -> Result<(), Failure> {
        let added = self.authoring.add_assistant(course, user, operation).await;
        added.map_err(|error| Failure::of(&error))
    }

    /// Writes the draft of a course, named by its id or slug, as files into an empty folder. It
    /// reads the database and the assets alone, so that it works beside a running module.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such course or the folder cannot be written.
    pub async fn export(
        database: &Database,
        assets: &AssetStore,
        course: &str,
        folder: &Path,
    ) -> Result<(), ImportError> {
        let course = CourseRef::parse(course).ok_or(Error::NotFound("course"))?;
        let files = files::export(database, &course).await?;
        files.write_to(folder)?;
        files::write_assets(database, assets, &course, folder).await
    }

    /// Everything that is wrong with the files of a course, in the order of files and lines.
    pub fn check(files: &CourseFiles) -> Vec<ImportFault> {
        files.check()
    }

    /// What of files without a fault is hardly meant, in the order of files and lines.
    pub fn warnings(files: &CourseFiles) -> Vec<ImportFault> {
        files.warnings()
    }
}

/// Every route of the module; the document is made from the same list.
pub fn routes(cfg: &mut impl Routes) {
    authoring::routes(cfg);
    publishing::routes(cfg);
    catalogue::routes(cfg);
    files::routes(cfg);
    gift::routes(cfg);
    invitations::routes(cfg);
    enrollments::routes(cfg);
    reading::routes(cfg);
    assets::routes(cfg);
    assessment::routes(cfg);
    regrading::routes(cfg);
}

#[cfg(test)]
mod tests;
