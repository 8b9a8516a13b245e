//! Texts as HTML, made beside the request threads and once for all readers.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use moka::sync::Cache;
use rest::Lane;
use tokio::sync::Mutex;

use super::{AssetLinks, Texts, faults, to_html};
use crate::domain::none_of;
use crate::error::Error;

/// Longer than the dearest text within the bounds takes with a whole queue before it.
const DEADLINE: Duration = Duration::from_secs(10);
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;

type Digest = [u8; 32];

/// Checks and shows texts in Markdown. What was shown is kept by what the text says, so that a
/// version that never changes is made into HTML once, and anew by a release that cleans it better.
#[derive(Clone)]
pub(crate) struct Pages {
    lane: Lane,
    kept: Cache<Digest, Arc<str>>,
    /// Who makes a page, so that others wait for it instead of making it too.
    flights: Cache<Digest, Arc<Mutex<()>>>,
}

impl Pages {
    pub(crate) fn new() -> Self {
        let kept = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, html: &Arc<str>| u32::try_from(html.len()).unwrap_or(u32::MAX))
            .build();
        let flights = Cache::builder()
            .max_capacity(1000)
            .time_to_idle(Duration::from_secs(60))
            .build();
        Self {
            lane: Lane::beside_requests(DEADLINE),
            kept,
            flights,
        }
    }

    /// # Errors
    /// [`Error::Invalid`] with what is too deep or too large.
    pub(crate) async fn check(&self, texts: Texts) -> Result<(), Error> {
        if texts.is_empty() {
            return Ok(());
        }
        let faults = self.lane.run(move || faults(&texts)).await?;
        Ok(none_of(faults)?)
    }

    /// A text of the edition whose assets `links` are.
    pub(crate) async fn html(&self, text: String, links: AssetLinks) -> Result<Arc<str>, Error> {
        let mut context = Context::new(&SHA256);
        for part in links.key().into_iter().chain([text.as_bytes()]) {
            context.update(part);
            // No part has this byte before the last one.
            context.update(b"\n");
        }
        let mut key = Digest::default();
        key.copy_from_slice(context.finish().as_ref());
        if let Some(html) = self.kept.get(&key) {
            return Ok(html);
        }
        let flight = self.flights.get_with(key, Arc::default);
        let _alone = flight.lock().await;
        if let Some(html) = self.kept.get(&key) {
            return Ok(html);
        }
        let html: Arc<str> = self
            .lane
            .run(move || to_html(&text, Some(&links)))
            .await?
            .into();
        self.kept.insert(key, Arc::clone(&html));
        Ok(html)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{AssetLinks, Pages};

    fn links() -> AssetLinks {
        AssetLinks::of(Uuid::from_u128(1).into(), None, false)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_text_is_made_into_html_once_for_all_who_read_it_at_once() {
        let pages = Pages::new();
        let readers: Vec<_> = (0..200)
            .map(|_| {
                let pages = pages.clone();
                tokio::spawn(async move { pages.html("**a**".to_owned(), links()).await })
            })
            .collect();
        let mut shown = Vec::new();
        for reader in readers {
            shown.push(reader.await.expect("no panic").expect("a page"));
        }
        assert_eq!(&*shown[0], "<p><strong>a</strong></p>\n");
        assert!(
            shown
                .iter()
                .all(|html| std::sync::Arc::ptr_eq(html, &shown[0])),
            "it was made more than once"
        );
    }
}
