//! People's accounts at other providers: whose account an identity leads to, linking and unlinking.

use chrono::{DateTime, Utc};
use contracts::user::UserIdentityLinked;
use database::Transaction;
use kernel::{IdentityId, Operation, UserId, text};
use rest::Caller;
use serde_json::json;

use super::admission::{self, Way};
use super::providers::{Refusal, Visitor};
use super::{RegistrationMode, Service, accounts};
use crate::Error;
use crate::store;
use crate::store::identities::Identity;
use crate::store::people::Person;
use crate::view::IdentityView;

/// Identities of one person.
const MOST: usize = 20;
/// Letters of a name that is shown.
const MAX_NAME: usize = 100;

impl Service {
    pub(crate) async fn identities(&self, user: UserId) -> Result<Vec<IdentityView>, Error> {
        let identities = store::identities::list_of(self.database.read(), user).await?;
        Ok(identities.into_iter().map(IdentityView::of).collect())
    }

    /// Removes an identity, unless nothing else would let the person in.
    pub(crate) async fn unlink(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: IdentityId,
    ) -> Result<(), Error> {
        self.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        // Two removals at once must not both count on the other identity.
        store::people::find_for_change(&*txn, user).await?;
        let all = store::identities::list_of(&*txn, user).await?;
        let found = all.iter().find(|identity| identity.id == id);
        let found = found.ok_or(Error::NoIdentity)?;
        let password = store::people::password_hash(&*txn, user).await?;
        if all.len() == 1 && password.is_none() {
            return Err(Error::LastWayIn);
        }
        store::identities::delete(&*txn, id).await?;
        let detail = json!({ "identity": id, "provider": found.provider });
        self.audit(&txn, operation, "identity.unlinked", Some(user), detail)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Links an identity to the account of who began to, whatever its address is.
    pub(super) async fn link_own(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
        begun_at: DateTime<Utc>,
        provider: &str,
        visitor: &Visitor,
    ) -> Result<Identity, Refusal> {
        let person = store::people::find_for_change(&**txn, user).await?;
        let person = admission::may_issue(Way::Provider, person, self.demands())?;
        // Whoever began may have been shut out since.
        if person.rights_changed_at > begun_at {
            return Err(Refusal::provider("rights_changed"));
        }
        let known = store::identities::find_by_subject(&**txn, provider, &visitor.subject).await?;
        match known {
            Some(known) if known.user_id == user => Ok(known),
            Some(_) => Err(Error::IdentityTaken.into()),
            None => self.link(txn, operation, &person, provider, visitor).await,
        }
    }

    /// The person whom an identity leads to: theirs already, or by an address that both sides have
    /// verified, or somebody new. They are somebody who may get a token.
    pub(super) async fn person_of(
        &self,
        txn: &Transaction,
        operation: &Operation,
        provider: &str,
        visitor: &Visitor,
    ) -> Result<Person, Refusal> {
        let known = store::identities::find_by_subject(&**txn, provider, &visitor.subject).await?;
        if let Some(known) = known {
            let person = store::people::find_for_change(&**txn, known.user_id).await?;
            let person = admission::may_issue(Way::Provider, person, self.demands())?;
            let email = usable(visitor.email.as_deref());
            store::identities::touch(&**txn, known.id, email.as_deref(), self.ambient.now())
                .await?;
            return Ok(person);
        }
        let email = usable(visitor.email.as_deref()).ok_or(Error::ProviderUnverified)?;
        let found = store::people::find_by_email(&**txn, &email).await?;
        let Some(found) = found else {
            return self
                .newcomer(txn, operation, provider, visitor, email)
                .await;
        };
        let found = store::people::find_for_change(&**txn, found.id).await?;
        let verified = |person: &Person| {
            person.email_verified_at.is_some() && text::fold(&person.email) == text::fold(&email)
        };
        if !visitor.email_verified || !found.as_ref().is_some_and(verified) {
            return Err(Error::LinkFirst.into());
        }
        let person = admission::may_issue(Way::Provider, found, self.demands())?;
        let operation = operation.by(person.id);
        self.link(txn, &operation, &person, provider, visitor)
            .await?;
        Ok(person)
    }

    /// A new account without a password.
    async fn newcomer(
        &self,
        txn: &Transaction,
        operation: &Operation,
        provider: &str,
        visitor: &Visitor,
        email: String,
    ) -> Result<Person, Refusal> {
        match self.settings.registration {
            RegistrationMode::Closed => return Err(Error::RegistrationClosed.into()),
            RegistrationMode::Invite => return Err(Error::InvitationNeeded.into()),
            RegistrationMode::Open | RegistrationMode::Verified => {}
        }
        if !visitor.email_verified {
            return Err(Error::ProviderUnverified.into());
        }
        let username = self.free_username(txn, visitor, &email).await?;
        let now = self.ambient.now();
        let person = Person {
            display_name: shown_name(visitor).unwrap_or_else(|| username.clone()),
            email_verified_at: Some(now),
            ..Person::new(self.ambient.id(), username, email, now)
        };
        let operation = operation.by(person.id);
        self.insert(txn, &operation, &person, "").await?;
        self.link(txn, &operation, &person, provider, visitor)
            .await?;
        Ok(person)
    }

    async fn link(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        provider: &str,
        visitor: &Visitor,
    ) -> Result<Identity, Refusal> {
        if store::identities::list_of(&**txn, person.id).await?.len() >= MOST {
            return Err(Error::TooManyIdentities.into());
        }
        let now = self.ambient.now();
        let identity = Identity {
            id: self.ambient.id(),
            user_id: person.id,
            provider: provider.to_owned(),
            subject: visitor.subject.clone(),
            email: usable(visitor.email.as_deref()),
            created_at: now,
            last_used_at: Some(now),
        };
        let inserted = store::identities::insert(&**txn, &identity).await;
        inserted.map_err(|error| match database::is_unique_violation(&error) {
            true => Refusal::provider("raced"),
            false => error.into(),
        })?;
        let event = UserIdentityLinked {
            user_id: person.id,
            provider: provider.to_owned(),
        };
        let appended = bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await;
        appended.map_err(Error::from)?;
        let detail = json!({ "identity": identity.id, "provider": provider });
        self.audit(txn, operation, "identity.linked", Some(person.id), detail)
            .await?;
        Ok(identity)
    }

    /// What the provider calls the person, made to fit and free.
    async fn free_username(
        &self,
        txn: &Transaction,
        visitor: &Visitor,
        email: &str,
    ) -> Result<String, Error> {
        let local = email.split('@').next().unwrap_or_default();
        let wanted = visitor.username.as_deref().unwrap_or(local);
        let wanted = username_of(wanted.split('@').next().unwrap_or_default());
        if !store::people::is_username_taken(&**txn, &wanted).await? {
            return Ok(wanted);
        }
        // 40 random bits: the next one is free but for a chance that the unique index still meets.
        let tail: String = self
            .ambient
            .bytes::<5>()
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let head: String = wanted.chars().take(21).collect();
        Ok(format!("{head}-{tail}"))
    }
}

/// The letters of a name that a username can have.
fn username_of(name: &str) -> String {
    let fitting = name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'));
    let fitting: String = fitting.take(32).collect();
    let inner = fitting.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    match inner.len() {
        0 => "learner".to_owned(),
        1 | 2 => format!("{inner}-learner"),
        _ => inner.to_owned(),
    }
}

fn shown_name(visitor: &Visitor) -> Option<String> {
    let name = visitor.name.as_deref()?;
    let name: String = text::line(name).chars().take(MAX_NAME).collect();
    let name = text::clean(&name);
    (!name.is_empty()).then_some(name)
}

/// An address that an account could have.
fn usable(email: Option<&str>) -> Option<String> {
    let email = text::clean(email?);
    accounts::check_email(&email).is_none().then_some(email)
}

#[cfg(test)]
mod tests {
    use super::username_of;

    #[test]
    fn a_username_is_made_of_whatever_a_provider_says() {
        for (name, username) in [
            ("ada.lovelace", "ada.lovelace"),
            ("_ada_", "ada"),
            ("é", "learner"),
            ("a+b", "ab-learner"),
            ("", "learner"),
            (&"x".repeat(60), &"x".repeat(32)),
        ] {
            assert_eq!(username_of(name), username);
        }
    }
}
