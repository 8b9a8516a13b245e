//! Answers that many readers get alike, kept as ready bytes.
//!
//! An answer holds until this process commits anything to the module's database, and a second at
//! most: by then another instance may have committed, or an author may have a new name.

use actix_web::body::MessageBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use database::Database;
use kernel::{Ambient, UserId};
use moka::sync::Cache;

const LIFETIME: TimeDelta = TimeDelta::seconds(1);
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
        Self {
            answers,
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
        let kept = self.find(address, now);
        if let Some(answer) = kept.or_else(|| self.find(&own(), now)) {
            return Ok(answer.response());
        }
        let (response, readers) = make().await?;
        let key = match readers {
            Readers::Everybody => address.to_owned(),
            Readers::Asker => own(),
            Readers::Nobody => return Ok(response),
        };
        Ok(self.keep(key, now, response))
    }

    fn find(&self, key: &str, now: State) -> Option<Answer> {
        let answer = self.answers.get(key)?;
        answer.state.holds(now).then_some(answer)
    }

    fn keep(&self, key: String, state: State, response: HttpResponse) -> HttpResponse {
        let (head, body) = response.into_parts();
        let body = match body.try_into_bytes() {
            Ok(body) => body,
            Err(stream) => return head.set_body(stream),
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
        answer.response()
    }
}

impl Answer {
    fn response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok().body(self.body);
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}
