//! Telling learners of certificates that expire soon.

use bus::Events;
use chrono::TimeDelta;
use contracts::progress::ProgressCertificateExpiring;
use kernel::Operation;

use super::super::store;
use super::Service;
use crate::domain::MODULE;
use crate::error::Error;

/// How long before their certificates expire learners are told of it.
const NOTICE: TimeDelta = TimeDelta::days(30);
/// How many are told together.
const BATCH: u64 = 200;

impl Service {
    /// Tells some learners, each once for each certificate; returns how many.
    pub(crate) async fn remind_due(&self) -> Result<u64, Error> {
        let now = self.env.now();
        let txn = self.database.begin_private().await?;
        let expiring = store::lock_expiring(&txn, (now, now + NOTICE), BATCH).await?;
        let operation = Operation::system("expiry of certificates");
        let mut events = Events::new(&self.env, &operation, MODULE);
        for one in &expiring {
            let Some(expires_at) = one.expires_at else {
                continue;
            };
            events.push(&ProgressCertificateExpiring {
                certificate_code: one.code.to_string(),
                learner_id: one.learner,
                course_id: one.course,
                course_title: one.title.clone(),
                expires_at,
            })?;
        }
        store::mark_reminded(&txn, &expiring).await?;
        events.append(&txn).await?;
        txn.commit().await?;
        Ok(u64::try_from(expiring.len()).unwrap_or(u64::MAX))
    }
}
