//! What the other modules and the edge ask, answered by the same code.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::user::{ContactView, Letter, PersonView, UserApi, VerifyingKey};
use kernel::{Failure, ProofId, Role, SessionId, UserId};
use moka::sync::Cache;

use super::Service;
use crate::Error;
use crate::store;

/// Whether a session is open, since when its person's rights are as they are.
#[derive(Debug, Clone)]
pub(crate) struct Standing(Option<(UserId, DateTime<Utc>)>);

/// What was asked is remembered for less than the second within which a change must count.
pub(crate) fn standings() -> Cache<SessionId, Standing> {
    Cache::builder()
        .max_capacity(100_000)
        .time_to_live(Duration::from_millis(500))
        .build()
}

#[async_trait]
impl UserApi for Service {
    async fn people(&self, ids: &[UserId]) -> Result<Vec<PersonView>, Failure> {
        let people = store::people::find_many(self.database.read(), ids).await;
        let people = people.map_err(|error| Failure::of(&Error::from(error)))?;
        let people = people
            .into_iter()
            .filter(|person| person.erased_at.is_none());
        let views = people.map(|person| PersonView {
            teaches: person.roles.has(Role::Instructor) || person.roles.has(Role::Admin),
            active: !person.disabled && person.frozen_at.is_none(),
            id: person.id,
            username: person.username,
            display_name: person.display_name,
        });
        Ok(views.collect())
    }

    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure> {
        let person = store::people::find(self.database.read(), id).await;
        let person = person.map_err(|error| Failure::of(&Error::from(error)))?;
        let person = person.filter(|person| person.erased_at.is_none());
        Ok(person.map(|person| ContactView {
            id: person.id,
            display_name: person.display_name,
            email: person.email,
            locale: person.locale,
            time_zone: person.time_zone,
        }))
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(self.keys.verifying())
    }

    async fn session_open(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<bool, Failure> {
        let standing = match self.standings.get(&session) {
            Some(standing) => standing,
            None => {
                let now = self.ambient.now();
                let found = store::sessions::standing(self.database.read(), session, now).await;
                let standing = Standing(found.map_err(|error| Failure::of(&Error::from(error)))?);
                self.standings.insert(session, standing.clone());
                standing
            }
        };
        Ok(standing
            .0
            .is_some_and(|(owner, since)| owner == user && issued_at > since.timestamp()))
    }

    async fn letter(&self, proof: ProofId) -> Result<Option<Letter>, Failure> {
        let letter = self.letter_of(proof).await;
        letter.map_err(|error| Failure::of(&error))
    }

    async fn exchange(&self, api_token: &str) -> Result<Option<String>, Failure> {
        let exchanged = self.exchange_api_token(&api_token.to_owned().into()).await;
        exchanged.map_err(|error| Failure::of(&error))
    }
}
