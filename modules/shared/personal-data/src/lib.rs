//! How a module hands over and erases what it knows of a user when the user module requests it.
//! A module gives its lists and a function that erases; the events and their answers are here.

mod sweep;

pub use sweep::TraceSweeper;

use bus::HandlerError;
use contracts::user::{UserDeleted, UserErasureRequested, UserExportRequested, UserExported};
use database::pending_erasure::{self, PendingErasure};
use database::{Change, Transaction};
use futures::future::BoxFuture;
use kernel::{Env, Envelope, Fault, Keyed, Operation, Piece, Place, UserId};

/// How many records of each kind were removed.
pub type Removed = Vec<(&'static str, u64)>;

/// A list of an export: its name, and the function that reads its next records after a place.
pub type List<E> = (
    &'static str,
    for<'a> fn(&'a Transaction, UserId, &'a Place) -> BoxFuture<'a, Result<Vec<Keyed>, E>>,
);

/// What a module knows of a user; `E` is the module's error.
pub struct PersonalData<E: 'static> {
    /// The module's name.
    pub module: &'static str,
    /// The lists of its part of an export, in the order of the alphabet.
    pub lists: &'static [List<E>],
    /// Deletes everything of a user that the module's own tables hold.
    pub erase: for<'a> fn(&'a Transaction, &'a Env, UserId) -> BoxFuture<'a, Result<Removed, E>>,
}

impl<E: Fault + 'static> PersonalData<E> {
    /// Answers [`UserExportRequested`] with the piece that is wanted of this module, if one is.
    ///
    /// # Errors
    /// [`HandlerError`] when the storage does not answer, or the piece begins in an unknown list.
    pub async fn on_export_requested(
        &self,
        txn: &Transaction,
        env: &Env,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let request: UserExportRequested = event.decode()?;
        let Some(wanted) = request.wanted_of(self.module) else {
            return Ok(());
        };
        let names = self.lists.iter().map(|(name, _)| *name);
        let mut piece = Piece::begin(names.collect(), wanted.from);
        while let Some(place) = piece.wanted() {
            let list = self.lists.iter().find(|(name, _)| *name == place.list);
            let (_, page) = list.ok_or_else(|| unknown(place))?;
            let records = page(txn, request.user_id, place).await;
            piece.take(records.map_err(|error| HandlerError::of(&error))?);
        }
        let (part, next) = piece.finish();
        let answer = UserExported {
            module: self.module.to_owned(),
            saga_id: request.saga_id,
            user_id: request.user_id,
            piece: wanted.piece,
            next,
            part,
        };
        let operation = Operation::caused_by(event);
        Ok(bus::append(txn, env, &operation, self.module, &answer).await?)
    }

    /// Erases the rows of a user for [`UserErasureRequested`], if it is this module's turn. The answer follows
    /// when the traces in events and results are gone too, which [`TraceSweeper`] sees to.
    ///
    /// # Errors
    /// [`HandlerError`] when the storage does not answer.
    pub async fn on_erasure_requested(
        &self,
        txn: &Transaction,
        env: &Env,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let request: UserErasureRequested = event.decode()?;
        if request.module != self.module {
            return Ok(());
        }
        let waiting = serde_json::to_string(event).map_err(|error| unwritable(&error))?;
        self.erase(txn, env, request.user_id, Some(waiting)).await
    }

    /// Erases what is left of a user whose account is gone ([`UserDeleted`]).
    ///
    /// # Errors
    /// [`HandlerError`] when the storage does not answer.
    pub async fn on_user_deleted(
        &self,
        txn: &Transaction,
        env: &Env,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let deleted: UserDeleted = event.decode()?;
        self.erase(txn, env, deleted.user_id, None).await
    }

    async fn erase(
        &self,
        txn: &Transaction,
        env: &Env,
        user: UserId,
        request: Option<String>,
    ) -> Result<(), HandlerError> {
        // Answers that are kept ready may show what goes.
        txn.changes(Change::Content);
        let removed = (self.erase)(txn, env, user).await;
        let removed = removed.map_err(|error| HandlerError::of(&error))?;
        let removed = removed.into_iter();
        let erasure = PendingErasure {
            user,
            request,
            removed: removed
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            created_at: env.now(),
        };
        txn.changes(Change::Erasures);
        Ok(pending_erasure::save(txn, erasure).await?)
    }
}

fn unwritable(error: &serde_json::Error) -> HandlerError {
    HandlerError::Park(format!(
        "the request of an erasure does not encode: {error}"
    ))
}

fn unknown(place: &Place) -> HandlerError {
    HandlerError::Park(format!(
        "an export goes on in the list {:?}, which this version does not have; request a new export",
        place.list
    ))
}
