//! Finding and removing what kept events and results tell of a user, a piece at a time.

use std::collections::BTreeMap;

use database::idempotency::{self, ResultKey};
use database::{Database, Transaction};
use kernel::UserId;
use sea_orm::DbErr;

use super::events::{self, Kept};

/// How many rows are looked through at a time. They are read outside of a transaction, so that nobody
/// waits for it.
const ROWS: u64 = 500;

/// A walk through everything that a module keeps of its events and results.
#[derive(Debug)]
pub struct Traces {
    user: UserId,
    next: Option<Next>,
}

#[derive(Debug)]
enum Next {
    Results(Option<ResultKey>),
    Events(Kept, Option<i64>),
}

/// What a piece of the walk has found.
enum Found {
    Results(Vec<ResultKey>),
    Events(Kept, Vec<i64>),
}

impl Traces {
    /// Begins with the first row.
    pub fn of(user: UserId) -> Self {
        Self {
            user,
            next: Some(Next::Results(None)),
        }
    }

    /// Removes those of the next piece that has some: the transaction that does, for the caller to commit, and how
    /// many of which kind; `None` at the end.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn remove_next(
        &mut self,
        database: &Database,
    ) -> Result<Option<(Transaction, BTreeMap<String, u64>)>, DbErr> {
        while let Some(next) = self.next.take() {
            let found = self.find(database, next).await?;
            if found.is_empty() {
                continue;
            }
            let txn = database.begin().await?;
            let (kind, count) = found.delete(&txn).await?;
            return Ok(Some((txn, BTreeMap::from([(kind.to_owned(), count)]))));
        }
        Ok(None)
    }

    /// Looks through one piece, and says where the next one begins.
    async fn find(&mut self, database: &Database, next: Next) -> Result<Found, DbErr> {
        let (db, user) = (database.read(), self.user);
        match next {
            Next::Results(after) => {
                let (theirs, last) = idempotency::traces(db, user, after, ROWS).await?;
                self.next = Some(match last {
                    Some(last) => Next::Results(Some(last)),
                    None => Next::Events(Kept::Sent, None),
                });
                Ok(Found::Results(theirs))
            }
            Next::Events(kept, after) => {
                let (theirs, last) = events::find(db, kept, user.uuid(), after, ROWS).await?;
                self.next = match (last, kept) {
                    (Some(last), _) => Some(Next::Events(kept, Some(last))),
                    (None, Kept::Sent) => Some(Next::Events(Kept::Received, None)),
                    (None, Kept::Received) => None,
                };
                Ok(Found::Events(kept, theirs))
            }
        }
    }
}

impl Found {
    fn is_empty(&self) -> bool {
        match self {
            Self::Results(keys) => keys.is_empty(),
            Self::Events(_, positions) => positions.is_empty(),
        }
    }

    async fn delete(&self, txn: &Transaction) -> Result<(&'static str, u64), DbErr> {
        match self {
            Self::Results(keys) => Ok(("requests", idempotency::delete(txn, keys).await?)),
            Self::Events(kept, positions) => {
                Ok(("events", events::delete(txn, *kept, positions).await?))
            }
        }
    }
}
