//! [`UserApi`] from one process to another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::user::{ContactView, EmailContent, UserApi, UserView, VerifyingKey};
use kernel::{Failure, OneTimeTokenId, Roles, SessionId, UserId};
use moka::sync::Cache;
use tonic::{Request, Response, Status};

use crate::channel::{Instances, LARGEST, Peer};
use crate::fault::{parsed, refused, to_failure, to_status};
use crate::proto;
use crate::proto::user_client::UserClient;
use crate::proto::user_server::{User, UserServer};

const MODULE: &str = "user";

/// Every request needs the keys and its session. What the module has answered is used this
/// much longer, so that with its own half of a second a change still counts within one.
const SESSION: Duration = Duration::from_millis(400);
/// A key is published ten minutes before it signs, but for an emergency.
const KEYS: Duration = Duration::from_secs(1);
const MOST_SESSIONS: u64 = 100_000;

/// The user module of another process.
#[derive(Clone)]
pub struct RemoteUser {
    instances: Instances<UserClient<tonic::transport::Channel>>,
    keys: Cache<(), Vec<VerifyingKey>>,
    sessions: Cache<(UserId, SessionId, i64), Option<Roles>>,
}

impl RemoteUser {
    /// Calls the module at `peers`, which are its instances.
    pub fn new(peers: Vec<Peer>) -> Self {
        let client = |channel| UserClient::new(channel).max_decoding_message_size(LARGEST);
        Self {
            instances: Instances::new(peers, client),
            keys: Cache::builder().max_capacity(1).time_to_live(KEYS).build(),
            sessions: Cache::builder()
                .max_capacity(MOST_SESSIONS)
                .time_to_live(SESSION)
                .build(),
        }
    }
}

fn lost(status: Status) -> Failure {
    to_failure(MODULE, &status)
}

#[async_trait]
impl UserApi for RemoteUser {
    async fn find_users(&self, ids: &[UserId]) -> Result<Vec<UserView>, Failure> {
        let ids = ids.iter().map(ToString::to_string).collect();
        let reply = self.instances.call(
            proto::FindUsersRequest { ids },
            |mut client, request| async move { client.find_users(request).await },
        );
        let users = reply.await.map_err(lost)?.users.into_iter().map(|user| {
            Ok(UserView {
                id: parsed(MODULE, &user.id)?,
                username: user.username,
                display_name: user.display_name,
                active: user.active,
                teaches: user.teaches,
                administers: user.administers,
            })
        });
        users.collect()
    }

    async fn identify(&self, names: &[String]) -> Result<Vec<Option<UserId>>, Failure> {
        let names = names.to_vec();
        let reply = self.instances.call(
            proto::IdentifyRequest { names },
            |mut client, request| async move { client.identify(request).await },
        );
        let ids = reply.await.map_err(lost)?.ids.into_iter();
        let ids = ids.map(|id| match id.is_empty() {
            true => Ok(None),
            false => parsed(MODULE, &id).map(Some),
        });
        ids.collect()
    }

    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure> {
        let message = proto::ContactRequest { id: id.to_string() };
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.contact(request).await
            });
        let contact = reply.await.map_err(lost)?.contact.map(|contact| {
            Ok(ContactView {
                id: parsed(MODULE, &contact.id)?,
                display_name: contact.display_name,
                email: contact.email,
                email_verified: contact.email_verified,
                locale: contact.locale,
                time_zone: contact.time_zone,
            })
        });
        contact.transpose()
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        if let Some(known) = self.keys.get(&()) {
            return Ok(known);
        }
        let message = proto::VerifyingKeysRequest {};
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.verifying_keys(request).await
            });
        let keys = reply.await.map_err(lost)?.keys.into_iter();
        let keys = keys.map(|key| VerifyingKey {
            key_id: key.key_id,
            x: key.x,
        });
        let keys: Vec<VerifyingKey> = keys.collect();
        self.keys.insert((), keys.clone());
        Ok(keys)
    }

    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        let message = proto::CredentialKeysRequest {};
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.credential_keys(request).await
            });
        let keys = reply.await.map_err(lost)?.keys.into_iter();
        let keys = keys.map(|key| VerifyingKey {
            key_id: key.key_id,
            x: key.x,
        });
        Ok(keys.collect())
    }

    async fn sign_credential(&self, claims: &str) -> Result<String, Failure> {
        let claims = claims.to_owned();
        let message = proto::SignCredentialRequest { claims };
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.sign_credential(request).await
            });
        Ok(reply.await.map_err(lost)?.credential)
    }

    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<Option<Roles>, Failure> {
        let key = (user, session, issued_at);
        if let Some(known) = self.sessions.get(&key) {
            return Ok(known);
        }
        let message = proto::SessionOpenRequest {
            user: user.to_string(),
            session: session.to_string(),
            issued_at,
        };
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.session_open(request).await
            });
        let reply = reply.await.map_err(lost)?;
        let roles = reply
            .open
            .then(|| Roles::from_words(&reply.roles.join(" ")));
        self.sessions.insert(key, roles.clone());
        Ok(roles)
    }

    async fn email_content(&self, token: OneTimeTokenId) -> Result<Option<EmailContent>, Failure> {
        let token_id = token.to_string();
        let reply = self.instances.call(
            proto::EmailContentRequest { token_id },
            |mut client, request| async move { client.email_content(request).await },
        );
        let content = reply.await.map_err(lost)?.content.map(|content| {
            Ok(EmailContent {
                email: content.email,
                display_name: content.display_name,
                locale: content.locale,
                time_zone: content.time_zone,
                url: content.url,
                expires_at: parsed::<DateTime<Utc>>(MODULE, &content.expires_at)?,
            })
        });
        content.transpose()
    }

    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure> {
        let api_token = api_token.to_owned();
        let message = proto::ExchangeRequest { api_token };
        let reply = self
            .instances
            .call(message, |mut client, request| async move {
                client.exchange(request).await
            });
        Ok(reply.await.map_err(lost)?.access_token)
    }
}

