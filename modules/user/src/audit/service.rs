//! Appending to the audit log, reading and verifying it.
//!
//! The hash of a row covers the hash before it, so an edited, removed or moved row breaks the chain;
//! the head is sealed with the master key, so a cut end is seen too.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{Duration, SecondsFormat};
use database::{Database, Transaction};
use kernel::{Env, Keyed, Operation, Page, PageRequest, Place, UserId};
use serde_json::{Value, json};

use super::action::{AuditAction, NewEntry};
use super::request::AuditQuery;
use super::store::{self, AuditHead, AuditRow};
use super::view::AuditEvent;
use crate::error::Error;
use crate::sealing::{MasterKey, OTHER_KEY};

/// What the first row follows.
const GENESIS: [u8; 32] = [0; 32];
const SEAL: &str = "audit";
const NO_HEAD: &str = "the audit log has no head; run gopro audit verify";
const BATCH: u64 = 1000;
/// What a stranger sent may be long; an audit row is not.
const MAX_TEXT: usize = 200;

/// What a check of the audit log has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerification {
    /// Every row is as it was written, and none is missing.
    Whole {
        /// How many rows there are.
        rows: i64,
    },
    /// The log was changed.
    Broken {
        /// The first row that is not as it was written.
        sequence: i64,
        /// What is wrong with it.
        fault: String,
    },
}

pub(crate) struct Service {
    database: Database,
    env: Env,
    master_key: MasterKey,
}

impl Service {
    /// Makes the sealed head of the log of a database that `is_new`. An older one has its head, and
    /// whoever deletes that gets no other.
    pub(crate) async fn open(
        database: Database,
        env: Env,
        master_key: MasterKey,
        is_new: bool,
    ) -> Result<Self, Error> {
        if is_new {
            let head = AuditHead {
                sequence: 0,
                hash: GENESIS.to_vec(),
                seal: seal(&master_key, 0, &GENESIS),
            };
            let txn = database.begin().await?;
            store::begin(&txn, &head).await?;
            txn.commit().await?;
        }
        Ok(Self {
            database,
            env,
            master_key,
        })
    }

    /// Appends a row in the transaction of the event that it records.
    pub(crate) async fn record(
        &self,
        txn: &Transaction,
        operation: &Operation,
        entry: NewEntry,
    ) -> Result<(), Error> {
        let head = store::lock_head(txn).await?;
        let head = head.ok_or_else(|| Error::internal(NO_HEAD))?;
        // A process that has missed the replacement of the master key must not go on with the old one.
        if !head.seal.starts_with(self.master_key.version().as_bytes()) {
            return Err(Error::internal(OTHER_KEY));
        }
        let mut row = AuditRow {
            sequence: head.sequence + 1,
            action: entry.action.as_str().to_owned(),
            actor_id: operation.actor,
            subject_id: entry.subject,
            ip_address: operation.ip_address.clone(),
            request_id: operation.correlation.chars().take(MAX_TEXT).collect(),
            detail: entry.detail.to_string(),
            occurred_at: self.env.now(),
            hash: Vec::new(),
        };
        row.hash = chain(&head.hash, &row);
        // A log that was changed stays one: the seal that does not fit is kept.
        let seal = match is_sealed(&self.master_key, &head) {
            true => seal(&self.master_key, row.sequence, &row.hash),
            false => {
                tracing::error!(
                    "the audit log was changed by somebody else; run gopro audit verify"
                );
                head.seal
            }
        };
        store::append(txn, &row, &seal).await
    }

    pub(crate) async fn list(
        &self,
        query: &AuditQuery,
        page_request: &PageRequest,
    ) -> Result<Page<AuditEvent>, Error> {
        let db = self.database.read();
        let action = query.action.as_deref();
        let page = store::list(db, action, query.actor, query.subject, page_request).await?;
        Ok(page.map(AuditEvent::of))
    }

    /// Refuses a caller who within the last hour did `most` times what sends an email to somebody else.
    pub(crate) async fn refuse_many(
        &self,
        txn: &Transaction,
        caller: UserId,
        action: AuditAction,
        most: u64,
    ) -> Result<(), Error> {
        let now = self.env.now();
        let since = now - Duration::hours(1);
        match store::count_since(txn, caller, action.as_str(), since, now).await? < most {
            true => Ok(()),
            false => Err(Error::TooManyRequested),
        }
    }

