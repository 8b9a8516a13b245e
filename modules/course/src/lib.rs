//! Catalogue, lessons, exercises, published versions, search and grading.

mod command;
mod content;
mod entity;
mod error;
mod files;
mod http;
mod markdown;
mod question;
mod reactions;
mod reference;
mod schema;
mod service;
mod store;
mod view;

pub use files::{CourseFiles, ImportFault};
pub use http::routes;
pub use reactions::TYPES as LISTENS_TO;
pub use service::import::{ImportError, ImportReport};

pub(crate) use error::Error;

use std::path::Path;
use std::sync::Arc;

use actix_web::web;
use bus::Subscription;
use contracts::course::CourseApi;
use contracts::user::UserApi;
use database::Database;
use http::ready::Ready;
use kernel::{Ambient, CourseId, Failure, Operation, UserId};
use reference::CourseRef;
use rest::Routes;
use service::Service;

/// The course module.
#[derive(Clone)]
pub struct Course {
    service: Service,
    ready: Ready,
    database: Database,
}

impl Course {
    /// The module on its own database; `users` tells the names of authors.
    pub fn new(database: Database, ambient: Ambient, users: Arc<dyn UserApi>) -> Self {
        Self {
            service: Service::new(database.clone(), ambient.clone(), users),
            ready: Ready::new(database.clone(), ambient),
            database,
        }
    }

    /// What other modules may ask.
    pub fn api(&self) -> Arc<dyn CourseApi> {
        Arc::new(self.service.clone())
    }

    /// Adds the routes and what they need.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(web::Data::new(self.service.clone()));
        cfg.app_data(web::Data::new(self.ready.clone()));
        http::routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            consumer: "course",
            database: self.database.clone(),
            types: reactions::TYPES,
            handler: Arc::new(reactions::Reactions(self.service.clone())),
        }
    }

    /// Reads the files into the draft of the course that their slug names, and publishes it when
    /// asked. `owner` owns the course if it is new, and is who publishes. A dry run changes
    /// nothing and tells what would change.
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
        self.service
            .import(files, owner, operation, publish, dry_run)
            .await
    }

    /// Makes a person an assistant of a course.
    ///
    /// # Errors
    /// When there is no such course.
    pub async fn add_assistant(
        &self,
        course: CourseId,
        user: UserId,
        operation: &Operation,
    ) -> Result<(), Failure> {
        let added = self.service.add_assistant(course, user, operation).await;
        added.map_err(|error| Failure::of(&error))
    }

    /// Writes the draft of a course, named by its id or slug, as files into an empty folder. It
    /// reads the database alone, so that it works beside a running module.
    ///
    /// # Errors
    /// [`ImportError`] when there is no such course or the folder cannot be written.
    pub async fn export(
        database: &Database,
        course: &str,
        folder: &Path,
    ) -> Result<(), ImportError> {
        let course = CourseRef::parse(course).ok_or(Error::NotFound("course"))?;
        let files = Service::export(database, &course).await?;
        Ok(files.write_to(folder)?)
    }

    /// Everything that is wrong with the files of a course, in the order of files and lines.
    pub fn check(files: &CourseFiles) -> Vec<ImportFault> {
        files.check()
    }
}

#[cfg(test)]
mod tests;
