//! This module's own part of an export: read page by page outside of any transaction, because all logins wait for one
//! that writes, and kept piece by piece like the parts of the other modules.

use contracts::user::{UserExported, WantedPiece};
use database::saga::{self, SagaState};
use kernel::{Keyed, Operation, Piece, Place, SagaId, UserId};
use serde_json::{Value, json};

use super::super::steps::EXPORT;
use super::Service;
use super::export::{Gathered, missing};
use crate::accounts::Account;
use crate::domain::{MODULE, from_json};
use crate::error::Error;
use crate::{authenticators, identities, sessions, users};

/// In the order of the alphabet.
const LISTS: [&str; 7] = [
    "account",
    "api_tokens",
    "audit",
    "identities",
    "known_callers",
    "second_factor",
    "sessions",
];
/// How many pieces of an export are gathered before anything else has its turn.
pub(super) const PIECES: usize = 16;

impl Service {
    /// Gathers the first piece, which is the whole part of nearly everybody. What is left after it is gathered by the
    /// regular task, and so is a piece that fails.
    pub(super) async fn begin_own(&self, id: SagaId) {
        if let Err(error) = self.gather_own(id, 1).await {
            tracing::warn!(saga.id = %id, %error, "gathering a part of an export failed; retrying within five minutes");
        }
    }

    /// Gathers at most so many pieces; whether that was all of them, or nothing was left.
    pub(super) async fn gather_own(&self, id: SagaId, most: usize) -> Result<bool, Error> {
        for _ in 0..most {
            let Some((user_id, wanted)) = self.wanted_of_own(id).await? else {
                return Ok(true);
            };
            let (part, next) = self.own_piece(user_id, wanted.from).await?;
            let is_last = next.is_none();
            let answer = UserExported {
                module: MODULE.to_owned(),
                saga_id: id,
                user_id,
                piece: wanted.piece,
                next,
                part,
            };
            let operation = Operation::system(format!("saga {id}"));
            let txn = self.database.begin().await?;
            self.add_piece(&txn, &operation, answer).await?;
            txn.commit().await?;
            if is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whose export it is, and which piece it lacks of this module, if it does.
    async fn wanted_of_own(&self, id: SagaId) -> Result<Option<(UserId, WantedPiece)>, Error> {
        let db = self.database.read();
        let found = saga::find(db, id).await?;
        let running = found.filter(|saga| saga.kind == EXPORT && saga.state == SagaState::Running);
        let Some(saga) = running else {
            return Ok(None);
        };
        if !missing(&saga::list_done(db, id).await?).contains(&MODULE) {
            return Ok(None);
        }
        let mut gathered: Gathered = from_json(Some(&saga.data))?;
        let wanted = gathered.wanted.remove(MODULE).unwrap_or_default();
        Ok(Some((saga.subject.into(), wanted)))
    }

    /// What this module knows from a place on, without any secret or hash of one, and where the next piece begins.
    async fn own_piece(
        &self,
        user: UserId,
        from: Option<Place>,
    ) -> Result<(Value, Option<Place>), Error> {
        let mut piece = Piece::begin(LISTS.to_vec(), from);
        while let Some(place) = piece.wanted() {
            let records = self.own_records(user, place).await?;
            piece.take(records);
        }
        Ok(piece.finish())
    }

    async fn own_records(&self, user: UserId, place: &Place) -> Result<Vec<Keyed>, Error> {
        let db = self.database.read();
        let is_first = place.after.is_none();
        match place.list.as_str() {
            "account" if is_first => {
                let account = users::find(db, user).await?;
                let shown = account.map(|account| (json!(0), json!(Account::of(&account))));
                Ok(shown.into_iter().collect())
            }
            "second_factor" if is_first => {
                let authenticator = authenticators::find(db, user).await?;
                let shown = json!({
                    "authenticator_since": authenticator.and_then(|found| found.confirmed_at),
                    "recovery_codes": authenticators::count_codes_of(db, user).await?,
                });
                Ok(vec![(json!(0), shown)])
            }
            "account" | "second_factor" => Ok(Vec::new()),
            "api_tokens" => sessions::export_api_tokens(db, user, place).await,
            "audit" => self.audit.export(user, place).await,
            "identities" => identities::export(db, user, place).await,
            "known_callers" => sessions::export_known_callers(db, user, place).await,
            "sessions" => sessions::export(db, user, place).await,
            unknown => Err(Error::internal(format!(
                "an export goes on in the list {unknown:?}, which this version does not have; request a new export"
            ))),
        }
    }
}
