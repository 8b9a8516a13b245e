//! Ready answers that processes share, sealed together with their name and time, so that what others
//! write there is not believed, nor what was there long ago.

use std::time::Duration;

use actix_web::web::Bytes;
use async_trait::async_trait;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use chrono::{DateTime, Utc};
use rest::SharedAnswers;

use super::Cache;

/// How long an answer is kept.
const LIFETIME: Duration = Duration::from_secs(1);
/// What is larger is made by each process.
const MOST_BYTES: usize = 256 * 1024;
const TAG_BYTES: usize = 32;

/// The answers in the cache of an installation.
pub(crate) struct Answers {
    cache: Cache,
    key: hmac::Key,
}

impl Answers {
    /// The answers of those who have the same `secret`.
    pub(crate) fn new(cache: Cache, secret: &[u8]) -> Self {
        Self {
            cache,
            key: hmac::Key::new(HMAC_SHA256, secret),
        }
    }
}

#[async_trait]
impl SharedAnswers for Answers {
    async fn find(&self, name: &str) -> Option<(Bytes, DateTime<Utc>)> {
        let sealed = Bytes::from(self.cache.find(name).await?);
        let (tag, rest) = sealed.split_at_checked(TAG_BYTES)?;
        hmac::verify(&self.key, &tagged(name, rest), tag).ok()?;
        let (moment, answer) = rest.split_first_chunk()?;
        let read_at = DateTime::from_timestamp_millis(i64::from_be_bytes(*moment))?;
        Some((sealed.slice_ref(answer), read_at))
    }

    async fn keep(&self, name: &str, answer: Bytes, read_at: DateTime<Utc>) {
        if answer.len() > MOST_BYTES {
            return;
        }
        let moment = read_at.timestamp_millis().to_be_bytes();
        let timed = [moment.as_slice(), &answer].concat();
        let tag = hmac::sign(&self.key, &tagged(name, &timed));
        let sealed = [tag.as_ref(), &timed].concat();
        let _ = self.cache.keep_for(name, &sealed, LIFETIME).await;
    }
}

fn tagged(name: &str, timed: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\0", timed].concat()
}
