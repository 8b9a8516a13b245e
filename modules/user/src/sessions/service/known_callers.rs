//! What is known of a caller: the devices and networks that a user has logged in from.
//!
//! A login from one of them does not wait for what strangers have done to the account.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use database::Transaction;
use kernel::{DeviceId, ExposeSecret, Operation, SecretString, UserId};

use super::super::device::{Known, Origin};
use super::super::store::known_callers::{self, Kind};
use super::Service;
use crate::error::Error;
use crate::sealing::hash;

/// How many devices, and how many networks, are known of one user.
const MOST: u64 = 20;

impl Service {
    /// Where a try comes from, and whether its user has logged in from there before.
    pub(crate) async fn origin(
        &self,
        user: Option<UserId>,
        device_token: Option<&SecretString>,
        ip_address: &str,
    ) -> Result<Origin, Error> {
        let network = network_of(ip_address);
        let device = device_token.map(|token| value_of(token.expose_secret()));
        let device = device.unwrap_or_default();
        let since = self.env.now() - known_callers::KNOWN_FOR;
        let known = known_callers::find(self.database.read(), user, &device, &network, since);
        let known = match known.await? {
            (Some(device), _) => Known::Device(device),
            (None, true) => Known::Network,
            (None, false) => Known::No,
        };
        Ok(Origin { network, known })
    }

    /// Notes where a user who has shown all that they must has logged in from; gives a token for
    /// a `device` that is not known yet.
    pub(crate) async fn remember_caller(
        &self,
        txn: &Transaction,
        user: UserId,
        device: Option<DeviceId>,
        ip_address: &str,
    ) -> Result<Option<String>, Error> {
        self.remember_network(txn, user, ip_address).await?;
        let now = self.env.now();
        if let Some(device) = device
            && known_callers::touch(txn, user, device, now).await?
        {
            return Ok(None);
        }
        let token = BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<32>());
        let id = self.env.id();
        known_callers::put(txn, id, user, Kind::Device, &value_of(&token), now).await?;
        known_callers::trim(txn, user, Kind::Device, MOST).await?;
        Ok(Some(token))
    }

    /// After a reset by email: whoever had the account in their hands is a stranger again, and who
    /// reads its email gets in however many strangers guess.
    pub(crate) async fn remember_after_reset(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
    ) -> Result<(), Error> {
        known_callers::delete_of(txn, user).await?;
        let ip_address = operation.ip_address.as_deref().unwrap_or_default();
        self.remember_network(txn, user, ip_address).await
    }

    async fn remember_network(
        &self,
        txn: &Transaction,
        user: UserId,
        ip_address: &str,
    ) -> Result<(), Error> {
        let network = network_of(ip_address);
        if network.is_empty() {
            return Ok(());
        }
        let (id, now) = (self.env.id(), self.env.now());
        known_callers::put(txn, id, user, Kind::Network, &network, now).await?;
        known_callers::trim(txn, user, Kind::Network, MOST).await
    }
}

fn value_of(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(hash(token))
}

/// The network of an address; empty when there is none.
fn network_of(ip_address: &str) -> String {
    let ip_address = ip_address.parse::<IpAddr>().ok();
    ip_address.map_or_else(String::new, |ip_address| {
        rest::network(ip_address).to_string()
    })
}