/// The user module of this process, for others.
pub(crate) fn server(api: Arc<dyn UserApi>) -> UserServer<Answering> {
    UserServer::new(Answering(api)).max_decoding_message_size(LARGEST)
}

pub(crate) struct Answering(Arc<dyn UserApi>);

fn failed(failure: Failure) -> Status {
    to_status(&failure)
}

#[async_trait]
impl User for Answering {
    async fn find_users(
        &self,
        request: Request<proto::FindUsersRequest>,
    ) -> Result<Response<proto::FindUsersReply>, Status> {
        let ids = request.into_inner().ids;
        let ids: Result<Vec<UserId>, _> = ids.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|_| refused("ids"))?;
        let users = self.0.find_users(&ids).await.map_err(failed)?.into_iter();
        let users = users.map(|user| proto::UserView {
            id: user.id.to_string(),
            username: user.username,
            display_name: user.display_name,
            active: user.active,
            teaches: user.teaches,
            administers: user.administers,
        });
        Ok(Response::new(proto::FindUsersReply {
            users: users.collect(),
        }))
    }

    async fn identify(
        &self,
        request: Request<proto::IdentifyRequest>,
    ) -> Result<Response<proto::IdentifyReply>, Status> {
        let names = request.into_inner().names;
        let found = self.0.identify(&names).await.map_err(failed)?.into_iter();
        let ids = found.map(|id| id.map_or_else(String::new, |id| id.to_string()));
        Ok(Response::new(proto::IdentifyReply { ids: ids.collect() }))
    }

    async fn contact(
        &self,
        request: Request<proto::ContactRequest>,
    ) -> Result<Response<proto::ContactReply>, Status> {
        let id = request.into_inner().id.parse();
        let id = id.map_err(|_| refused("id"))?;
        let contact = self.0.contact(id).await.map_err(failed)?;
        let contact = contact.map(|contact| proto::Contact {
            id: contact.id.to_string(),
            display_name: contact.display_name,
            email: contact.email,
            locale: contact.locale,
            time_zone: contact.time_zone,
            email_verified: contact.email_verified,
        });
        Ok(Response::new(proto::ContactReply { contact }))
    }

    async fn verifying_keys(
        &self,
        _request: Request<proto::VerifyingKeysRequest>,
    ) -> Result<Response<proto::VerifyingKeysReply>, Status> {
        let keys = self.0.verifying_keys().await.map_err(failed)?.into_iter();
        let keys = keys.map(|key| proto::VerifyingKey {
            key_id: key.key_id,
            x: key.x,
        });
        Ok(Response::new(proto::VerifyingKeysReply {
            keys: keys.collect(),
        }))
    }

    async fn credential_keys(
        &self,
        _request: Request<proto::CredentialKeysRequest>,
    ) -> Result<Response<proto::VerifyingKeysReply>, Status> {
        let keys = self.0.credential_keys().await.map_err(failed)?.into_iter();
        let keys = keys.map(|key| proto::VerifyingKey {
            key_id: key.key_id,
            x: key.x,
        });
        Ok(Response::new(proto::VerifyingKeysReply {
            keys: keys.collect(),
        }))
    }

    async fn sign_credential(
        &self,
        request: Request<proto::SignCredentialRequest>,
    ) -> Result<Response<proto::SignCredentialReply>, Status> {
        let signed = self.0.sign_credential(&request.into_inner().claims).await;
        Ok(Response::new(proto::SignCredentialReply {
            credential: signed.map_err(failed)?,
        }))
    }

    async fn session_open(
        &self,
        request: Request<proto::SessionOpenRequest>,
    ) -> Result<Response<proto::SessionOpenReply>, Status> {
        let request = request.into_inner();
        let user = request.user.parse().map_err(|_| refused("user"))?;
        let session = request.session.parse().map_err(|_| refused("session"))?;
        let roles = self.0.session_open(user, session, request.issued_at).await;
        let roles = roles.map_err(failed)?;
        let words = roles.iter().flat_map(Roles::iter);
        Ok(Response::new(proto::SessionOpenReply {
            roles: words.map(|role| role.into_str().to_owned()).collect(),
            open: roles.is_some(),
        }))
    }

    async fn email_content(
        &self,
        request: Request<proto::EmailContentRequest>,
    ) -> Result<Response<proto::EmailContentReply>, Status> {
        let token_id = request.into_inner().token_id.parse();
        let token_id = token_id.map_err(|_| refused("token_id"))?;
        let content = self.0.email_content(token_id).await.map_err(failed)?;
        let content = content.map(|content| proto::EmailContent {
            email: content.email,
            display_name: content.display_name,
            locale: content.locale,
            time_zone: content.time_zone,
            url: content.url,
            expires_at: content.expires_at.to_rfc3339(),
        });
        Ok(Response::new(proto::EmailContentReply { content }))
    }

    async fn exchange(
        &self,
        request: Request<proto::ExchangeRequest>,
    ) -> Result<Response<proto::ExchangeReply>, Status> {
        let exchanged = self.0.exchange(&request.into_inner().api_token).await;
        Ok(Response::new(proto::ExchangeReply {
            access_token: exchanged.map_err(failed)?,
        }))
    }
}
