//! The notification module: what others tell becomes a message in a person's inbox and, where it
//! matters, a mail. This file is the door; everything else is private.

mod channel;
mod delivery;
mod entity;
mod error;
mod http;
mod letter;
mod mail;
mod message;
mod reactions;
mod sender;
mod service;
mod settings;
mod store;
mod template;
mod transport;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub use reactions::TYPES as LISTENS_TO;
pub use sender::Sender;
pub use settings::{MailSettings, SettingsError, Transport};

use std::sync::Arc;

use actix_web::web;
use bus::Subscription;
use contracts::user::UserApi;
use database::Database;
use kernel::{Ambient, Failure};
use rest::Routes;

use crate::error::Error;
use crate::mail::Composer;
use crate::reactions::Reactions;
use crate::service::Service;
use crate::template::Templates;
use crate::transport::Mailer;

/// The name by which the bus and the configuration know the module.
const NAME: &str = "notification";

/// The module's routes without their state, for the API description.
pub fn routes(cfg: &mut impl Routes) {
    http::routes(cfg);
}

/// The notification module.
#[derive(Clone)]
pub struct Notification {
    database: Database,
    ambient: Ambient,
    service: web::Data<Service>,
    templates: Arc<Templates>,
    sender: Sender,
}

impl Notification {
    /// Builds the module on its own database; `users` is asked where to write to when the module
    /// has not heard it yet.
    ///
    /// # Errors
    /// [`SettingsError`] when no mail could ever be sent with `settings`.
    pub fn new(
        database: Database,
        ambient: Ambient,
        users: Arc<dyn UserApi>,
        settings: MailSettings,
    ) -> Result<Self, SettingsError> {
        let templates = Arc::new(Templates::new(&settings.public_url)?);
        let composer = Composer::new(&settings, Arc::clone(&templates))?;
        let mailer = Mailer::new(settings.transport)?;
        let service = Service::new(database.clone(), ambient.clone());
        let sender = Sender::new(database.clone(), ambient.clone(), users, composer, mailer);
        Ok(Self {
            database,
            ambient,
            service: web::Data::new(service),
            templates,
            sender,
        })
    }

    /// Adds the module's routes, with their documentation, to a scope.
    pub fn configure(&self, cfg: &mut impl Routes) {
        cfg.app_data(self.service.clone());
        routes(cfg);
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            consumer: NAME,
            database: self.database.clone(),
            types: reactions::TYPES,
            handler: Arc::new(Reactions {
                ambient: self.ambient.clone(),
                templates: Arc::clone(&self.templates),
            }),
        }
    }

    /// Gives back what a worker had in hand when its process ended; only for who knows that no
    /// other process is left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_claims(&self) -> Result<(), Failure> {
        let released =
            store::deliveries::release_all(self.database.writer(), self.ambient.now()).await;
        released.map_err(|error| Failure::of(&Error::from(error)))
    }

    /// The worker that sends what is due.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }
}
