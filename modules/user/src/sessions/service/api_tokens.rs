//! Tokens for programs: named, scoped, expiring, shown once.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration as Span, Utc};
use database::{Transaction, idempotency};
use kernel::{ApiTokenId, Caller, ExposeSecret, Operation, Outcome, SecretString, UserId};
use serde_json::json;
use token::API_TOKEN_PREFIX;

use super::super::request::CreateApiToken;
use super::super::store::api_tokens::{self, ApiToken};
use super::super::view::ApiTokenView;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::Way;
use crate::error::Error;
use crate::sealing::hash;
use crate::{authenticators, users};

const MOST_TOKENS: u64 = 50;
/// How long the access token counts that an API token is exchanged for.
const EXCHANGED: Duration = Duration::from_secs(60);
/// "Last used" is this exact, so that a busy program writes no row per request.
const USE_STEP: Span = Span::minutes(1);

impl Service {
    pub(crate) async fn create_api_token(
        &self,
        operation: &Operation,
        caller: &Caller,
        wanted: CreateApiToken,
    ) -> Result<Outcome<ApiTokenView>, Error> {
        self.require_recent(caller).await?;
        let now = self.env.now();
        let mut scopes = wanted.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay::<ApiTokenView>(&txn, now, operation).await? {
            return Ok(first);
        }
        self.acting(&txn, caller).await?;
        if api_tokens::count_of(&txn, caller.user_id).await? >= MOST_TOKENS {
            return Err(Error::TooManyApiTokens(MOST_TOKENS));
        }
        let secret = BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<32>());
        let secret = format!("{API_TOKEN_PREFIX}{secret}");
        let token = ApiToken {
            id: self.env.id(),
            user_id: caller.user_id,
            name: kernel::text::clean(&wanted.name),
            scopes: scopes.join(" "),
            created_at: now,
            expires_at: now + Span::days(wanted.expires_in_days),
            last_used_at: None,
        };
        api_tokens::insert(&txn, &token, &hash(&secret)).await?;
        let detail = json!({ "token": token.id, "scopes": scopes });
        let entry = AuditAction::ApiTokenCreated.about(token.user_id, detail);
        self.audit.record(&txn, operation, entry).await?;
        // A replay must not give the secret out again, so it is kept without it.
        let kept = idempotency::keep(&txn, operation, ApiTokenView::of(&token)).await?;
        txn.commit().await?;
        Ok(kept.map(|view| view.with_secret(secret)))
    }

    pub(crate) async fn list_api_tokens(&self, user: UserId) -> Result<Vec<ApiTokenView>, Error> {
        let tokens = api_tokens::list_of(self.database.read(), user).await?;
        Ok(tokens.iter().map(ApiTokenView::of).collect())
    }

    pub(crate) async fn delete_api_token(
        &self,
        operation: &Operation,
        user: UserId,
        id: ApiTokenId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let deleted = api_tokens::delete(&txn, user, id).await?;
        let deleted = deleted.ok_or(Error::NoApiToken)?;
        let entry = AuditAction::ApiTokenDeleted.about(user, json!({ "token": deleted.id }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.forget(&[deleted.id.uuid().into()]);
        Ok(())
    }

    pub(crate) async fn count_api_tokens(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<u64, Error> {
        api_tokens::count_of(txn, user).await
    }

    /// Takes all API tokens of a user away; returns how many there were.
    pub(crate) async fn delete_api_tokens(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<u64, Error> {
        api_tokens::delete_of(txn, user).await
    }

    /// An access token of the API token's scopes, for a minute.
    pub(crate) async fn exchange_api_token(
        &self,
        secret: &SecretString,
    ) -> Result<Option<String>, Error> {
        let now = self.env.now();
        let db = self.database.read();
        let found = api_tokens::find_open(db, &hash(secret.expose_secret()), now).await?;
        let Some(token) = found else {
            return Ok(None);
        };
        let account = users::find(db, token.user_id).await?;
        let Ok(account) = self.may_issue(Way::ApiToken, account) else {
            return Ok(None);
        };
        // A role that wants a second factor wants it of the tokens that carry the role, too.
        if self.authenticators.owes_second_factor(&account)
            && !authenticators::is_confirmed(db, account.id).await?
        {
            return Ok(None);
        }
        if is_due(token.last_used_at, now) {
            let txn = self.database.begin().await?;
            api_tokens::touch(&txn, token.id, now).await?;
            txn.commit().await?;
        }
        let sid = token.id.uuid().into();
        let lifetime = EXCHANGED.min(self.policy.lifetime);
        self.access_token(&account, sid, &token.scopes, lifetime)
            .map(Some)
    }
}

fn is_due(last_used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_used_at.is_none_or(|last| last + USE_STEP <= now)
}
