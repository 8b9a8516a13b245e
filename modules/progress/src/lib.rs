//! The progress module: enrolments, the activity log, completion, achievements and leaderboards.
//! What learners did is an append-only log; everything shown is a projection of it.

#[expect(
    unreachable_pub,
    reason = "the macros of sea-orm demand models that are pub"
)]
mod entity;
mod error;
mod http;
mod reactions;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub use error::Error;
pub use http::routes;
pub use reactions::TYPES as LISTENS_TO;
pub use service::Mismatch;

use std::sync::Arc;

use actix_web::web;
use contracts::course::CourseApi;
use database::Database;
use kernel::{Ambient, CourseId, EnrollmentId, Operation, UserId};
use rest::Routes;

use service::Service;

/// The door of the module.
#[derive(Clone)]
pub struct Progress {
    service: Arc<Service>,
    database: Database,
}

impl Progress {
    /// The module on its migrated database; `courses` answers for courses of which no event has told yet.
    pub fn new(database: Database, ambient: Ambient, courses: Arc<dyn CourseApi>) -> Self {
        Self {
            service: Arc::new(Service::new(database.clone(), ambient, courses)),
            database,
        }
    }

    /// Adds the module's endpoints.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(web::Data::from(Arc::clone(&self.service)));
        http::routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> bus::Subscription {
        bus::Subscription {
            consumer: "progress",
            database: self.database.clone(),
            types: reactions::TYPES,
            handler: Arc::new(reactions::Reactions(Arc::clone(&self.service))),
        }
    }

    /// Enrols `learner` in `course` under a given id; when they are enrolled already, nothing
    /// changes. Returns the id of the enrolment.
    ///
    /// # Errors
    /// [`Error`] when the course takes nobody in or the storage does not answer.
    pub async fn enroll_as(
        &self,
        learner: UserId,
        course: CourseId,
        id: EnrollmentId,
        operation: &Operation,
    ) -> Result<EnrollmentId, Error> {
        let service = &self.service;
        let enrolled = service.enroll_as(learner, course, id, operation).await?;
        Ok(enrolled.value.enrollment.id)
    }

    /// Folds the whole log and names every projection that differs from it.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer or a record cannot be read.
    pub async fn verify(&self) -> Result<Vec<Mismatch>, Error> {
        self.service.verify().await
    }
}
