//! Gathering everything that all modules know of a user.

use std::collections::BTreeMap;

use bus::HandlerError;
use chrono::{DateTime, Utc};
use contracts::user::{UserExportRequested, UserExported, WantedPiece};
use database::saga::{self, Saga, SagaState};
use database::{Transaction, idempotency};
use kernel::{Caller, Envelope, Operation, Outcome, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::saga::{begin, enter, finish, wait};
use super::super::steps::{EXPORT, EXPORT_LIFETIME, GATHER, PARTS, piece_step};
use super::super::view::ExportView;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{MODULE, from_json, lately, to_json};
use crate::error::Error;

/// How many exports a user has at a time.
const MOST: usize = 10;
/// How many bytes of JSON the modules may hand over for one export.
const LARGEST: usize = 256 << 20;

/// What an export remembers of the pieces that have come.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Gathered {
    #[serde(default)]
    bytes: usize,
    /// The piece that each module is to hand over, if it is not the first.
    #[serde(default)]
    pub(super) wanted: BTreeMap<String, WantedPiece>,
}

impl Service {
    /// Requests its part from every module. While one export is being gathered there is no second one,
    /// and those that are ready can still be fetched.
    pub(crate) async fn request_export(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<Outcome<ExportView>, Error> {
        self.sessions.require_recent(caller).await?;
        let user = caller.user_id;
        let now = self.env.now();
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay::<ExportView>(&txn, now, operation).await? {
            return Ok(first);
        }
        self.sessions.acting(&txn, caller).await?;
        let newest = saga::newest(&txn, EXPORT, user.uuid()).await?;
        if let Some(running) = newest.filter(|saga| saga.state == SagaState::Running) {
            let steps = saga::list_done(&txn, running.id).await?;
            let view = ExportView::of(&running, &steps);
            let kept = idempotency::keep(&txn, operation, view).await?;
            txn.commit().await?;
            return Ok(kept);
        }
        self.refuse_many_exports(&txn, user).await?;
        let mut saga = begin(self.env.id(), EXPORT, user, GATHER, now);
        saga::insert(&txn, &saga).await?;
        let entry = AuditAction::ExportRequested.about(user, json!({ "saga": saga.id }));
        self.audit.record(&txn, operation, entry).await?;
        let (id, view) = (saga.id, ExportView::of(&saga, &[]));
        enter(&mut saga, GATHER, now);
        self.proceed_export(&txn, operation, saga).await?;
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        self.begin_own(id).await;
        Ok(kept)
    }

    async fn refuse_many_exports(&self, txn: &Transaction, user: UserId) -> Result<(), Error> {
        let now = self.env.now();
        let oldest_kept = now - EXPORT_LIFETIME;
        let exports = saga::list_of(txn, EXPORT, user.uuid()).await?;
        let made = exports.iter().map(|saga| saga.created_at);
        let kept: Vec<_> = made
            .filter(|at| *at > oldest_kept && *at <= now + lately::leeway())
            .collect();
        match kept.iter().min() {
            Some(oldest) if kept.len() >= MOST => {
                let wait = (*oldest - oldest_kept).to_std().unwrap_or_default();
                Err(Error::TooManyExports {
                    most: MOST,
                    days: EXPORT_LIFETIME.num_days(),
                    wait,
                })
            }
            _ => Ok(()),
        }
    }

    /// A module has answered with a piece of its part, which counts when it is the one that is wanted.
    pub(crate) async fn on_exported(
        &self,
        txn: &Transaction,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let answer: UserExported = event.decode()?;
        // Nobody else knows this module's own part.
        if answer.module == MODULE {
            return Ok(());
        }
        let operation = Operation::caused_by(event);
        Ok(self.add_piece(txn, &operation, answer).await?)
    }

    pub(super) async fn add_piece(
        &self,
        txn: &Transaction,
        operation: &Operation,
        answer: UserExported,
    ) -> Result<(), Error> {
        let (id, module) = (answer.saga_id, answer.module.as_str());
        let Some(mut saga) = self.awaiting(txn, id, EXPORT, answer.user_id).await? else {
            return Ok(());
        };
        let next = answer.next;
        let mut gathered: Gathered = from_json(Some(&saga.data))?;
        let wanted = gathered.wanted.get(module).map_or(0, |wanted| wanted.piece);
        let look_at = saga.available_at;
        let lacks = missing(&saga::list_done(txn, id).await?);
        if answer.piece != wanted || !lacks.contains(&module) {
            return Ok(());
        }
        let piece = answer.part.to_string();
        gathered.bytes += piece.len();
        if gathered.bytes > LARGEST {
            return self.give_up_export(txn, saga).await;
        }
        let now = self.env.now();
        // The last piece stands for the part as a whole.
        let step = match &next {
            Some(_) => piece_step(module, wanted),
            None => module.to_owned(),
        };
        saga::record_step(txn, id, &step, &piece, now).await?;
        let more = next.is_some();
        if more {
            let wanted = WantedPiece {
                piece: wanted + 1,
                from: next,
            };
            gathered.wanted.insert(module.to_owned(), wanted);
        }
        saga.data = to_json(&gathered)?;
        saga.updated_at = now;
        if saga.state == SagaState::Running {
            // Whatever comes shows that it goes on.
            enter(&mut saga, GATHER, now);
            if !more && lacks == [module] {
                finish(&mut saga, SagaState::Done, now);
            } else if module == MODULE {
                wait(&mut saga, now);
                if more {
                    saga.available_at = now;
                }
            } else if more {
                self.request_pieces(txn, operation, &saga, &[module])
                    .await?;
                wait(&mut saga, now);
                if lacks.contains(&MODULE) {
                    saga.available_at = look_at.min(saga.available_at);
                }
            }
        }
        saga::update(txn, &saga).await?;
        Ok(())
    }

    /// What is too large for an archive is not kept; an operator hands it over in another way.
    async fn give_up_export(&self, txn: &Transaction, mut saga: Saga) -> Result<(), Error> {
        let id = saga.id;
        tracing::error!(saga.id = %id, "an export is too large and has failed; see: gopro sagas show");
        saga.state = SagaState::Failed;
        saga.data = "{}".to_owned();
        saga.error = Some(format!(
            "the data of this user is more than {} MiB; export it from the databases, as docs/operations/personal-data.md says",
            LARGEST >> 20
        ));
        saga.updated_at = self.env.now();
        saga::update(txn, &saga).await?;
        saga::undo_all(txn, id).await?;
        bus::forget::saga(txn, id.uuid()).await?;
        Ok(())
    }

    /// Done when every part is there; otherwise the modules whose parts are incomplete get a request, once more
    /// if need be.
    pub(super) async fn proceed_export(
        &self,
        txn: &Transaction,
        operation: &Operation,
        mut saga: Saga,
    ) -> Result<(), Error> {
        let now = self.env.now();
        let lacks = missing(&saga::list_done(txn, saga.id).await?);
        if lacks.is_empty() {
            finish(&mut saga, SagaState::Done, now);
        } else {
            let others: Vec<_> = lacks.into_iter().filter(|part| *part != MODULE).collect();
            if !others.is_empty() {
                self.request_pieces(txn, operation, &saga, &others).await?;
            }
            wait(&mut saga, now);
        }
        saga.updated_at = now;
        saga::update(txn, &saga).await?;
        Ok(())
    }

    /// Requests the next piece of its part from each of `modules`.
    async fn request_pieces(
        &self,
        txn: &Transaction,
        operation: &Operation,
        saga: &Saga,
        modules: &[&str],
    ) -> Result<(), Error> {
        let mut gathered: Gathered = from_json(Some(&saga.data))?;
        let wanted = modules.iter().map(|module| {
            let wanted = gathered.wanted.remove(*module).unwrap_or_default();
            ((*module).to_owned(), wanted)
        });
        let event = UserExportRequested {
            saga_id: saga.id,
            user_id: saga.subject.into(),
            wanted: wanted.collect(),
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }
}

pub(super) fn missing(steps: &[(String, DateTime<Utc>)]) -> Vec<&'static str> {
    let there = |part: &&str| steps.iter().any(|(step, _)| step == part);
    PARTS.into_iter().filter(|part| !there(part)).collect()
}
