//! What is shown of an export, and deleting it in the end.

use chrono::{DateTime, Utc};
use database::Transaction;
use database::saga::{self, Saga, SagaState};
use kernel::{Caller, SagaId, UserId};

use super::super::download::Download;
use super::super::steps::{EXPORT, EXPORT_LIFETIME};
use super::super::view::ExportView;
use super::Service;
use crate::error::Error;

/// A step and when it was done.
type Done = (String, DateTime<Utc>);

impl Service {
    /// How far an export is.
    pub(crate) async fn find_export(&self, user: UserId, id: SagaId) -> Result<ExportView, Error> {
        let (saga, steps) = self.own_export(user, id).await?;
        Ok(ExportView::of(&saga, &steps))
    }

    /// The archive of an export that is whole, for a user who has stepped up recently, as for the request.
    pub(crate) async fn download(&self, caller: &Caller, id: SagaId) -> Result<Download, Error> {
        self.sessions.require_recent(caller).await?;
        let user = caller.user_id;
        let (saga, done) = self.own_export(user, id).await?;
        if saga.state != SagaState::Done {
            return Err(Error::ExportUnready(id));
        }
        let is_done = |step: &str| done.iter().any(|(name, _)| name == step);
        let (database, downloading) = (&self.database, &self.downloading);
        Download::begin(database, downloading, &self.packing, user, (id, is_done))
    }

    async fn own_export(&self, user: UserId, id: SagaId) -> Result<(Saga, Vec<Done>), Error> {
        let now = self.env.now();
        let db = self.database.read();
        let found = saga::find(db, id).await?.filter(|saga| {
            let theirs = saga.kind == EXPORT && saga.subject == user.uuid();
            theirs && saga.created_at + EXPORT_LIFETIME > now
        });
        let saga = found.ok_or(Error::NoExport)?;
        Ok((saga, saga::list_done(db, id).await?))
    }

    /// Deletes the exports whose time is over; returns how many.
    pub(super) async fn expire_exports(&self, txn: &Transaction) -> Result<u64, Error> {
        let before = self.env.now() - EXPORT_LIFETIME;
        let mut expired = 0;
        for id in saga::list_before(txn, EXPORT, before).await? {
            self.drop_export(txn, id).await?;
            expired += 1;
        }
        Ok(expired)
    }

    /// Deletes every export of a user; returns how many there were.
    pub(super) async fn drop_exports(&self, txn: &Transaction, user: UserId) -> Result<u64, Error> {
        let mut dropped = 0;
        for export in saga::list_of(txn, EXPORT, user.uuid()).await? {
            self.drop_export(txn, export.id).await?;
            dropped += 1;
        }
        Ok(dropped)
    }

    /// The answers of the other modules stand in the inbox too.
    async fn drop_export(&self, txn: &Transaction, id: SagaId) -> Result<(), Error> {
        saga::delete(txn, id).await?;
        bus::forget::saga(txn, id.uuid()).await?;
        Ok(())
    }
}
