//! The audit log: every security event, each row sealed with all before it.
//!
//! The hash of a row covers the hash before it, so an edited, removed or moved row breaks the chain;
//! the head is sealed with the master key, so a cut end is seen too.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::SecondsFormat;
use database::Transaction;
use kernel::{Operation, Page, Slice, UserId};
use serde_json::{Value, json};

use super::Service;
use super::sealing::broken;
use crate::Error;
use crate::command::AuditQuery;
use crate::store;
use crate::store::audit::{AuditFilter, AuditHead, AuditRow};
use crate::view::AuditEntry;

/// What the first row follows.
const GENESIS: [u8; 32] = [0; 32];
const SEAL: &str = "audit";
const BATCH: u64 = 1000;
/// What a stranger sent may be long; an audit row is not.
const MAX_TEXT: usize = 200;

/// What a check of the audit log has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
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

impl Service {
    /// Makes the sealed head of an empty log unless there is one.
    pub(crate) async fn begin_audit(&self) -> Result<(), Error> {
        let head = AuditHead {
            sequence: 0,
            hash: GENESIS.to_vec(),
            seal: self.seal_head(0, &GENESIS),
        };
        Ok(store::audit::begin(self.database.writer(), &head).await?)
    }

    /// Appends a row in the transaction of what it tells of; `subject` is whom it concerns.
    pub(crate) async fn audit(
        &self,
        txn: &Transaction,
        operation: &Operation,
        action: &str,
        subject: Option<UserId>,
        detail: Value,
    ) -> Result<(), Error> {
        let head = store::audit::lock_head(&**txn).await?;
        let head = head.ok_or_else(|| broken("the audit log has no head"))?;
        let mut row = AuditRow {
            sequence: head.sequence + 1,
            action: action.to_owned(),
            actor_id: operation.actor,
            subject_id: subject,
            address: operation.address.clone(),
            request_id: operation.correlation.chars().take(MAX_TEXT).collect(),
            detail: detail.to_string(),
            occurred_at: self.ambient.now(),
            hash: Vec::new(),
        };
        row.hash = chain(&head.hash, &row);
        let seal = self.seal_head(row.sequence, &row.hash);
        Ok(store::audit::append(&**txn, &row, &seal).await?)
    }

    pub(crate) async fn audit_log(
        &self,
        query: &AuditQuery,
        slice: &Slice,
    ) -> Result<Page<AuditEntry>, Error> {
        let filter = AuditFilter {
            action: query.action.clone(),
            actor: query.actor,
            subject: query.subject,
        };
        let page = store::audit::list(self.database.read(), &filter, slice).await?;
        Ok(page.map(AuditEntry::of))
    }

    /// Walks the whole log and names the first row that is not as it was written.
    pub(crate) async fn verify_audit(&self) -> Result<AuditVerdict, Error> {
        let db = self.database.read();
        // The head first: rows that are appended meanwhile lie behind it and are checked next time.
        let head = store::audit::find_head(db).await?;
        let Some(head) = head else {
            return Ok(found(1, "the head of the log is missing"));
        };
        let seal_input = seal_input(head.sequence, &head.hash);
        if !self.master_key.verifies(SEAL, &seal_input, &head.seal) {
            return Ok(found(
                head.sequence,
                "the head was not written with this master key",
            ));
        }
        let (mut at, mut hash) = (0, GENESIS.to_vec());
        while at < head.sequence {
            let rows = store::audit::list_from(db, at, BATCH).await?;
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
        Ok(AuditVerdict::Whole { rows: at })
    }

    fn seal_head(&self, sequence: i64, hash: &[u8]) -> Vec<u8> {
        let input = seal_input(sequence, hash);
        self.master_key.derive(SEAL, &input).to_vec()
    }
}

fn found(sequence: i64, fault: &str) -> AuditVerdict {
    AuditVerdict::Broken {
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
        row.address,
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
