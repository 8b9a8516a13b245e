//! Coming into being, and what people change about themselves.

use contracts::user::{UserCreated, UserUpdated};
use database::idempotency;
use kernel::{Expected, FieldFault, Operation, Outcome, Role, Roles, SecretString, UserId, text};
use sea_orm::ConnectionTrait;

use super::{Service, passwords};
use crate::Error;
use crate::http::me::{Account, UpdateMe};
use crate::store;
use crate::store::people::Person;

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

/// An account that a visitor asks for.
pub(crate) struct Registration {
    pub username: String,
    pub email: String,
    pub password: SecretString,
    pub display_name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
}

impl Service {
    /// A visitor becomes a student.
    pub(crate) async fn register(
        &self,
        operation: &Operation,
        wanted: Registration,
    ) -> Result<Outcome<Account>, Error> {
        let account = NewAccount {
            id: None,
            username: wanted.username,
            email: wanted.email,
            password: wanted.password,
            display_name: wanted.display_name,
            locale: wanted.locale,
            time_zone: wanted.time_zone,
            roles: vec![Role::Student].into(),
        };
        let (person, password_hash) = self.prepare(account).await?;
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&*txn, self.ambient.now(), operation).await? {
            return Ok(first);
        }
        self.insert(&txn, operation, &person, &password_hash)
            .await?;
        let kept = idempotency::keep(&*txn, operation, Account::of(&person)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// The operator makes an account.
    pub(crate) async fn create(
        &self,
        operation: &Operation,
        account: NewAccount,
    ) -> Result<UserId, Error> {
        let (person, password_hash) = self.prepare(account).await?;
        let txn = self.database.begin().await?;
        self.insert(&txn, operation, &person, &password_hash)
            .await?;
        txn.commit().await?;
        Ok(person.id)
    }

    pub(crate) async fn me(&self, id: UserId) -> Result<Account, Error> {
        let person = store::people::find(self.database.read(), id).await?;
        person
            .map(|person| Account::of(&person))
            .ok_or(Error::NoAccount)
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
        change.apply(&mut person);
        refuse(check_zone(&person.time_zone))?;
        person.version += 1;
        person.updated_at = self.ambient.now();
        store::people::update(&*txn, &person).await?;
        let event = UserUpdated {
            user_id: person.id,
            username: person.username.clone(),
            display_name: person.display_name.clone(),
            email: person.email.clone(),
            locale: person.locale.clone(),
            time_zone: person.time_zone.clone(),
        };
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
        let password_hash = self.lane.hash(password).await?;
        let now = self.ambient.now();
        let person = Person {
            id: account.id.unwrap_or_else(|| self.ambient.id()),
            username,
            email,
            display_name,
            bio: String::new(),
            avatar_url: None,
            locale: account.locale.unwrap_or_else(|| "en".to_owned()),
            time_zone,
            roles: account.roles,
            disabled: false,
            rights_changed_at: now,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        Ok((person, password_hash))
    }

    pub(crate) async fn insert(
        &self,
        txn: &database::Transaction,
        operation: &Operation,
        person: &Person,
        password_hash: &str,
    ) -> Result<(), Error> {
        refuse_taken(&**txn, person).await?;
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
        Ok(())
    }
}

async fn refuse_taken(db: &impl ConnectionTrait, person: &Person) -> Result<(), Error> {
    if store::people::is_username_taken(db, &person.username).await? {
        return Err(Error::Taken("username"));
    }
    if store::people::is_email_taken(db, &person.email).await? {
        return Err(Error::Taken("email"));
    }
    Ok(())
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

fn check_email(email: &str) -> Option<FieldFault> {
    let blank = |letter: char| letter.is_whitespace() || letter.is_control();
    let parts = email.rsplit_once('@');
    let fits = email.chars().count() <= 254
        && !email.contains(blank)
        && parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    let message = "must be an e-mail address such as ada@example.org";
    (!fits).then(|| FieldFault::new("/email", "format", message))
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

fn refuse(faults: Vec<FieldFault>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}
