//! Tokens for programs: named, scoped, expiring, shown once.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration as Span, Utc};
use database::idempotency;
use kernel::{ApiTokenId, ExposeSecret, Operation, Outcome, SecretString, UserId};
use rest::{API_TOKEN_PREFIX, Caller};
use serde_json::json;

use super::Service;
use super::admission::{self, Way};
use super::sealing::hash;
use crate::Error;
use crate::store;
use crate::store::api_tokens::ApiToken;
use crate::view::ApiTokenView;

const MOST_TOKENS: u64 = 50;
/// How long the access token counts that an API token is exchanged for.
const EXCHANGED: Duration = Duration::from_secs(60);
/// "Last used" is told this exactly, so that a busy program writes no row per request.
const USE_STEP: Span = Span::minutes(1);

/// What a person wants a token for.
pub(crate) struct NewApiToken {
    pub name: String,
    pub scopes: Vec<String>,
    pub days: i64,
}

impl Service {
    pub(crate) async fn create_api_token(
        &self,
        operation: &Operation,
        caller: &Caller,
        wanted: NewApiToken,
    ) -> Result<Outcome<ApiTokenView>, Error> {
        self.require_recent(caller).await?;
        let now = self.ambient.now();
        let mut scopes = wanted.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay::<ApiTokenView>(&*txn, now, operation).await? {
            return Ok(first);
        }
        self.owner_of(&txn, Some(caller.user_id)).await?;
        if store::api_tokens::count_of(&*txn, caller.user_id).await? >= MOST_TOKENS {
            return Err(Error::TooManyApiTokens);
        }
        let secret = BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        let secret = format!("{API_TOKEN_PREFIX}{secret}");
        let token = ApiToken {
            id: self.ambient.id(),
            user_id: caller.user_id,
            name: kernel::text::clean(&wanted.name),
            scopes: scopes.join(" "),
            created_at: now,
            expires_at: now + Span::days(wanted.days),
            last_used_at: None,
        };
        store::api_tokens::insert(&*txn, &token, &hash(&secret)).await?;
        let detail = json!({ "token": token.id, "scopes": scopes });
        self.audit(
            &txn,
            operation,
            "api_token.created",
            Some(token.user_id),
            detail,
        )
        .await?;
        // A replay must not give the secret out again, so it is kept without it.
        let kept = idempotency::keep(&*txn, operation, ApiTokenView::of(&token)).await?;
        txn.commit().await?;
        Ok(kept.map(|view| view.with_secret(secret)))
    }

    pub(crate) async fn api_tokens(&self, user: UserId) -> Result<Vec<ApiTokenView>, Error> {
        let tokens = store::api_tokens::list_of(self.database.read(), user).await?;
        Ok(tokens.iter().map(ApiTokenView::of).collect())
    }

    pub(crate) async fn delete_api_token(
        &self,
        operation: &Operation,
        user: UserId,
        id: ApiTokenId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let deleted = store::api_tokens::delete(&*txn, user, id).await?;
        let deleted = deleted.ok_or(Error::NoApiToken)?;
        let detail = json!({ "token": deleted.id });
        self.audit(&txn, operation, "api_token.deleted", Some(user), detail)
            .await?;
        txn.commit().await?;
        self.forget_standings(&[deleted.id.uuid().into()]);
        Ok(())
    }

    /// An access token of the API token's scopes, for a minute.
    pub(crate) async fn exchange_api_token(
        &self,
        secret: &SecretString,
    ) -> Result<Option<String>, Error> {
        let now = self.ambient.now();
        let db = self.database.read();
        let found = store::api_tokens::find_open(db, &hash(secret.expose_secret()), now).await?;
        let Some(token) = found else {
            return Ok(None);
        };
        let person = store::people::find(db, token.user_id).await?;
        let Ok(person) = admission::may_issue(Way::ApiToken, person, self.demands()) else {
            return Ok(None);
        };
        // A role that wants a second factor wants it of the tokens that carry the role, too.
        if self.owes_second_factor(&person) && !store::totp::is_confirmed(db, person.id).await? {
            return Ok(None);
        }
        if is_due(token.last_used_at, now) {
            store::api_tokens::touch(self.database.writer(), token.id, now).await?;
        }
        let sid = token.id.uuid().into();
        let lifetime = EXCHANGED.min(self.settings.token.lifetime);
        self.access_token(&person, sid, &token.scopes, lifetime)
            .map(Some)
    }
}

fn is_due(last_used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_used_at.is_none_or(|last| last + USE_STEP <= now)
}
