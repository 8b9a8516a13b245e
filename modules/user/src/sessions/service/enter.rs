//! What somebody gets who has shown one factor: a session, or a token that owes the second one.

use std::time::Duration;

use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString, SessionId};
use token::{ChallengeClaims, TokenClass};

use super::super::device::Device;
use super::super::view::{LoginAnswer, MfaChallenge};
use super::{Service, span};
use crate::authenticators;
use crate::domain::UserRecord;
use crate::error::Error;

/// How long the second factor may take.
const CHALLENGE: Duration = Duration::from_secs(300);

impl Service {
    /// The tokens of a new session, or a token that owes the second factor; also returns the sessions
    /// that had to make room.
    pub(crate) async fn enter(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        device: Device,
    ) -> Result<(LoginAnswer, Vec<SessionId>), Error> {
        if authenticators::is_confirmed(txn, account.id).await? {
            let challenge = self.challenge(account, device)?;
            return Ok((LoginAnswer::Challenge(challenge), Vec::new()));
        }
        let scope = self.authenticators.session_scope(account, false);
        let (tokens, ended) = self.open(txn, operation, account, device, scope).await?;
        Ok((LoginAnswer::Tokens(tokens), ended))
    }

    /// Reads a token that owes the second factor.
    pub(crate) fn open_challenge(&self, token: &SecretString) -> Result<ChallengeClaims, Error> {
        let (keys, now) = (self.keys.verifying(), self.env.now());
        let claims = token::open_challenge(token.expose_secret(), &keys, &self.policy, now);
        claims.ok_or(Error::ChallengeRefused)
    }

    fn challenge(&self, account: &UserRecord, device: Device) -> Result<MfaChallenge, Error> {
        let now = self.env.now().timestamp();
        let policy = &self.policy;
        let lifetime = span(CHALLENGE.min(policy.lifetime)).num_seconds();
        let claims = ChallengeClaims {
            iss: policy.issuer.clone(),
            aud: TokenClass::Challenge.audience(policy),
            sub: account.id,
            device: device.name,
            known_device: device.known,
            rights: account.rights_changed_at.timestamp_micros(),
            iat: now,
            nbf: now,
            exp: now + lifetime,
            jti: self.env.id::<kernel::kind::Event>().to_string(),
        };
        Ok(MfaChallenge {
            mfa_required: true,
            mfa_token: self.keys.sign(TokenClass::Challenge, &claims)?,
            expires_in: lifetime.unsigned_abs(),
        })
    }
}
