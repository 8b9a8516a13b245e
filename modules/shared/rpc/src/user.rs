//! [`UserApi`] from one process to another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::user::{ContactView, Letter, PersonView, UserApi, VerifyingKey};
use kernel::{Failure, ProofId, SessionId, UserId};
use moka::sync::Cache;
use tonic::{Request, Response, Status};

use crate::channel::{Instances, LARGEST, Peer};
use crate::fault::{parsed, refused, to_failure, to_status};
use crate::proto;
use crate::proto::user_client::UserClient;
use crate::proto::user_server::{User, UserServer};

const MODULE: &str = "user";

/// Every request asks for the keys and for its session. What the module has answered is used this
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
    sessions: Cache<(UserId, SessionId, i64), bool>,
}

impl RemoteUser {
    /// Asks the module at `peers`, which are its instances.
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
    async fn people(&self, ids: &[UserId]) -> Result<Vec<PersonView>, Failure> {
        let ids = ids.iter().map(ToString::to_string).collect();
        let asked = self.instances.ask(
            proto::PeopleRequest { ids },
            |mut client, request| async move { client.people(request).await },
        );
        let people = asked.await.map_err(lost)?.people.into_iter().map(|person| {
            Ok(PersonView {
                id: parsed(MODULE, &person.id)?,
                username: person.username,
                display_name: person.display_name,
                active: person.active,
                teaches: person.teaches,
            })
        });
        people.collect()
    }

    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure> {
        let message = proto::ContactRequest { id: id.to_string() };
        let asked = self
            .instances
            .ask(message, |mut client, request| async move {
                client.contact(request).await
            });
        let contact = asked.await.map_err(lost)?.contact.map(|contact| {
            Ok(ContactView {
                id: parsed(MODULE, &contact.id)?,
                display_name: contact.display_name,
                email: contact.email,
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
        let asked = self
            .instances
            .ask(message, |mut client, request| async move {
                client.verifying_keys(request).await
            });
        let keys = asked.await.map_err(lost)?.keys.into_iter();
        let keys = keys.map(|key| VerifyingKey {
            key_id: key.key_id,
            x: key.x,
        });
        let keys: Vec<VerifyingKey> = keys.collect();
        self.keys.insert((), keys.clone());
        Ok(keys)
    }

    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<bool, Failure> {
        let asked = (user, session, issued_at);
        if let Some(known) = self.sessions.get(&asked) {
            return Ok(known);
        }
        let message = proto::SessionOpenRequest {
            user: user.to_string(),
            session: session.to_string(),
            issued_at,
        };
        let reply = self
            .instances
            .ask(message, |mut client, request| async move {
                client.session_open(request).await
            });
        let open = reply.await.map_err(lost)?.open;
        self.sessions.insert(asked, open);
        Ok(open)
    }

    async fn letter(&self, proof: ProofId) -> Result<Option<Letter>, Failure> {
        let proof = proof.to_string();
        let asked = self.instances.ask(
            proto::LetterRequest { proof },
            |mut client, request| async move { client.letter(request).await },
        );
        let letter = asked.await.map_err(lost)?.letter.map(|letter| {
            Ok(Letter {
                email: letter.email,
                display_name: letter.display_name,
                locale: letter.locale,
                time_zone: letter.time_zone,
                url: letter.url,
                expires_at: parsed::<DateTime<Utc>>(MODULE, &letter.expires_at)?,
            })
        });
        letter.transpose()
    }

    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure> {
        let api_token = api_token.to_owned();
        let message = proto::ExchangeRequest { api_token };
        let asked = self
            .instances
            .ask(message, |mut client, request| async move {
                client.exchange(request).await
            });
        Ok(asked.await.map_err(lost)?.access_token)
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
    async fn people(
        &self,
        request: Request<proto::PeopleRequest>,
    ) -> Result<Response<proto::PeopleReply>, Status> {
        let ids = request.into_inner().ids;
        let ids: Result<Vec<UserId>, _> = ids.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|_| refused("ids"))?;
        let people = self.0.people(&ids).await.map_err(failed)?.into_iter();
        let people = people.map(|person| proto::Person {
            id: person.id.to_string(),
            username: person.username,
            display_name: person.display_name,
            active: person.active,
            teaches: person.teaches,
        });
        Ok(Response::new(proto::PeopleReply {
            people: people.collect(),
        }))
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

    async fn session_open(
        &self,
        request: Request<proto::SessionOpenRequest>,
    ) -> Result<Response<proto::SessionOpenReply>, Status> {
        let asked = request.into_inner();
        let user = asked.user.parse().map_err(|_| refused("user"))?;
        let session = asked.session.parse().map_err(|_| refused("session"))?;
        let open = self.0.session_open(user, session, asked.issued_at).await;
        Ok(Response::new(proto::SessionOpenReply {
            open: open.map_err(failed)?,
        }))
    }

    async fn letter(
        &self,
        request: Request<proto::LetterRequest>,
    ) -> Result<Response<proto::LetterReply>, Status> {
        let proof = request.into_inner().proof.parse();
        let proof = proof.map_err(|_| refused("proof"))?;
        let letter = self.0.letter(proof).await.map_err(failed)?;
        let letter = letter.map(|letter| proto::Letter {
            email: letter.email,
            display_name: letter.display_name,
            locale: letter.locale,
            time_zone: letter.time_zone,
            url: letter.url,
            expires_at: letter.expires_at.to_rfc3339(),
        });
        Ok(Response::new(proto::LetterReply { letter }))
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
