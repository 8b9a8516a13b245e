//! The progress module: enrollments, the activity log, completion, achievements and leaderboards.
//! What learners did is an append-only log; everything shown is a projection of it.

mod achievements;
mod analytics;
mod announcements;
mod certificates;
mod cohorts;
mod course_learners;
mod domain;
mod enrollment;
#[expect(
    unreachable_pub,
    reason = "the macros of sea-orm demand models that are pub"
)]
mod entity;
mod error;
mod events;
mod gradebook;
mod leaderboards;
mod learners;
mod learning;
mod outlines;
mod overview;
mod privacy;
mod rebuild;
mod recommendations;
mod recording;
mod reports;
mod rewards;
mod roster;
mod seats;
mod store;
#[cfg(test)]
mod tests;
mod upgrades;
mod waiting_list;

pub use certificates::CertificateSettings;
pub use domain::Projection;
pub use error::{AchievementError, CohortError, Error, TimeError};
pub use events::TYPES as LISTENS_TO;
pub use rebuild::Rebuilt;
pub use recording::Mismatch;

use std::path::Path;
use std::sync::Arc;

use actix_web::web::Data;
use contracts::course::CourseApi;
use contracts::user::UserApi;
use database::Database;
use kernel::{CourseId, EnrollmentId, Env, Operation, UserId};
use rest::Routes;

/// The door of the module.
#[derive(Clone)]
pub struct Progress {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    enrollment: enrollment::Service,
    learning: learning::Service,
    rewards: rewards::Service,
    achievements: achievements::Service,
    leaderboards: leaderboards::Service,
    overview: overview::Service,
    recommendations: recommendations::Service,
    roster: roster::Service,
    analytics: analytics::Service,
    gradebook: gradebook::Service,
    announcements: announcements::Service,
    upgrades: upgrades::Service,
    seats: seats::Service,
    cohorts: cohorts::Service,
    course_learners: course_learners::Service,
    waiting_list: waiting_list::Service,
    certificates: certificates::Service,
    reports: reports::Service,
}

