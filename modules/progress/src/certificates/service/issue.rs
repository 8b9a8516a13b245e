//! Issuing certificates, as the facts are recorded that complete a course.

use chrono::{DateTime, Months, Utc};
use database::Transaction;
use kernel::{Env, UserId};

use super::super::store;
use super::super::store::CertificateRecord;
use crate::domain::{CertificateCode, Enrollment, Fact, Learner, PendingFacts};
use crate::error::Error;

/// Issues the certificate of an enrollment whose pending `facts` complete its course, once; returns its number.
pub(crate) async fn issue(
    txn: &Transaction,
    env: &Env,
    issued_at: DateTime<Utc>,
    learner: &Learner,
    enrollment: &Enrollment,
    facts: &PendingFacts,
) -> Result<Option<CertificateCode>, Error> {
    let mut completions = facts.occurrences.iter();
    let completion = completions.find(|one| matches!(one.fact, Fact::CourseCompleted {}));
    let Some(completion) = completion else {
        return Ok(None);
    };
    let months = store::months_of(txn, enrollment.course).await?;
    let record = CertificateRecord {
        code: CertificateCode::of_random(env.bytes()),
        enrollment: enrollment.id,
        learner: learner.id,
        course: enrollment.course,
        version: enrollment.version,
        title: enrollment.title.clone(),
        name: learner.display_name.clone(),
        completed_on: learner.day(completion.at),
        issued_at,
        revoked_at: None,
        revocation_reason: None,
        revoked_by: None,
        expires_at: months
            .and_then(|months| u32::try_from(months).ok())
            .and_then(|months| issued_at.checked_add_months(Months::new(months))),
        public: true,
    };
    store::insert(txn, record).await?;
    store::code_of(txn, enrollment.id).await
}

/// Names a learner, who was not known before, on the certificates that they have.
pub(crate) async fn name_unnamed(
    txn: &Transaction,
    learner: UserId,
    display_name: &str,
) -> Result<(), Error> {
    store::name_unnamed(txn, learner, display_name).await
}
