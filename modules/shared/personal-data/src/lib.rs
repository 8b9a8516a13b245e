//! How a module hands over and erases what it knows of a user when the user module requests it.
//! A module gives its lists and a function that erases; the events and their answers are here.

use bus::HandlerError;
use contracts::user::{
    UserDeleted, UserErased, UserErasureRequested, UserExportRequested, UserExported,
};
use database::{Change, Transaction, idempotency};
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

    /// Answers [`UserErasureRequested`] with what was erased, if it is this module's turn.
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
        let removed = self.erase(txn, env, request.user_id).await?.into_iter();
        let answer = UserErased {
            module: request.module,
            saga_id: request.saga_id,
            user_id: request.user_id,
            removed: removed
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
        };
        let operation = Operation::caused_by(event);
        Ok(bus::append(txn, env, &operation, self.module, &answer).await?)
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
        self.erase(txn, env, deleted.user_id).await?;
        Ok(())
    }

    async fn erase(
        &self,
        txn: &Transaction,
        env: &Env,
        user: UserId,
    ) -> Result<Removed, HandlerError> {
        // Answers that are kept ready may show what goes.
        txn.changes(Change::Content);
        let removed = (self.erase)(txn, env, user).await;
        let mut removed = removed.map_err(|error| HandlerError::of(&error))?;
        removed.push(("requests", idempotency::forget(txn, user).await?));
        removed.push(("events", bus::forget(txn, user.uuid()).await?));
        Ok(removed)
    }
}

fn unknown(place: &Place) -> HandlerError {
    HandlerError::Park(format!(
        "an export goes on in the list {:?}, which this version does not have; request a new export",
        place.list
    ))
}
