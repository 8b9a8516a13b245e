//! Revoking certificates, and taking that back.

use bus::Events;
use contracts::progress::{ProgressCertificateReinstated, ProgressCertificateRevoked};
use database::Transaction;
use kernel::{Caller, CourseId, Operation, Role, UserId};

use super::super::store;
use super::super::store::CertificateRecord;
use super::super::view::CertificateView;
use super::Service;
use crate::domain::{CertificateCode, MODULE};
use crate::error::Error;

impl Service {
    /// Revokes a certificate. The reason of one that is revoked already is replaced.
    pub(crate) async fn revoke(
        &self,
        caller: &Caller,
        code: &str,
        reason: &str,
        operation: &Operation,
    ) -> Result<CertificateView, Error> {
        let reason = kernel::text::clean(reason);
        self.change(caller, code, operation, |record, events| {
            record.revocation_reason = Some(reason.clone());
            record.revoked_by = Some(caller.user_id);
            if record.revoked_at.is_some() {
                return Ok(());
            }
            let revoked_at = operation.moment(self.env.now());
            record.revoked_at = Some(revoked_at);
            events.push(&ProgressCertificateRevoked {
                certificate_code: record.code.to_string(),
                learner_id: record.learner,
                course_id: record.course,
                course_title: record.title.clone(),
                reason: reason.clone(),
                revoked_at,
            })?;
            Ok(())
        })
        .await
    }

    /// Says that a revoked certificate counts again.
    pub(crate) async fn reinstate(
        &self,
        caller: &Caller,
        code: &str,
        operation: &Operation,
    ) -> Result<CertificateView, Error> {
        self.change(caller, code, operation, |record, events| {
            record.revocation_reason = None;
            record.revoked_by = None;
            if record.revoked_at.take().is_some() {
                events.push(&ProgressCertificateReinstated {
                    certificate_code: record.code.to_string(),
                    learner_id: record.learner,
                    course_id: record.course,
                    course_title: record.title.clone(),
                })?;
            }
            Ok(())
        })
        .await
    }

    /// Says whether anybody who has its number can check a certificate of the learner.
    pub(crate) async fn publish(
        &self,
        learner: UserId,
        code: &str,
        public: bool,
    ) -> Result<CertificateView, Error> {
        let known = self.record(code).await?;
        let code = &known.code;
        let changed = database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let found = store::lock(&txn, code).await?;
            let found = found.filter(|found| found.learner == learner);
            let mut record = found.ok_or(Error::CertificateNotFound)?;
            record.public = public;
            store::update(&txn, &record).await?;
            txn.commit().await?;
            Ok::<_, Error>(record)
        });
        Ok(self.shown(changed.await?))
    }

    /// Changes a certificate of a course that the caller may change.
    async fn change(
        &self,
        caller: &Caller,
        code: &str,
        operation: &Operation,
        apply: impl Fn(&mut CertificateRecord, &mut Events<'_>) -> Result<(), Error> + Sync,
    ) -> Result<CertificateView, Error> {
        let known = self.record(code).await?;
        self.check_editor(caller, known.course).await?;
        let apply = &apply;
        let code = &known.code;
        let changed = database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let changed = self.change_in(&txn, code, operation, apply).await?;
            txn.commit().await?;
            Ok::<_, Error>(changed)
        });
        Ok(self.shown(changed.await?))
    }

    async fn change_in(
        &self,
        txn: &Transaction,
        code: &CertificateCode,
        operation: &Operation,
        apply: &(impl Fn(&mut CertificateRecord, &mut Events<'_>) -> Result<(), Error> + Sync),
    ) -> Result<CertificateRecord, Error> {
        let found = store::lock(txn, code).await?;
        let mut record = found.ok_or(Error::CertificateNotFound)?;
        let mut events = Events::new(&self.env, operation, MODULE);
        apply(&mut record, &mut events)?;
        store::update(txn, &record).await?;
        events.append(txn).await?;
        Ok(record)
    }

    /// Anybody with its number may see a certificate, so that others who may not change it are told so.
    async fn check_editor(&self, caller: &Caller, course: CourseId) -> Result<(), Error> {
        if caller.has(Role::Admin) {
            return Ok(());
        }
        let admission = self.outlines.admit(course, caller.user_id, None).await?;
        match admission.editor {
            true => Ok(()),
            false => Err(Error::EditorRequired),
        }
    }
}
