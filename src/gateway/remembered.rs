//! The last good answers of the catalogue, for when its service is away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, web};
use moka::sync::Cache;

/// How much memory the answers take, about.
const BYTES: u64 = 32 * 1024 * 1024;
const LIFETIME: Duration = Duration::from_secs(600);
/// RFC 7234, section 5.5.1.
const STALE: &str = "110 - \"Response is Stale\"";

/// Answers that anybody may get, by the requested URL.
#[derive(Debug, Clone)]
pub(super) struct Remembered(Cache<String, Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: web::Bytes,
    since: Instant,
}

impl Kept {
    /// Its bytes, with those of its URL; the fields around them take about as much as a short answer.
    fn size(&self, target: &str) -> u32 {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.as_str().len() + value.len());
        let content = target.len() + self.body.len() + headers.sum::<usize>();
        u32::try_from(content + 1024).unwrap_or(u32::MAX)
    }
}

impl Default for Remembered {
    fn default() -> Self {
        let answers = Cache::builder()
            .max_capacity(BYTES)
            .weigher(|target: &String, kept: &Arc<Kept>| kept.size(target))
            .time_to_live(LIFETIME)
            .build();
        Self(answers)
    }
}

impl Remembered {
    /// Keeps a good answer.
    pub(super) fn keep(
        &self,
        target: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: web::Bytes,
    ) {
        let kept = Kept {
            headers,
            body,
            since: Instant::now(),
        };
        self.0.insert(target.to_owned(), Arc::new(kept));
    }

    /// Forgets what is not shown any more.
    pub(super) fn forget(&self, target: &str) {
        self.0.invalidate(target);
    }

    /// The kept answer, marked as stale.
    pub(super) fn stale(&self, target: &str) -> Option<HttpResponse> {
        let kept = self.0.get(target)?;
        let mut builder = HttpResponse::Ok();
        for header in &kept.headers {
            builder.append_header(header.clone());
        }
        let age = kept.since.elapsed().as_secs();
        builder.insert_header((header::WARNING, STALE));
        builder.insert_header((header::AGE, age));
        Some(builder.body(kept.body.clone()))
    }
}

/// Whether everybody may get this answer.
pub(super) fn is_for_everybody(status: StatusCode, headers: &[(HeaderName, HeaderValue)]) -> bool {
    let mut caching = headers
        .iter()
        .filter(|(name, _)| name == header::CACHE_CONTROL);
    let public = caching.any(|(_, value)| {
        let directives = value.to_str().unwrap_or_default().split(',');
        directives.map(str::trim).any(|one| one == "public")
    });
    status == StatusCode::OK && public
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_answers_take_no_more_memory_than_small_ones() {
        let remembered = Remembered::default();
        let body = web::Bytes::from(vec![b'x'; 1024 * 1024]);
        for number in 0..200 {
            let target = format!("/api/v1/courses?page[size]={number}");
            remembered.keep(&target, Vec::new(), body.clone());
        }
        remembered.0.run_pending_tasks();
        let kept = remembered.0.weighted_size();
        assert!(kept <= BYTES, "{kept}");
        assert!(kept > BYTES / 2, "{kept}");
    }
}
