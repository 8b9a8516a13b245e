//! Ready answers that processes share, sealed so that what others write there is not believed.

use std::time::Duration;

use actix_web::web::Bytes;
use async_trait::async_trait;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
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
    async fn find(&self, name: &str) -> Option<(Bytes, Duration)> {
        let (sealed, left) = self.cache.find(name).await?;
        let sealed = Bytes::from(sealed);
        let age = LIFETIME.checked_sub(left)?;
        let tag = sealed.get(..TAG_BYTES)?;
        let answer = sealed.slice(TAG_BYTES..);
        hmac::verify(&self.key, &tagged(name, &answer), tag).ok()?;
        Some((answer, age))
    }

    async fn keep(&self, name: &str, answer: Bytes) {
        if answer.len() > MOST_BYTES {
            return;
        }
        let tag = hmac::sign(&self.key, &tagged(name, &answer));
        let sealed = [tag.as_ref(), &answer].concat();
        let _ = self.cache.keep_for(name, &sealed, LIFETIME).await;
    }
}

fn tagged(name: &str, answer: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\0", answer].concat()
}
