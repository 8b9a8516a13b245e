//! Keeps a copy of how to reach each user.

use bus::HandlerError;
use contracts::user::UserEmailVerified;
use database::Transaction;
use kernel::{Env, Envelope, Event};

use super::store;
use crate::domain::Recipient;

#[derive(Clone)]
pub(crate) struct Service {
    env: Env,
}

impl Service {
    pub(crate) fn new(env: Env) -> Self {
        Self { env }
    }

    /// Takes over what an event says of a user. One that comes late brings back neither an older
    /// address nor who is gone.
    pub(crate) async fn upsert<E: Event + Into<Recipient>>(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let recipient: Recipient = event.decode::<E>()?.into();
        if !store::is_erased(txn, recipient.user_id).await? {
            store::upsert(txn, recipient, event.sequence, self.env.now()).await?;
        }
        Ok(())
    }

    /// The user has shown that they read their address.
    pub(crate) async fn on_email_verified(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let user = event.decode::<UserEmailVerified>()?.user_id;
        Ok(store::set_verified(txn, user, event.sequence, self.env.now()).await?)
    }
}
