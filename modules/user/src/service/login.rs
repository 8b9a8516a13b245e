//! From a name and a password to tokens, or to the second factor that is still owed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Operation, SecretString, UserId, text};
use rest::MFA_ENROLL;
use rest::jwt::{ChallengeClaims, TokenClass};
use serde_json::json;

use super::admission::{self, Way};
use super::hashing::Checked;
use super::password::is_replaced;
use super::tokens::{Device, Tokens};
use super::{Service, passwords, throttle};
use crate::Error;
use crate::store;
use crate::store::people::Person;

/// How long the second factor may take.
const CHALLENGE: Duration = Duration::from_secs(300);

/// What a person logs in with.
pub(crate) struct Credentials {
    pub login: String,
    pub password: SecretString,
    pub device: String,
    pub address: String,
}

/// What the right password gives.
pub(crate) enum LoggedIn {
    /// The tokens of a new session.
    Tokens(Tokens),
    /// A token that owes the second factor.
    Challenge {
        mfa_token: String,
        expires_in: Duration,
    },
}

impl Service {
    pub(crate) async fn log_in(
        &self,
        operation: &Operation,
        credentials: Credentials,
    ) -> Result<LoggedIn, Error> {
        let folded = text::fold(&credentials.login);
        let found = store::people::find_login(self.database.read(), &folded).await?;
        let (person, stored) = found.unzip();
        let seen = stored.clone();
        let known = person.as_ref().map(|person| person.id);
        let account_key = throttle::account_key(known, &folded);
        let password = passwords::compose(&credentials.password);
        let checked = self
            .try_password(&account_key, password.clone(), stored)
            .await?;
        if !checked.right {
            self.note_failure(operation, known).await?;
            return Err(Error::WrongCredentials);
        }
        let person = match admission::may_issue(Way::Password, person, self.demands()) {
            Ok(person) => person,
            Err(refusal) => {
                self.note_refused_login(operation, known, &account_key)
                    .await?;
                return Err(refusal);
            }
        };
        // A busy lane is no reason to turn away who is right; the next login hashes anew.
        let renewed = match checked.outdated {
            true => self.lane.hash(password).await.ok(),
            false => None,
        };
        let operation = operation.by(person.id);
        let txn = self.database.begin().await?;
        // What was changed while the password was verified counts: who was shut out stays out, and
        // a password that was replaced opens nothing.
        let current = store::people::find_for_change(&*txn, person.id).await?;
        let current = admission::may_issue(Way::Password, current, self.demands())?;
        if is_replaced(&txn, &person, &current, seen.as_deref()).await? {
            return Err(Error::WrongCredentials);
        }
        let person = current;
        if let Some(renewed) = renewed {
            store::people::set_password(&*txn, person.id, &renewed).await?;
        }
        if store::totp::is_confirmed(&*txn, person.id).await? {
            // The count stays but for this try: who has the password must not get to guess codes
            // for ever by logging in between.
            store::delays::forgive(&*txn, &account_key, self.ambient.now()).await?;
            let detail = json!({ "way": "password" });
            self.audit(
                &txn,
                &operation,
                "login.challenged",
                Some(person.id),
                detail,
            )
            .await?;
            txn.commit().await?;
            return self.challenge(&person, credentials.device);
        }
        let scope = self.session_scope(&person, false);
        let device = Device {
            name: credentials.device,
            address: credentials.address,
        };
        store::delays::delete(&*txn, &account_key).await?;
        let (tokens, ended) = self
            .open_session(&txn, &operation, &person, device, scope)
            .await?;
        let detail = json!({ "way": "password", "session": tokens.session_id });
        self.audit(&txn, &operation, "login.succeeded", Some(person.id), detail)
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(LoggedIn::Tokens(tokens))
    }

    /// What the tokens of a session are good for: everything, or nothing but setting up the second
    /// factor that a role of the person wants.
    pub(crate) fn session_scope(&self, person: &Person, enrolled: bool) -> &'static str {
        if self.owes_second_factor(person) && !enrolled {
            MFA_ENROLL
        } else {
            ""
        }
    }

    /// Whether a role of the person wants a second factor.
    pub(crate) fn owes_second_factor(&self, person: &Person) -> bool {
        let asked = |role| self.settings.mfa_roles.contains(&role);
        person.roles.iter().any(asked)
    }

    pub(crate) fn challenge(&self, person: &Person, device: String) -> Result<LoggedIn, Error> {
        // A change of rights lies in a later second than the last one, which may still be to come.
        let changed = person.rights_changed_at.timestamp();
        let now = self.ambient.now().timestamp().max(changed);
        let policy = &self.settings.token;
        let lifetime = super::tokens::span(CHALLENGE.min(policy.lifetime)).num_seconds();
        let claims = ChallengeClaims {
            iss: policy.issuer.clone(),
            aud: TokenClass::Challenge.audience(policy),
            sub: person.id,
            device,
            iat: now,
            nbf: now,
            exp: now + lifetime,
            jti: self.ambient.id::<kernel::kind::Event>().to_string(),
        };
        Ok(LoggedIn::Challenge {
            mfa_token: self.keys.sign(TokenClass::Challenge, &claims)?,
            expires_in: Duration::from_secs(lifetime.unsigned_abs()),
        })
    }

    /// Verifies a password as one try of its account. The try is counted while the hash is computed,
    /// and nobody learns the verdict of a try that was not; who has to wait costs no hash.
    pub(crate) async fn try_password(
        &self,
        account_key: &str,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Checked, Error> {
        let now = self.ambient.now();
        let delay = store::delays::find(self.database.read(), account_key).await?;
        admission::may_try(Way::Password, throttle::remaining(delay.as_ref(), now))?;
        let counting = self.count_attempt(Way::Password, account_key, now);
        let (counted, checked) = tokio::join!(counting, self.lane.verify(password, stored));
        counted?;
        if checked.is_err() {
            self.forgive_attempt(account_key).await?;
        }
        checked
    }

    /// Counts the try as a failure before its secret counts, so that many at once cannot all
    /// pass; a success clears the count.
    pub(crate) async fn count_attempt(
        &self,
        way: Way,
        account_key: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        store::delays::lock(&*txn, account_key, now).await?;
        let delay = store::delays::find(&*txn, account_key).await?;
        admission::may_try(way, throttle::remaining(delay.as_ref(), now))?;
        let delay = throttle::after_failure(delay.as_ref(), now);
        store::delays::put(&*txn, account_key, &delay).await?;
        txn.commit().await?;
        Ok(())
    }

    /// A try whose secret was never checked, or was right, is no failure.
    pub(crate) async fn forgive_attempt(&self, account_key: &str) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        store::delays::forgive(&*txn, account_key, self.ambient.now()).await?;
        txn.commit().await?;
        Ok(())
    }

    /// The password was right, and the account may not be entered: no failure, but on record.
    async fn note_refused_login(
        &self,
        operation: &Operation,
        known: Option<UserId>,
        account_key: &str,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        store::delays::forgive(&*txn, account_key, self.ambient.now()).await?;
        let detail = json!({ "way": "password" });
        self.audit(&txn, operation, "login.refused", known, detail)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Known accounts and unknown ones cost the same.
    async fn note_failure(
        &self,
        operation: &Operation,
        known: Option<UserId>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let detail = json!({ "way": "password" });
        self.audit(&txn, operation, "login.failed", known, detail)
            .await?;
        Ok(txn.commit().await?)
    }
}
