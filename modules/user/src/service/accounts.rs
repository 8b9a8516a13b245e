//! Coming into being, and what people change about themselves.

use std::sync::Arc;
use std::time::Duration;

use contracts::user::UserCreated;
use kernel::{Expected, FieldFault, Operation, Role, Roles, SecretString, UserId, text};
use language_tags::LanguageTag;
use moka::sync::Cache;
use rest::Caller;
use serde_json::json;

use super::{Service, avatar, email, passwords};
use crate::Error;
use crate::command::UpdateMe;
use crate::store;
use crate::store::people::Person;
use crate::view::{Account, Profile};
use crate::visibility::ProfileVisibility;

/// What a new account is made of.
pub struct NewAccount {
    /// The id to give; a new one when absent.
    pub id: Option<UserId>,
    /// Unique without regard to case.
    pub username: String,
    /// Unique without regard to case.
    pub email: String,
    /// By the rules for passwords.
    pub password: SecretString,
    /// The name to show; the username when absent.
    pub display_name: Option<String>,
    /// A BCP 47 language tag; `en` when absent.
    pub locale: Option<String>,
    /// An IANA time zone; `UTC` when absent.
    pub time_zone: Option<String>,
    /// What the person is.
    pub roles: Roles,
}

/// Accounts that were read, with the state of the database that they were read from.
pub(super) type ReadAccounts = Cache<UserId, (u64, Arc<Account>)>;

/// An account holds until this process commits anything to the database, and a second at most,
/// because another instance may have changed it.
pub(super) fn read_accounts() -> ReadAccounts {
    Cache::builder()
        .max_capacity(10_000)
        .time_to_live(Duration::from_secs(1))
        .build()
}

impl Service {
    /// The operator makes an account.
    pub(crate) async fn create(
        &self,
        operation: &Operation,
        account: NewAccount,
    ) -> Result<UserId, Error> {
        let (mut person, password_hash) = self.prepare(account).await?;
        // The operator vouches for the address.
        person.email_verified_at = Some(person.created_at);
        let txn = self.database.begin().await?;
        self.insert(&txn, operation, &person, &password_hash)
            .await?;
        txn.commit().await?;
        Ok(person.id)
    }

    /// The account of a person who is still there.
    pub(crate) async fn person(&self, id: UserId) -> Result<Person, Error> {
        let person = store::people::find(self.database.read(), id).await?;
        let person = person.filter(|person| person.erased_at.is_none());
        person.ok_or(Error::NoAccount)
    }

    /// Raises the version and ends the tokens that were made before.
    pub(crate) fn touch(&self, person: &mut Person) {
        let now = self.ambient.now();
        person.version += 1;
        person.updated_at = now;
        // Tokens tell their age in seconds, so each change must lie in a later one than the last.
        let later = person.rights_changed_at + chrono::Duration::seconds(1);
        person.rights_changed_at = now.max(later);
    }

    pub(crate) async fn account(&self, id: UserId) -> Result<Arc<Account>, Error> {
        // Taken before the reading, so that a commit in between makes the answer stale.
        let generation = self.database.generation();
        let known = self.accounts.get(&id);
        if let Some((_, account)) = known.filter(|(since, _)| *since == generation) {
            return Ok(account);
        }
        let account = Arc::new(Account::of(&self.person(id).await?));
        self.accounts.insert(id, (generation, Arc::clone(&account)));
        Ok(account)
    }

    /// What `caller` may see of a person.
    pub(crate) async fn profile(&self, caller: &Caller, id: UserId) -> Result<Profile, Error> {
        let person = self.person(id).await?;
        let person = Some(person).filter(|person| person.frozen_at.is_none());
        let person = person.ok_or(Error::NoAccount)?;
        let sees_all = caller.user_id == id || caller.has(Role::Admin);
        let visibility = match sees_all {
            true => ProfileVisibility::Full,
            false => person.visibility,
        };
        if visibility == ProfileVisibility::Hidden {
            return Err(Error::NoAccount);
        }
        let full = visibility == ProfileVisibility::Full;
        Ok(Profile {
            id,
            username: person.username,
            display_name: person.display_name,
            bio: full.then_some(person.bio),
            avatar_url: person.avatar_url.filter(|_| full),
        })
    }

    pub(crate) async fn update_me(
        &self,
        operation: &Operation,
        id: UserId,
        expected: &Expected,
        change: UpdateMe,
    ) -> Result<Account, Error> {
        let txn = self.database.begin().await?;
        let person = store::people::find_for_change(&*txn, id).await?;
        let mut person = person.ok_or(Error::NoAccount)?;
        expected.check(person.version)?;
        let before = person.clone();
        change.apply(&mut person);
        let avatar = person.avatar_url.as_deref().map(avatar::parse).transpose();
        if let Ok(avatar) = &avatar {
            person.avatar_url.clone_from(avatar);
        }
        if person == before {
            return Ok(Account::of(&person));
        }
        let mut faults = check_zone(&person.time_zone);
        faults.extend(check_locale(&person.locale));
        faults.extend(avatar.err());
        refuse(faults)?;
        person.version += 1;
        person.updated_at = self.ambient.now();
        store::people::update(&*txn, &person).await?;
        let event = email::updated(&person);
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        txn.commit().await?;
        Ok(Account::of(&person))
    }