    /// What the log says of a user behind a place, for the export of their account.
    pub(crate) async fn export(&self, user: UserId, place: &Place) -> Result<Vec<Keyed>, Error> {
        let rows = store::page_about(self.database.read(), user, place).await?;
        let entries = rows.into_iter().map(|row| {
            let entry = json!({
                "action": row.action,
                "actor": row.actor_id,
                "subject": row.subject_id,
                "ip_address": row.ip_address,
                "request_id": row.request_id,
                "detail": serde_json::from_str::<Value>(&row.detail).unwrap_or_default(),
                "occurred_at": row.occurred_at,
            });
            (json!(row.sequence), entry)
        });
        Ok(entries.collect())
    }

    /// Walks the whole log and names the first row that is not as it was written.
    pub(crate) async fn verify(&self) -> Result<AuditVerification, Error> {
        let db = self.database.read();
        let (first, last) = store::span(db).await?;
        // Read after the last row, so that none may lie behind it. Rows that are appended meanwhile are
        // checked next time.
        let head = store::find_head(db).await?;
        let Some(head) = head else {
            return Ok(found(1, "the head of the log is missing"));
        };
        if first < 1 {
            return Ok(found(
                first,
                "this row lies before the beginning of the log",
            ));
        }
        if last > head.sequence {
            return Ok(found(last, "this row lies behind the end of the log"));
        }
        if !is_sealed(&self.master_key, &head) {
            return Ok(found(
                head.sequence,
                "the log was changed here or before: its seal does not fit",
            ));
        }
        let (mut at, mut hash) = (0, GENESIS.to_vec());
        while at < head.sequence {
            let rows = store::list_from(db, at, BATCH).await?;
            if rows.is_empty() {
                return Ok(found(at + 1, "this row and all behind it are missing"));
            }
            for row in rows {
                if row.sequence != at + 1 {
                    return Ok(found(at + 1, "this row is missing"));
                }
                if chain(&hash, &row) != row.hash {
                    return Ok(found(
                        row.sequence,
                        "this row was changed, or the one before it",
                    ));
                }
                (at, hash) = (row.sequence, row.hash);
                if at == head.sequence {
                    break;
                }
            }
        }
        if hash != head.hash {
            return Ok(found(at, "this row does not end the log that was sealed"));
        }
        Ok(AuditVerification::Whole { rows: at })
    }

    /// Seals the head with `next`. A seal that does not fit gets no better by it.
    pub(crate) async fn reseal(&self, txn: &Transaction, next: &MasterKey) -> Result<(), Error> {
        let head = store::lock_head(txn).await?;
        let head = head.ok_or_else(|| Error::internal(NO_HEAD))?;
        let seal = match is_sealed(&self.master_key, &head) {
            true => seal(next, head.sequence, &head.hash),
            false => next.version().into_bytes(),
        };
        store::set_seal(txn, &seal).await
    }
}

/// The version of the key, and what only that key can make.
fn seal(key: &MasterKey, sequence: i64, hash: &[u8]) -> Vec<u8> {
    let tag = key.derive(SEAL, &seal_input(sequence, hash));
    [key.version().as_bytes(), &tag].concat()
}

fn is_sealed(key: &MasterKey, head: &AuditHead) -> bool {
    let tag = head.seal.strip_prefix(key.version().as_bytes());
    tag.is_some_and(|tag| key.verifies(SEAL, &seal_input(head.sequence, &head.hash), tag))
}

fn found(sequence: i64, fault: &str) -> AuditVerification {
    AuditVerification::Broken {
        sequence,
        fault: fault.to_owned(),
    }
}

fn seal_input(sequence: i64, hash: &[u8]) -> Vec<u8> {
    [sequence.to_be_bytes().as_slice(), hash].concat()
}

/// A JSON array keeps the fields apart whatever they hold.
fn chain(before: &[u8], row: &AuditRow) -> Vec<u8> {
    let text = json!([
        row.sequence,
        row.action,
        row.actor_id,
        row.subject_id,
        row.ip_address,
        row.request_id,
        row.detail,
        row.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true),
    ])
    .to_string();
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(text.as_bytes());
    context.finish().as_ref().to_vec()
}
