//! What a user does with their inbox.

use database::Database;
use kernel::{Caller, Env, Expected, NotificationId, Page, PageRequest};

use super::record::NotificationRecord;
use super::request::{NotificationFilter, UpdateNotification};
use super::store;
use super::view::{MarkedRead, NotificationView, UnreadCount};
use crate::error::Error;

#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self { database, env }
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        filter: &NotificationFilter,
        page_request: &PageRequest,
    ) -> Result<Page<NotificationView>, Error> {
        let db = self.database.read();
        let (category, unread) = (filter.category, filter.unread);
        let page = store::list(db, caller.user_id, category, unread, page_request).await?;
        Ok(page.map(Into::into))
    }

    pub(crate) async fn unread_count(&self, caller: &Caller) -> Result<UnreadCount, Error> {
        let db = self.database.read();
        let unread = store::count_unread(db, caller.user_id).await?;
        Ok(UnreadCount { unread })
    }

    pub(crate) async fn get(
        &self,
        caller: &Caller,
        id: NotificationId,
    ) -> Result<NotificationView, Error> {
        let found = store::find_visible(self.database.read(), id).await?;
        own(found, caller).map(Into::into)
    }

    /// Marks a message as read or unread; what is so already stays as it is.
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        id: NotificationId,
        expected: &Expected,
        change: &UpdateNotification,
    ) -> Result<NotificationView, Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        let found = store::find_visible_locked(&txn, id).await?;
        let mut record = own(found, caller)?;
        expected.check(record.version)?;
        if let Some(read) = change.read.filter(|read| *read != record.read_at.is_some()) {
            record.read_at = read.then_some(now);
            record.version += 1;
            store::set_read(&txn, id, record.read_at).await?;
            txn.commit().await?;
        }
        Ok(record.into())
    }

    pub(crate) async fn mark_all_read(&self, caller: &Caller) -> Result<MarkedRead, Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        let marked = store::set_all_read(&txn, caller.user_id, now).await?;
        txn.commit().await?;
        Ok(MarkedRead { marked })
    }

    /// Takes a message out of the inbox. An email of it that is on its way still leaves, so that
    /// nobody who got into an account can hold a warning back.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        id: NotificationId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        let found = store::find_visible_locked(&txn, id).await?;
        let record = own(found, caller)?;
        expected.check(record.version)?;
        store::remove(&txn, id, now).await?;
        txn.commit().await?;
        Ok(())
    }
}

/// The caller's own message. Another's is as if it were not there.
fn own(found: Option<NotificationRecord>, caller: &Caller) -> Result<NotificationRecord, Error> {
    found
        .filter(|record| record.user_id == caller.user_id)
        .ok_or(Error::NotificationNotFound)
}