    /// Checks all that needs no transaction and hashes the password before one begins.
    pub(crate) async fn prepare(&self, account: NewAccount) -> Result<(Person, String), Error> {
        let username = text::clean(&account.username);
        let email = text::clean(&account.email);
        let display_name = account.display_name.as_deref().map(text::clean);
        let display_name = display_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| username.clone());
        let time_zone = account.time_zone.unwrap_or_else(|| "UTC".to_owned());
        let mut faults = check_zone(&time_zone);
        let locale = locale_or_default(account.locale);
        faults.extend(check_locale(&locale));
        faults.extend(check_username(&username));
        faults.extend(check_email(&email));
        let own_words = [
            username.as_str(),
            email.as_str(),
            display_name.as_str(),
            "gopro",
        ];
        let password = passwords::check("/password", &account.password, &own_words);
        let password = match password {
            Ok(password) if faults.is_empty() => password,
            Ok(_) => return Err(Error::Invalid(faults)),
            Err(fault) => {
                faults.push(fault);
                return Err(Error::Invalid(faults));
            }
        };
        self.refuse_breached("/password", &password).await?;
        let password_hash = self.lane.hash(password).await?;
        let id = account.id.unwrap_or_else(|| self.ambient.id());
        let person = Person {
            display_name,
            locale,
            time_zone,
            roles: account.roles,
            ..Person::new(id, username, email, self.ambient.now())
        };
        Ok((person, password_hash))
    }

    async fn refuse_taken(
        &self,
        txn: &database::Transaction,
        person: &Person,
    ) -> Result<(), Error> {
        if store::people::is_username_taken(&**txn, &person.username).await? {
            return Err(Error::Taken("username"));
        }
        if self.is_email_taken(txn, &person.email).await? {
            return Err(Error::Taken("email"));
        }
        Ok(())
    }

    /// Whether nobody else may have the address: whoever was moved away from it may take that back
    /// for a week.
    pub(crate) async fn is_email_taken(
        &self,
        txn: &database::Transaction,
        email: &str,
    ) -> Result<bool, Error> {
        let undo = crate::purpose::Purpose::UndoEmail;
        let (folded, now) = (text::fold(email), self.ambient.now());
        Ok(store::people::is_email_taken(&**txn, email).await?
            || store::proofs::is_open(&**txn, undo, &folded, now).await?)
    }

    pub(crate) async fn insert(
        &self,
        txn: &database::Transaction,
        operation: &Operation,
        person: &Person,
        password_hash: &str,
    ) -> Result<(), Error> {
        self.refuse_taken(txn, person).await?;
        store::people::insert(&**txn, person, password_hash)
            .await
            .map_err(|error| match database::is_unique_violation(&error) {
                true => Error::Taken("username"),
                false => error.into(),
            })?;
        let event = UserCreated {
            user_id: person.id,
            username: person.username.clone(),
            display_name: person.display_name.clone(),
            email: person.email.clone(),
            locale: person.locale.clone(),
            time_zone: person.time_zone.clone(),
            roles: person.roles.clone(),
        };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        let detail = json!({ "roles": person.roles });
        self.audit(txn, operation, "account.created", Some(person.id), detail)
            .await
    }
}

/// The pattern of the request schemas once more, because the operator's accounts pass no schema.
/// No username may look like an address, or it could stand for another's at the login.
fn check_username(username: &str) -> Option<FieldFault> {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let outer = |letter: char| letter.is_ascii_alphanumeric();
    let fits = (3..=32).contains(&username.len())
        && username.chars().all(inner)
        && username.starts_with(outer)
        && username.ends_with(outer);
    let message =
        "must be 3 to 32 letters, digits, '.', '_' or '-', a letter or digit at both ends";
    (!fits).then(|| FieldFault::new("/username", "pattern", message))
}

pub(crate) fn check_email(email: &str) -> Option<FieldFault> {
    let blank = |letter: char| letter.is_whitespace() || letter.is_control();
    let parts = email.rsplit_once('@');
    let fits = email.chars().count() <= 254
        && !email.contains(blank)
        && parts.is_some_and(|(name, domain)| !name.is_empty() && is_mail_domain(domain));
    let message = "must be an e-mail address such as ada@example.org";
    (!fits).then(|| FieldFault::new("/email", "format", message))
}

/// A name with a dot, whose servers the world can look up: no address in brackets, no bare host
/// (RFC 5321, section 2.3.5).
fn is_mail_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = |letter: char| letter.is_alphanumeric() || letter == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let last = domain.rsplit_once('.').map(|(_, last)| last);
    domain.split('.').all(label) && last.is_some_and(|last| !digits(last))
}

/// A tag of registered words (RFC 5646, section 2.2.9); whether messages are in it is another
/// matter.
fn check_locale(locale: &str) -> Option<FieldFault> {
    let fault = || {
        let message = "must be a BCP 47 language tag such as en or de-AT";
        FieldFault::new("/locale", "locale", message)
    };
    let tag = LanguageTag::parse(locale).ok();
    let registered = tag.is_some_and(|tag| tag.is_valid());
    (!registered).then(fault)
}

fn check_zone(zone: &str) -> Vec<FieldFault> {
    match zone.parse::<chrono_tz::Tz>() {
        Ok(_) => Vec::new(),
        Err(_) => vec![FieldFault::new(
            "/time_zone",
            "time_zone",
            "must be an IANA time zone such as Europe/Rome",
        )],
    }
}

/// The language of who has named none.
pub(super) fn locale_or_default(locale: Option<String>) -> String {
    locale.unwrap_or_else(|| "en".to_owned())
}

pub(crate) fn refuse(faults: Vec<FieldFault>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}
