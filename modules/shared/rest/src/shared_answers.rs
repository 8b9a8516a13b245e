//! The place where the processes of an installation keep ready answers for each other.

use std::time::Duration;

use actix_web::web::Bytes;
use async_trait::async_trait;

/// A port to that place, which is never the truth: it may lose anything at any time, and whoever
/// asks it can make the answer.
#[async_trait]
pub trait SharedAnswers: Send + Sync {
    /// What one of the processes has kept under `name` within the last second, and how long ago;
    /// nothing when there is none, it was not kept by one of them, or it does not come soon.
    async fn find(&self, name: &str) -> Option<(Bytes, Duration)>;

    /// Keeps an answer for a second; that it worked is not told.
    async fn keep(&self, name: &str, answer: Bytes);
}
