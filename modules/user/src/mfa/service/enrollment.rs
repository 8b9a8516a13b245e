//! Setting up an authenticator (RFC 6238) and its recovery codes, and taking both away.

use contracts::user::UserMfaChanged;
use kernel::{Caller, Operation, SecretString, UserId, text};
use serde_json::json;

use super::super::view::TotpEnrollment;
use super::Service;
use crate::audit::AuditAction;
use crate::authenticators::{self, authenticator};
use crate::credentials::lanes_of_session;
use crate::domain::{MODULE, Way};
use crate::error::Error;
use crate::revocation::{AccountEvent, Bounds};
use crate::users;

impl Service {
    /// Begins with a new authenticator; an unconfirmed one before it is forgotten.
    pub(crate) async fn enroll(&self, caller: &Caller) -> Result<TotpEnrollment, Error> {
        self.sessions.require_recent(caller).await?;
        let account = users::get(self.database.read(), caller.user_id).await?;
        let (secret, sealed) = self.authenticators.new_secret(account.id)?;
        let txn = self.database.begin().await?;
        self.sessions.acting(&txn, caller).await?;
        if authenticators::is_confirmed(&txn, account.id).await? {
            return Err(Error::MfaAlready);
        }
        authenticators::put(&txn, account.id, &sealed, self.env.now()).await?;
        txn.commit().await?;
        let totp = authenticator(&secret, &account.username)?;
        let url = totp.to_url().map_err(Error::internal)?;
        Ok(TotpEnrollment {
            secret: totp.secret().to_base32(),
            qr_svg: qr(&url)?,
            otpauth_url: url,
        })
    }

    /// The first code shows that the authenticator works; from now on it is required, so sessions
    /// that never showed one end. The recovery codes are shown this once.
    pub(crate) async fn confirm(
        &self,
        operation: &Operation,
        caller: &Caller,
        code: &SecretString,
    ) -> Result<Vec<String>, Error> {
        let user = caller.user_id;
        let lanes = lanes_of_session(user, caller.session_id);
        let attempt = self
            .credentials
            .count_attempt(Way::SecondFactor, lanes)
            .await?;
        let txn = self.database.begin().await?;
        let mut account = self.sessions.acting(&txn, caller).await?;
        let found = authenticators::find(&txn, user).await?;
        let found = found.ok_or(Error::MfaNotBegun)?;
        if found.confirmed_at.is_some() {
            return Err(Error::MfaAlready);
        }
        if !self.authenticators.is_code(&txn, &account, code).await? {
            return Err(self.refuse_code(txn, operation, user).await?);
        }
        let now = self.env.now();
        authenticators::confirm(&txn, user, now).await?;
        let codes = self.authenticators.new_codes(&txn, user).await?;
        self.credentials.clear(&txn, &attempt).await?;
        self.sessions.note_step_up(&txn, caller.session_id).await?;
        // Tokens that were good for nothing but this are to be replaced, too.
        let bounds = Bounds {
            session: Some(caller.session_id),
            since: None,
        };
        let ended = AccountEvent::FactorEnabled;
        let ended = self
            .revocation
            .revoke_within(&txn, operation, &mut account, ended, bounds)
            .await?;
        let event = UserMfaChanged {
            user_id: user,
            enabled: true,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let entry = AuditAction::MfaEnabled.about(user, json!({ "ended": ended }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(codes)
    }

    /// New recovery codes in the place of the old ones.
    pub(crate) async fn regenerate_codes(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<Vec<String>, Error> {
        self.sessions.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        self.sessions.acting(&txn, caller).await?;
        if !authenticators::is_confirmed(&txn, user).await? {
            return Err(Error::MfaMissing);
        }
        let codes = self.authenticators.new_codes(&txn, user).await?;
        let entry = AuditAction::MfaCodesReplaced.about(user, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        Ok(codes)
    }

    pub(crate) async fn disable(
        &self,
        operation: &Operation,
        caller: &Caller,
    ) -> Result<(), Error> {
        self.sessions.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        let mut account = self.sessions.acting(&txn, caller).await?;
        if self.authenticators.owes_second_factor(&account) {
            return Err(Error::MfaRequired);
        }
        let event = AccountEvent::FactorDisabled;
        let ended = self
            .revocation
            .revoke(&txn, operation, &mut account, event)
            .await?;
        if !ended.second_factor {
            return Err(Error::MfaMissing);
        }
        let entry = AuditAction::MfaDisabled.about(user, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }

    /// For who has lost authenticator and recovery codes. The password alone lets them in again, so
    /// the caller has verified their identity.
    pub(crate) async fn reset(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<(), Error> {
        self.sessions.require_recent(caller).await?;
        self.remove(operation, user).await
    }

    /// The operator's way, when there is no administrator who could.
    pub(crate) async fn remove_of_login(
        &self,
        operation: &Operation,
        login: &str,
    ) -> Result<(), Error> {
        let folded = text::fold(&text::clean(login));
        let found = users::find_login(self.database.read(), &folded).await?;
        let (account, _) = found.ok_or(Error::NoLogin)?;
        self.remove(operation, account.id).await
    }

    async fn remove(&self, operation: &Operation, user: UserId) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let mut account = users::get_for_change(&txn, user).await?;
        let event = AccountEvent::FactorRemoved;
        let ended = self
            .revocation
            .revoke(&txn, operation, &mut account, event)
            .await?;
        if !ended.second_factor {
            return Err(Error::NoFactor);
        }
        let entry = AuditAction::MfaRemoved.about(user, json!({ "ended": ended }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(())
    }
}

fn qr(url: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::new(url.as_bytes()).map_err(Error::internal)?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}