impl Progress {
    /// The module on its migrated database; `courses` answers for courses of which no event has
    /// come yet, and `users` signs credentials.
    pub fn new(
        database: Database,
        env: Env,
        courses: Arc<dyn CourseApi>,
        users: Arc<dyn UserApi>,
        settings: CertificateSettings,
    ) -> Self {
        let outlines = outlines::Service::new(courses);
        let rewards = rewards::Service::new(database.clone(), env.clone());
        let recording = recording::Service::new(env.clone(), outlines.clone(), rewards.clone());
        let enrollment = enrollment::Service::new(
            database.clone(),
            env.clone(),
            outlines.clone(),
            recording.clone(),
        );
        let cohorts = cohorts::Service::new(
            database.clone(),
            env.clone(),
            Arc::clone(&users),
            outlines.clone(),
        );
        let gradebook = gradebook::Service::new(database.clone(), env.clone(), outlines.clone());
        Self {
            upgrades: upgrades::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                enrollment.clone(),
            ),
            course_learners: course_learners::Service::new(
                database.clone(),
                env.clone(),
                Arc::clone(&users),
                outlines.clone(),
                enrollment.clone(),
                cohorts.clone(),
            ),
            cohorts,
            waiting_list: waiting_list::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                enrollment.clone(),
            ),
            seats: seats::Service::new(database.clone(), env.clone(), outlines.clone()),
            enrollment,
            learning: learning::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                recording.clone(),
            ),
            leaderboards: leaderboards::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
            ),
            overview: overview::Service::new(database.clone(), env.clone()),
            analytics: analytics::Service::new(database.clone(), env.clone(), outlines.clone()),
            reports: reports::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                gradebook.clone(),
            ),
            gradebook,
            recommendations: recommendations::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
            ),
            roster: roster::Service::new(database.clone(), env.clone(), outlines.clone()),
            announcements: announcements::Service::new(database.clone(), env.clone()),
            certificates: certificates::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                users,
                settings,
            ),
            achievements: achievements::Service::new(
                database.clone(),
                env.clone(),
                outlines.clone(),
                rewards.clone(),
            ),
            env,
            outlines,
            rewards,
            database,
        }
    }

    /// Adds the module's endpoints.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(Data::new(self.enrollment.clone()))
            .app_data(Data::new(self.learning.clone()))
            .app_data(Data::new(self.rewards.clone()))
            .app_data(Data::new(self.achievements.clone()))
            .app_data(Data::new(self.leaderboards.clone()))
            .app_data(Data::new(self.certificates.clone()))
            .app_data(Data::new(self.overview.clone()))
            .app_data(Data::new(self.recommendations.clone()))
            .app_data(Data::new(self.roster.clone()))
            .app_data(Data::new(self.analytics.clone()))
            .app_data(Data::new(self.gradebook.clone()))
            .app_data(Data::new(self.reports.clone()))
            .app_data(Data::new(self.seats.clone()))
            .app_data(Data::new(self.cohorts.clone()))
            .app_data(Data::new(self.course_learners.clone()))
            .app_data(Data::new(self.waiting_list.clone()))
            .app_data(Data::new(self.upgrades.clone()));
        routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> bus::Subscription {
        bus::Subscription {
            intake: bus::Intake::default(),
            consumer: domain::MODULE,
            database: self.database.clone(),
            types: events::TYPES,
            handler: Arc::new(events::EventHandlers {
                outlines: self.outlines.clone(),
                learning: self.learning.clone(),
                env: self.env.clone(),
            }),
        }
    }

    /// Tells learners of new versions of their courses, if it is time; returns how many were told.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn announce_due(&self) -> Result<u64, Error> {
        self.announcements.announce_due().await
    }

    /// Moves some of the learners who have to move to another version; returns how many were moved.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn upgrade_due(&self) -> Result<u64, Error> {
        self.upgrades.upgrade_due().await
    }

    /// Writes one of the reports that were requested, if this process is the one whose turn it is; returns whether it
    /// did. What does not fit in memory lies in the folder `scratch` meanwhile.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer; the report is begun again then.
    pub async fn write_due_report(&self, scratch: &Path) -> Result<bool, Error> {
        self.reports.write_due(scratch).await
    }

    /// Lets reports expire whose time is over; returns how many.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn expire_reports(&self) -> Result<u64, Error> {
        self.reports.expire_due().await
    }

    /// Forgets who left a waiting list more than a day ago; returns how many.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn forget_departures(&self) -> Result<u64, Error> {
        self.waiting_list.forget_departures().await
    }

    /// Deletes what is left of reports that are gone; returns how many pieces.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn sweep_reports(&self) -> Result<u64, Error> {
        self.reports.sweep().await
    }

    /// Lets another process write reports at once, because this one ends.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer; another process can do so a few seconds later.
    pub async fn release_reports(&self) -> Result<(), Error> {
        self.reports.release().await
    }

    /// Enrolls some of those who wait for seats that have become free; returns how many were enrolled.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn promote_due(&self) -> Result<u64, Error> {
        self.waiting_list.promote_due().await
    }

    /// Ends some enrollments whose time is over, and tells of some that end soon; returns how many.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn expire_enrollments(&self) -> Result<u64, Error> {
        self.enrollment.expire_due().await
    }

    /// Tells some learners of certificates that expire soon; returns how many.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn remind_of_certificates(&self) -> Result<u64, Error> {
        self.certificates.remind_due().await
    }

    /// Gives some learners achievements that they reached before these were there; returns how many were given.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn evaluate_due(&self) -> Result<u64, Error> {
        self.achievements.evaluate_due().await
    }

    /// Enrolls `learner` in `course` under a given id; when they are enrolled already, nothing
    /// changes. Returns the id of the enrollment.
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
        let enrolled = self.enrollment.enroll_as(learner, course, id, operation);
        Ok(enrolled.await?.value.enrollment.id)
    }

    /// Folds the whole log and names every projection that differs from it.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer or a record cannot be read.
    pub async fn verify(&self) -> Result<Vec<Mismatch>, Error> {
        Self::verify_log(&self.database).await
    }

    /// The same on a database alone, so that it works beside a running module.
    ///
    /// # Errors
    /// Those of [`Progress::verify`].
    pub async fn verify_log(database: &Database) -> Result<Vec<Mismatch>, Error> {
        recording::verify(database).await
    }

    /// Makes projections anew from the log of a database, beside a running module.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer or a record cannot be read; what was folded so far counts for the next
    /// time.
    pub async fn rebuild(
        database: &Database,
        env: &Env,
        wanted: &[Projection],
    ) -> Result<Rebuilt, Error> {
        Box::pin(rebuild::rebuild(database, env, wanted)).await
    }

    /// How many facts each projection does not hold.
    ///
    /// # Errors
    /// [`Error`] when the storage does not answer.
    pub async fn lags(&self) -> Result<Vec<(Projection, i64)>, Error> {
        rebuild::lags(&self.database).await
    }
}

/// The one list of the module's routes.
pub fn routes(cfg: &mut impl Routes) {
    overview::routes(cfg);
    cohorts::routes(cfg);
    course_learners::routes(cfg);
    enrollment::routes(cfg);
    learning::routes(cfg);
    leaderboards::routes(cfg);
    rewards::routes(cfg);
    achievements::routes(cfg);
    upgrades::routes(cfg);
    certificates::routes(cfg);
    recommendations::routes(cfg);
    roster::routes(cfg);
    analytics::routes(cfg);
    gradebook::routes(cfg);
    reports::routes(cfg);
    seats::routes(cfg);
    waiting_list::routes(cfg);
}
