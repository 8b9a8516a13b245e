//! How the events of this process leave it and come in.

use std::sync::Arc;

use anyhow::Result;
use bus::{Bus, MemoryBus, Subscription};
use kernel::Env;
#[cfg(feature = "rabbitmq")]
use rabbit::{RabbitBus, RabbitConsumer, RabbitSettings};
#[cfg(feature = "rabbitmq")]
use tokio::task::JoinHandle;
#[cfg(feature = "rabbitmq")]
use tokio_util::sync::CancellationToken;

use crate::config::{BusKind, BusSettings, Settings};
#[cfg(feature = "rabbitmq")]
use crate::module_name::ModuleName;
#[cfg(feature = "rabbitmq")]
use crate::running::keep_running;

/// The one transport of a process.
#[derive(Clone)]
pub(super) struct Transport {
    settings: BusSettings,
    #[cfg(feature = "rabbitmq")]
    broker: RabbitSettings,
    subscriptions: Vec<Subscription>,
    env: Env,
}

impl Transport {
    /// # Errors
    /// When `tls.ca_file` cannot be used.
    pub(super) fn new(
        settings: &Settings,
        subscriptions: Vec<Subscription>,
        env: &Env,
    ) -> Result<Self> {
        Ok(Self {
            settings: settings.bus.clone(),
            #[cfg(feature = "rabbitmq")]
            broker: broker(settings)?,
            subscriptions,
            env: env.clone(),
        })
    }

    /// The way out for the events of one module.
    #[cfg_attr(
        not(feature = "rabbitmq"),
        expect(unused_variables, reason = "within a process all go the same way")
    )]
    pub(super) fn bus(&self, module: &str) -> Arc<dyn Bus> {
        match self.settings.kind {
            BusKind::Memory => {
                Arc::new(MemoryBus::new(self.subscriptions.clone(), self.env.clone()))
            }
            #[cfg(feature = "rabbitmq")]
            BusKind::Rabbitmq => {
                let listeners = ModuleName::ALL.map(ModuleName::listener);
                Arc::new(RabbitBus::new(
                    self.broker.clone(),
                    listeners.to_vec(),
                    module,
                ))
            }
        }
    }

    /// Lets the events in that come from outside, until `stop`.
    #[cfg(feature = "rabbitmq")]
    pub(super) fn spawn(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        if self.settings.kind != BusKind::Rabbitmq {
            return Vec::new();
        }
        let consumers = self.subscriptions.iter().map(|subscription| {
            let (broker, env) = (self.broker.clone(), self.env.clone());
            let consumer = RabbitConsumer::new(broker, subscription.clone(), env);
            let run = move |stop| consumer.clone().run(stop);
            keep_running("consumer", stop, run)
        });
        consumers.collect()
    }
}

/// The broker of the settings.
///
/// # Errors
/// When `tls.ca_file` cannot be used.
#[cfg(feature = "rabbitmq")]
pub(crate) fn broker(settings: &Settings) -> Result<RabbitSettings> {
    Ok(RabbitSettings {
        url: settings.bus.url.clone(),
        prefix: settings.bus.prefix.clone(),
        installation: settings.public_url(),
        ca_pem: settings.tls.ca_pem()?,
    })
}
