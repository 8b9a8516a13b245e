//! The second factor: an authenticator (RFC 6238), recovery codes, and showing once more who one is.

use chrono::Duration;
use contracts::user::UserMfaChanged;
use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString, UserId};
use rest::{Caller, jwt};
use serde_json::json;

use super::admission::{self, Way};
use super::codes::{authenticator, totp_name};
use super::sealing::broken;
use super::tokens::{Device, Tokens};
use super::{Service, throttle};
use crate::Error;
use crate::store;

/// How long a person is taken to be at the device after they have shown who they are.
const RECENT: Duration = Duration::minutes(10);

/// An authenticator that is to be confirmed with its first code.
pub(crate) struct Enrolment {
    pub url: String,
    pub secret: String,
    pub qr_svg: String,
}

/// How a person shows once more who they are.
pub(crate) enum Again {
    Code(SecretString),
    Password(SecretString),
}

impl Service {
    /// Begins with a new authenticator; an unconfirmed one before it is forgotten.
    pub(crate) async fn enrol_totp(&self, caller: &Caller) -> Result<Enrolment, Error> {
        self.require_recent(caller).await?;
        let person = self.person(caller.user_id).await?;
        let secret = self.ambient.bytes::<20>();
        let sealed = self.master_key.seal(&totp_name(person.id), &secret)?;
        let txn = self.database.begin().await?;
        store::people::find_for_change(&*txn, person.id).await?;
        if store::totp::is_confirmed(&*txn, person.id).await? {
            return Err(Error::MfaAlready);
        }
        store::totp::put(&*txn, person.id, &sealed, self.ambient.now()).await?;
        txn.commit().await?;
        let totp = authenticator(&secret, &person.username)?;
        let url = totp.to_url().map_err(broken)?;
        Ok(Enrolment {
            secret: totp.secret().to_base32(),
            qr_svg: qr(&url)?,
            url,
        })
    }

