//! Answers that many readers get alike, kept as ready bytes.
//!
//! An answer holds until this process commits content. Where it shows names, or other processes
//! commit too, it holds for a second at most.
//! Processes hand each other what everybody gets, but take nothing for a while after a commit of
//! their own, because it may have been made before.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;
use database::{ContentState, Database};
use kernel::{Env, UserId};
use moka::sync::Cache;
use rest::SharedAnswers;

use super::answer::{Answer, Shows};

/// How long after a commit of its own a process takes no answer of others.
const OWN_COMMIT: TimeDelta = TimeDelta::seconds(2);
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;
/// What the addresses may weigh of which something else is known.
const ADDRESSES_BYTES: u64 = 2 * 1024 * 1024;
/// What an answer weighs beside its address and body: its headers and the books of the cache.
const OVERHEAD_BYTES: usize = 1024;

/// Who may get the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Everybody who may ask at all.
    Everybody,
    /// Only who asked, because the answer holds cursors that are theirs.
    Asker,
    /// Nobody: it is made anew each time.
    Nobody,
}

impl Readers {
    /// A published version is open to everybody with an account; who may see a draft is asked
    /// each time.
    pub(crate) fn of_edition(version: Option<i64>) -> Self {
        version.map_or(Self::Nobody, |_| Self::Everybody)
    }
}

/// The answers that are kept.
#[derive(Clone)]
pub(crate) struct Ready {
    answers: Cache<String, Answer>,
    /// Who makes an answer just now, by asker and address.
    flights: Cache<String, Arc<tokio::sync::Mutex<()>>>,
    /// Addresses whose answers are not for everybody, as was seen.
    unshared: Cache<String, ()>,
    /// When the database was seen to have changed last.
    changed: Arc<Mutex<ContentState>>,
    database: Database,
    env: Env,
}

impl Ready {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        let answers = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|address: &String, answer: &Answer| {
                let bytes = address.len() + answer.body.len() + OVERHEAD_BYTES;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        let flights = Cache::builder()
            .max_capacity(ADDRESSES_BYTES)
            .weigher(|address: &String, _: &Arc<_>| weight_of(address))
            .time_to_idle(Duration::from_secs(60))
            .build();
        let changed = Arc::new(Mutex::new(database.content_state(env.now())));
        let unshared = Cache::builder()
            .max_capacity(ADDRESSES_BYTES)
            .weigher(|address: &String, ()| weight_of(address))
            .time_to_live(Duration::from_secs(60))
            .build();
        Self {
            answers,
            flights,
            unshared,
            changed,
            database,
            env,
        }
    }

    /// The kept answer to this very address, or the one that `make` makes. Who asks was let in
    /// before; `make` checks all else, and its failures are not kept. What one address shows depends on
    /// the `version` of the course that the caller gets.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) async fn serve(
        &self,
        req: &HttpRequest,
        asker: Option<UserId>,
        version: Option<i64>,
        shows: Shows,
        make: impl AsyncFnOnce() -> Result<(HttpResponse, Readers), rest::Error>,
    ) -> Result<HttpResponse, rest::Error> {
        let address = req.uri().path_and_query().map_or("", |part| part.as_str());
        let address = match version {
            Some(version) => &format!("{version} {address}"),
            None => address,
        };
        let own = || match asker {
            Some(asker) => format!("{asker} {address}"),
            None => format!("nobody {address}"),
        };
        // Taken before anything is read, so that a commit in between makes the answer stale.
        let now = self.database.content_state(self.env.now());
        let kept = || self.find(address, now).or_else(|| self.find(&own(), now));
        if let Some(answer) = kept() {
            return Ok(answer.response());
        }
        let flight = self.flights.get_with(own(), Arc::default);
        // One makes it and the others wait once for what they can have of it.
        let alone = flight.try_lock();
        if alone.is_err() {
            drop(flight.lock().await);
            if let Some(answer) = kept() {
                return Ok(answer.response());
            }
        }
        let others = req.app_data::<web::Data<dyn SharedAnswers>>();
        let others = others.filter(|_| !self.unshared.contains_key(address));
        let others = others.filter(|_| !self.has_changed_lately(now));
        let name = format!("{} {address}", env!("CARGO_PKG_VERSION"));
        if let Some(others) = others
            && let Some((bytes, read_at)) = others.find(&name).await
            && let Some(answer) = Answer::read(&bytes, now, read_at, shows)
        {
            self.answers.insert(address.to_owned(), answer.clone());
            return Ok(answer.response());
        }
        let (response, readers) = make().await?;
        if readers != Readers::Everybody {
            self.unshared.insert(address.to_owned(), ());
        }
        let key = match readers {
            Readers::Everybody => address.to_owned(),
            Readers::Asker => own(),
            Readers::Nobody => return Ok(response),
        };
        let answer = match self.keep(key, now, shows, response) {
            Ok(answer) => answer,
            Err(stream) => return Ok(*stream),
        };
        if let Some(others) = others.filter(|_| readers == Readers::Everybody) {
            let (others, bytes) = (others.clone(), answer.written());
            let read_at = now.read_at;
            actix_web::rt::spawn(async move { others.keep(&name, bytes, read_at).await });
        }
        Ok(answer.response())
    }

    /// Whether this process has committed within the last two seconds, as far as was looked.
    fn has_changed_lately(&self, now: ContentState) -> bool {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.generation != now.generation {
            *changed = now;
        }
        now.read_at - changed.read_at < OWN_COMMIT
    }

    fn find(&self, key: &str, now: ContentState) -> Option<Answer> {
        let answer = self.answers.get(key)?;
        answer.holds(now).then_some(answer)
    }

    /// What was kept; a stream is no answer that could be, and comes back.
    fn keep(
        &self,
        key: String,
        state: ContentState,
        shows: Shows,
        response: HttpResponse,
    ) -> Result<Answer, Box<HttpResponse>> {
        let (head, body) = response.into_parts();
        let body = match body.try_into_bytes() {
            Ok(body) => body,
            Err(stream) => return Err(Box::new(head.set_body(stream))),
        };
        let headers = head.headers().iter();
        let answer = Answer {
            state,
            shows,
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body,
        };
        self.answers.insert(key, answer.clone());
        Ok(answer)
    }
}

fn weight_of(address: &str) -> u32 {
    const BOOKS: usize = 128;
    u32::try_from(address.len() + BOOKS).unwrap_or(u32::MAX)
}
