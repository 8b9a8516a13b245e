//! One ready answer, what it was made of, and how processes hand it to each other.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use database::ContentState;
use serde::Serialize;

const SHARED: &str = "public, max-age=60, stale-while-revalidate=300";
/// How long an answer holds that another process has made.
const LIFETIME: TimeDelta = TimeDelta::seconds(1);
/// Clocks that are kept in step differ by less.
const SKEW: TimeDelta = TimeDelta::milliseconds(100);

/// An answer that caches may share. Who shows a token may get another one, hence `Vary`.
pub(crate) fn for_everybody(body: &impl Serialize, links: String) -> HttpResponse {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let etag = rest::fingerprint(&bytes);
    let mut builder = HttpResponse::Ok();
    builder
        .insert_header((header::CACHE_CONTROL, SHARED))
        .insert_header((header::VARY, "Authorization"))
        .insert_header((header::ETAG, format!("W/\"{etag}\"")))
        .content_type("application/json");
    if !links.is_empty() {
        builder.insert_header((header::LINK, links));
    }
    builder.body(bytes)
}

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) state: ContentState,
    pub(super) shows: Shows,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// What is in the database of the module alone.
    Content,
    /// Names of users as well, which change without a commit in this database.
    Names,
}

impl Answer {
    /// Whether it is still right: names for a second, all else as long as its content holds.
    pub(super) fn holds(&self, now: ContentState) -> bool {
        self.state.holds(now) && (self.shows == Shows::Content || self.state.is_recent(now))
    }

    /// A line for each header, an empty one, and the body.
    pub(super) fn written(&self) -> Bytes {
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
    pub(super) fn read(
        bytes: &Bytes,
        now: ContentState,
        read_at: DateTime<Utc>,
        shows: Shows,
    ) -> Option<Self> {
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
        let state = ContentState {
            read_at: read_at.min(now.read_at),
            ..now
        };
        Some(Self {
            state,
            shows,
            headers,
            body: rest,
        })
    }

    pub(super) fn response(self) -> HttpResponse {
        let mut response = HttpResponse::Ok().body(self.body);
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}
