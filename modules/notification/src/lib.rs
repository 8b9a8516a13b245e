//! The notification module: events of other modules become notifications in a user's inbox and, where
//! it matters, emails. This file is the door; everything else is private.

mod decision;
mod delivery;
mod domain;
mod entity;
mod error;
mod events;
mod inbox;
mod privacy;
mod recipients;
mod templates;

#[cfg(test)]
mod tests;

pub use delivery::{
    DeliveryBacklog, DkimError, DkimSettings, MailCheckError, MailSettings, Sender, SettingsError,
    SigningError, Transport,
};
pub use events::TYPES as LISTENS_TO;

use std::sync::Arc;

use actix_web::web;
use bus::Subscription;
use contracts::user::UserApi;
use database::Database;
use kernel::{Env, Failure};
use rest::Routes;

use crate::delivery::{Composer, Mailer};
use crate::events::EventHandlers;
use crate::templates::Templates;

/// The module's routes without their state, for the API description. Fixed words come before the id
/// that would swallow them.
pub fn routes(cfg: &mut impl Routes) {
    delivery::routes(cfg);
    inbox::routes(cfg);
}

/// The notification module.
#[derive(Clone)]
pub struct Notification {
    database: Database,
    inbox: web::Data<inbox::Service>,
    deliveries: web::Data<delivery::Service>,
    handlers: EventHandlers,
    senders: Vec<Sender>,
}

impl Notification {
    /// Builds the module on its own database; `users` provides the recipient when no event
    /// has said it yet.
    ///
    /// # Errors
    /// [`SettingsError`] when no email could ever be sent with `settings`.
    pub fn new(
        database: Database,
        env: Env,
        users: Arc<dyn UserApi>,
        settings: MailSettings,
    ) -> Result<Self, SettingsError> {
        let templates = Arc::new(Templates::new(&settings.public_url)?);
        let composer = Composer::new(&settings, Arc::clone(&templates))?;
        let mailer = Mailer::new(settings.transport)?;
        let inbox = inbox::Service::new(database.clone(), env.clone());
        let deliveries = delivery::Service::new(database.clone(), env.clone());
        let recipients = recipients::Service::new(env.clone());
        let decision = decision::Service::new(
            env.clone(),
            templates,
            recipients.clone(),
            deliveries.clone(),
        );
        Ok(Self {
            inbox: web::Data::new(inbox),
            deliveries: web::Data::new(deliveries),
            handlers: EventHandlers {
                decision,
                recipients,
                env: env.clone(),
            },
            senders: Sender::all(&database, &env, &users, &composer, &mailer),
            database,
        })
    }

    /// Adds the module's routes, with their documentation, to a scope.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(self.inbox.clone());
        cfg.app_data(self.deliveries.clone());
        routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            intake: bus::Intake::default(),
            consumer: domain::MODULE,
            database: self.database.clone(),
            types: events::TYPES,
            handler: Arc::new(self.handlers.clone()),
        }
    }

    /// Releases what a worker had claimed when its process ended; only for who knows that no
    /// other process is left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_claims(&self) -> Result<(), Failure> {
        let released = self.deliveries.release_all().await;
        released.map_err(|error| Failure::of(&error))
    }

    /// The workers that send what is due.
    pub fn senders(&self) -> Vec<Sender> {
        self.senders.clone()
    }

    /// The emails that wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delivery_backlog(&self) -> Result<DeliveryBacklog, Failure> {
        let backlog = self.deliveries.backlog().await;
        backlog.map_err(|error| Failure::of(&error))
    }
}