    /// The first code shows that the authenticator works; from now on it is asked for, so sessions
    /// that never showed one end. The recovery codes are shown this once.
    pub(crate) async fn confirm_totp(
        &self,
        operation: &Operation,
        caller: &Caller,
        code: &SecretString,
    ) -> Result<Vec<String>, Error> {
        let user = caller.user_id;
        let key = throttle::account_key(Some(user), "");
        self.count_attempt(Way::SecondFactor, &key, self.ambient.now())
            .await?;
        let txn = self.database.begin().await?;
        let mut person = self.owner_of(&txn, Some(user)).await?;
        let found = store::totp::find(&*txn, user).await?;
        let found = found.ok_or(Error::MfaNotBegun)?;
        if found.confirmed_at.is_some() {
            return Err(Error::MfaAlready);
        }
        if !self.is_code(&txn, &person, code).await? {
            return Err(self.refuse_code(txn, operation, user).await?);
        }
        let now = self.ambient.now();
        store::totp::confirm(&*txn, user, now).await?;
        let codes = self.new_codes(&txn, user).await?;
        store::delays::delete(&*txn, &key).await?;
        // Tokens that were good for nothing but this are to be replaced.
        self.touch(&mut person);
        store::people::update(&*txn, &person).await?;
        store::sessions::step_up(&*txn, caller.session_id, now).await?;
        let spared = Some(caller.session_id);
        self.revoke_sessions(&txn, operation, user, spared).await?;
        let event = UserMfaChanged {
            user_id: user,
            enabled: true,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        self.audit(&txn, operation, "mfa.enabled", Some(user), json!({}))
            .await?;
        txn.commit().await?;
        self.standings.invalidate_all();
        Ok(codes)
    }

    /// New recovery codes in the place of the old ones.
    pub(crate) async fn replace_recovery_codes(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<Vec<String>, Error> {
        self.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        self.owner_of(&txn, Some(user)).await?;
        if !store::totp::is_confirmed(&*txn, user).await? {
            return Err(Error::MfaMissing);
        }
        let codes = self.new_codes(&txn, user).await?;
        self.audit(&txn, operation, "mfa.codes_replaced", Some(user), json!({}))
            .await?;
        txn.commit().await?;
        Ok(codes)
    }

    pub(crate) async fn remove_totp(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<(), Error> {
        self.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        let person = self.owner_of(&txn, Some(user)).await?;
        if self.owes_second_factor(&person) {
            return Err(Error::MfaRequired);
        }
        if !store::totp::delete(&*txn, user).await? {
            return Err(Error::MfaMissing);
        }
        let event = UserMfaChanged {
            user_id: user,
            enabled: false,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        self.audit(&txn, operation, "mfa.disabled", Some(user), json!({}))
            .await?;
        Ok(txn.commit().await?)
    }

    /// Ends a login whose second factor is owed and returns its tokens, or else shows once more who
    /// the caller is.
    pub(crate) async fn show_factor(
        &self,
        operation: &Operation,
        caller: Option<&Caller>,
        mfa_token: Option<&SecretString>,
        again: Again,
        address: String,
    ) -> Result<Option<Tokens>, Error> {
        match (mfa_token, caller, again) {
            (Some(token), _, Again::Code(code)) => {
                let tokens = self.answer_challenge(operation, token, &code, address);
                Ok(Some(tokens.await?))
            }
            (Some(_), _, Again::Password(_)) => Err(Error::CodeNeeded),
            (None, Some(caller), again) => {
                self.step_up(operation, caller, again).await?;
                Ok(None)
            }
            (None, None, _) => Err(Error::ChallengeRefused),
        }
    }

    /// The second step of a login.
    pub(crate) async fn answer_challenge(
        &self,
        operation: &Operation,
        mfa_token: &SecretString,
        code: &SecretString,
        address: String,
    ) -> Result<Tokens, Error> {
        let now = self.ambient.now();
        let policy = &self.settings.token;
        let keys = self.keys.verifying();
        let claims = jwt::open_challenge(mfa_token.expose_secret(), &keys, policy, now);
        let claims = claims.ok_or(Error::ChallengeRefused)?;
        // Neither costs its owner a try nor tells whether a code is right.
        if store::challenges::is_used(self.database.read(), &claims.jti).await? {
            return Err(Error::ChallengeRefused);
        }
        let key = throttle::account_key(Some(claims.sub), "");
        self.count_attempt(Way::SecondFactor, &key, now).await?;
        let operation = operation.by(claims.sub);
        let txn = self.database.begin().await?;
        let person = store::people::find_for_change(&*txn, claims.sub).await?;
        let person = admission::may_issue(Way::SecondFactor, person, self.demands())?;
        // A password that was changed meanwhile is not the one that this token stands for.
        if claims.iat < person.rights_changed_at.timestamp() {
            return Err(Error::ChallengeRefused);
        }
        if !self
            .is_second_factor(&txn, &operation, &person, code)
            .await?
        {
            return Err(self.refuse_code(txn, &operation, person.id).await?);
        }
        let expires_at = now + Duration::seconds(claims.exp - now.timestamp());
        if !store::challenges::redeem(&*txn, &claims.jti, expires_at).await? {
            return Err(Error::ChallengeRefused);
        }
        store::delays::delete(&*txn, &key).await?;
        let device = Device {
            name: claims.device,
            address,
        };
        let (tokens, ended) = self
            .open_session(&txn, &operation, &person, device, "")
            .await?;
        let detail = json!({ "way": "second_factor", "session": tokens.session_id });
        self.audit(&txn, &operation, "login.succeeded", Some(person.id), detail)
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(tokens)
    }

    /// A wrong code leaves its row in the audit log, and is all that stays of the request.
    async fn refuse_code(
        &self,
        txn: Transaction,
        operation: &Operation,
        user: UserId,
    ) -> Result<Error, Error> {
        self.audit(&txn, operation, "mfa.failed", Some(user), json!({}))
            .await?;
        txn.commit().await?;
        Ok(Error::WrongCode)
    }

    /// The person shows once more who they are, before a sensitive change. Who has a second factor
    /// shows that one.
    pub(crate) async fn step_up(
        &self,
        operation: &Operation,
        caller: &Caller,
        again: Again,
    ) -> Result<(), Error> {
        let person = self.person(caller.user_id).await?;
        let enrolled = store::totp::is_confirmed(self.database.read(), person.id).await?;
        let txn = match again {
            Again::Password(_) if enrolled => return Err(Error::CodeNeeded),
            Again::Password(password) => {
                self.check_password(operation, &person, &password).await?;
                let txn = self.database.begin().await?;
                self.owner_of(&txn, Some(person.id)).await?;
                txn
            }
            Again::Code(code) => {
                let key = throttle::account_key(Some(person.id), "");
                self.count_attempt(Way::SecondFactor, &key, self.ambient.now())
                    .await?;
                let txn = self.database.begin().await?;
                self.owner_of(&txn, Some(person.id)).await?;
                if !self
                    .is_second_factor(&txn, operation, &person, &code)
                    .await?
                {
                    return Err(self.refuse_code(txn, operation, person.id).await?);
                }
                store::delays::delete(&*txn, &key).await?;
                txn
            }
        };
        store::sessions::step_up(&*txn, caller.session_id, self.ambient.now()).await?;
        self.audit(
            &txn,
            operation,
            "session.stepped_up",
            Some(person.id),
            json!({}),
        )
        .await?;
        Ok(txn.commit().await?)
    }

    /// Refuses a sensitive change unless the person has shown lately who they are.
    pub(crate) async fn require_recent(&self, caller: &Caller) -> Result<(), Error> {
        let now = self.ambient.now();
        let session = store::sessions::find_open(self.database.read(), caller.session_id, now);
        let session = session
            .await?
            .filter(|session| session.authenticated_at + RECENT > now);
        match session {
            Some(_) => Ok(()),
            None => Err(Error::StepUpNeeded),
        }
    }
}

fn qr(url: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(url.as_bytes()).map_err(broken)?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}
