//! Answers that many readers get alike, kept as ready bytes.
//!
//! An answer holds until this process commits anything to the module's database, and a second at
//! most: by then another instance may have committed, or an author may have a new name.
//! Processes hand each other what everybody gets, but take nothing for a while after a commit of
//! their own, because it may have been made before.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use kernel::{Ambient, UserId};
use moka::sync::Cache;
use rest::SharedAnswers;

const LIFETIME: TimeDelta = TimeDelta::seconds(1);
/// How long after a commit of its own a process takes no answer of others.
const OWN_COMMIT: TimeDelta = TimeDelta::seconds(2);
/// Clocks that are kept in step differ by less.
const SKEW: TimeDelta = TimeDelta::milliseconds(100);
const CAPACITY_BYTES: u64 = 4 * 1024 * 1024;
/// What an answer weighs beside its body: its address, its headers and the books of the cache.
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
    changed: Arc<Mutex<State>>,
    database: Database,
    ambient: Ambient,
}

#[derive(Clone)]
struct Answer {
    state: State,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// What an answer was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    generation: u64,
    read_at: DateTime<Utc>,
}

impl State {
    fn holds(self, now: Self) -> bool {
        let age = now.read_at - self.read_at;
        self.generation == now.generation && TimeDelta::zero() <= age && age < LIFETIME
    }
}

impl Ready {
    pub(crate) fn new(database: Database, ambient: Ambient) -> Self {
        let answers = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_: &String, answer: &Answer| {
                u32::try_from(answer.body.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
            })
            .build();
        let flights = Cache::builder()
            .max_capacity(10_000)
            .time_to_idle(Duration::from_secs(60))
            .build();
        let changed = Arc::new(Mutex::new(State {
            generation: database.generation(),
            read_at: ambient.now(),
        }));
        let unshared = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(Duration::from_secs(60))
            .build();
        Self {
            answers,
            flights,
            unshared,
            changed,
            database,
            ambient,
        }
    }

    /// The kept answer to this very address, or the one that `make` makes. Who asks was let in
    /// before; `make` checks all else, and its failures are not kept.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) async fn serve(
        &self,
        req: &HttpRequest,
        asker: Option<UserId>,
        make: impl AsyncFnOnce() -> Result<(HttpResponse, Readers), rest::Error>,
    ) -> Result<HttpResponse, rest::Error> {
        let address = req.uri().path_and_query().map_or("", |part| part.as_str());
        let own = || match asker {
            Some(asker) => format!("{asker} {address}"),
            None => format!("nobody {address}"),
        };
        // Taken before anything is read, so that a commit in between makes the answer stale.
        let now = State {
            generation: self.database.generation(),
            read_at: self.ambient.now(),
        };
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
            && let Some(answer) = Answer::read(&bytes, now, read_at)
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
        let answer = match self.keep(key, now, response) {
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
    fn has_changed_lately(&self, now: State) -> bool {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.generation != now.generation {
            *changed = now;
        }
        now.read_at - changed.read_at < OWN_COMMIT
    }

    fn find(&self, key: &str, now: State) -> Option<Answer> {
        let answer = self.answers.get(key)?;
        answer.state.holds(now).then_some(answer)
    }

    /// What was kept; a stream is no answer that could be, and comes back.
    fn keep(
        &self,
        key: String,
        state: State,
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
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body,
        };
        self.answers.insert(key, answer.clone());
        Ok(answer)
    }
}

impl Answer {
    /// A line for each header, an empty one, and the body.
    fn written(&self) -> Bytes {
        let mut bytes = Vec::new();
        for (name, value) in &self.headers {
            let line = [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"];
            bytes.extend_from_slice(&line.concat());
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes.into()
    }

    /// What [`Answer::written`] wrote, unless it is too old.
    fn read(bytes: &Bytes, now: State, read_at: DateTime<Utc>) -> Option<Self> {
        let age = now.read_at - read_at;
        if age < -SKEW || age >= LIFETIME {
            return None;
        }
        let mut headers = Vec::new();
        let mut rest = bytes.clone();
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = rest.split_to(end);
            let _ = rest.split_to(1);
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(&line[colon + 1..]).ok()?;
            headers.push((name, value));
        }
        let state = State {
            read_at: read_at.min(now.read_at),
            ..now
        };
        Some(Self {
            state,
            headers,
            body: rest,
        })
    }

    fn response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok().body(self.body);
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}
