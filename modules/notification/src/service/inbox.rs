//! A person and their inbox.

use kernel::{Expected, NotificationId, Page, Slice};
use rest::Caller;

use super::{Service, policy};
use crate::error::Error;
use crate::message::Category;
use crate::store;
use crate::view::{MarkedRead, NotificationView, UnreadCount};

impl Service {
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        category: Option<Category>,
        unread: Option<bool>,
        slice: &Slice,
    ) -> Result<Page<NotificationView>, Error> {
        let db = self.database.read();
        let page = store::notifications::list(db, caller.user_id, category, unread, slice).await?;
        Ok(page.map(Into::into))
    }

    pub(crate) async fn unread_count(&self, caller: &Caller) -> Result<UnreadCount, Error> {
        let db = self.database.read();
        let unread = store::notifications::count_unread(db, caller.user_id).await?;
        Ok(UnreadCount { unread })
    }

    pub(crate) async fn read(
        &self,
        caller: &Caller,
        id: NotificationId,
    ) -> Result<NotificationView, Error> {
        let found = store::notifications::find_visible(self.database.read(), id).await?;
        policy::own(found, caller).map(Into::into)
    }

    /// Marks a message as read or unread; what is so already stays as it is.
    pub(crate) async fn mark(
        &self,
        caller: &Caller,
        id: NotificationId,
        expected: &Expected,
        read: Option<bool>,
    ) -> Result<NotificationView, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        let found = store::notifications::find_visible_locked(&*txn, id).await?;
        let mut record = policy::own(found, caller)?;
        expected.check(record.version)?;
        if let Some(read) = read.filter(|read| *read != record.read_at.is_some()) {
            record.read_at = read.then_some(now);
            record.version += 1;
            store::notifications::set_read(&*txn, id, record.read_at).await?;
            txn.commit().await?;
        }
        Ok(record.into())
    }

    pub(crate) async fn mark_all(&self, caller: &Caller) -> Result<MarkedRead, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        let marked = store::notifications::set_all_read(&*txn, caller.user_id, now).await?;
        txn.commit().await?;
        Ok(MarkedRead { marked })
    }

    /// Takes a message out of the inbox. A mail of it that is on its way still leaves, so that
    /// nobody who got into an account can hold a warning back.
    pub(crate) async fn remove(
        &self,
        caller: &Caller,
        id: NotificationId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        let found = store::notifications::find_visible_locked(&*txn, id).await?;
        let record = policy::own(found, caller)?;
        expected.check(record.version)?;
        store::notifications::remove(&*txn, id, now).await?;
        txn.commit().await?;
        Ok(())
    }
}
