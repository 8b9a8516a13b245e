//! What the module knows of one user: handing it over, and erasing it.

#[cfg(test)]
mod tests;

use database::Transaction;
use kernel::{Env, UserId};
use personal_data::{PersonalData, Removed};

use crate::domain::MODULE;
use crate::error::Error;
use crate::{delivery, inbox, recipients};

pub(crate) static PERSONAL_DATA: PersonalData<Error> = PersonalData {
    module: MODULE,
    lists: &[
        ("deliveries", |txn, user, place| {
            Box::pin(delivery::export(txn, user, place))
        }),
        ("notifications", |txn, user, place| {
            Box::pin(inbox::export(txn, user, place))
        }),
        ("recipient", |txn, user, place| {
            Box::pin(recipients::export(txn, user, place))
        }),
    ],
    erase: |txn, env, user| Box::pin(erase(txn, env, user)),
};

/// Deletes everything of a user but the fact that they are gone.
async fn erase(txn: &Transaction, env: &Env, user: UserId) -> Result<Removed, Error> {
    recipients::mark_erased(txn, user, env.now()).await?;
    Ok(vec![
        ("notifications", inbox::delete_all_of(txn, user).await?),
        ("emails", delivery::delete_emails_of(txn, user).await?),
        ("recipient", recipients::delete(txn, user).await?),
    ])
}
