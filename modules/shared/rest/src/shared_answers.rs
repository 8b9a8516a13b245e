//! The place where the processes of an installation keep ready answers for each other.

use actix_web::web::Bytes;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A port to that place, which is never the truth: it may lose anything at any time, and whoever
/// asks it can make the answer.
#[async_trait]
pub trait SharedAnswers: Send + Sync {
    /// What one of the processes has kept under `name`, and when it had read what it is made of;
    /// nothing when there is none, it was not kept by one of them, or it does not come soon.
    async fn find(&self, name: &str) -> Option<(Bytes, DateTime<Utc>)>;

    /// Keeps an answer for a second that is made of what was read at `read_at`; that it worked is
    /// not told.
    async fn keep(&self, name: &str, answer: Bytes, read_at: DateTime<Utc>);
}
