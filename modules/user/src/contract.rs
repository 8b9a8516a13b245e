//! The API for the other modules and the edge, implemented by the code that the rooms run themselves.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::user::{ContactView, EmailContent, UserApi, UserView, VerifyingKey};
use database::Database;
use kernel::{Failure, OneTimeTokenId, Role, Roles, SessionId, UserId};

use crate::error::Error;
use crate::signing_keys::{CredentialSigner, KeyRing};
use crate::{one_time_tokens, sessions, users};

pub(crate) struct Contract {
    database: Database,
    keys: KeyRing,
    signer: CredentialSigner,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
}

impl Contract {
    pub(crate) fn new(
        database: Database,
        keys: KeyRing,
        signer: CredentialSigner,
        tokens: Arc<one_time_tokens::Service>,
        sessions: Arc<sessions::Service>,
    ) -> Self {
        Self {
            database,
            keys,
            signer,
            tokens,
            sessions,
        }
    }
}

#[async_trait]
impl UserApi for Contract {
    async fn find_users(&self, ids: &[UserId]) -> Result<Vec<UserView>, Failure> {
        let users = users::find_many(self.database.read(), ids).await;
        let users = users.map_err(failure)?.into_iter();
        let users = users.filter(|account| account.erased_at.is_none());
        let views = users.map(|account| UserView {
            teaches: account.roles.has(Role::Instructor) || account.roles.has(Role::Admin),
            administers: account.roles.has(Role::Admin),
            active: account.is_active(),
            id: account.id,
            username: account.username,
            display_name: account.display_name,
        });
        Ok(views.collect())
    }

    async fn identify(&self, names: &[String]) -> Result<Vec<Option<UserId>>, Failure> {
        let found = users::identify(self.database.read(), names).await;
        found.map_err(failure)
    }

    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure> {
        let account = users::find(self.database.read(), id).await;
        let account = account.map_err(failure)?;
        let account = account.filter(|account| account.erased_at.is_none());
        Ok(account.map(|account| ContactView {
            id: account.id,
            display_name: account.display_name,
            email: account.email,
            email_verified: account.email_verified_at.is_some(),
            locale: account.locale,
            time_zone: account.time_zone,
        }))
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(self.keys.verifying())
    }

    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(self.signer.keys())
    }

    async fn sign_credential(&self, claims: &str) -> Result<String, Failure> {
        self.signer.sign(claims).map_err(failure)
    }

    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<Option<Roles>, Failure> {
        let roles = self.sessions.find_roles(user, session, issued_at).await;
        roles.map_err(failure)
    }

    async fn email_content(&self, token: OneTimeTokenId) -> Result<Option<EmailContent>, Failure> {
        self.tokens.email_content(token).await.map_err(failure)
    }

    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure> {
        let secret = api_token.to_owned().into();
        let exchanged = self.sessions.exchange_api_token(&secret).await;
        exchanged.map_err(failure)
    }
}

fn failure(error: Error) -> Failure {
    Failure::of(&error)
}
