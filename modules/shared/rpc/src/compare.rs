//! Polls the other processes, so that each is compared with this one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::channel::Peer;

/// How often the others are polled.
const PAUSE: Duration = Duration::from_secs(10);

/// Polls all `peers` until `stop`; their [`crate::Consistency`] notes what they answer.
pub async fn compare(peers: Vec<Peer>, stop: CancellationToken) {
    while !peers.is_empty() {
        for peer in &peers {
            if let Err(error) = peer.ping().await {
                tracing::debug!(error, "another process could not be compared with this one");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
    stop.cancelled().await;
}
