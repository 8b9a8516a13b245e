//! The way to another process.

use std::time::Duration;

use tonic::Request;
use tonic::transport::{Channel, Endpoint, Error};

/// How long a module may take to answer another one.
const DEADLINE: Duration = Duration::from_secs(2);
/// The largest message, either way: 4 MiB.
pub(crate) const LARGEST: usize = 4 * 1024 * 1024;

/// Another process that answers for a module. It connects when it is first asked, and again
/// whenever the connection is gone.
#[derive(Debug, Clone)]
pub struct Peer(pub(crate) Channel);

impl Peer {
    /// The process at `address`, `http://host:port`.
    ///
    /// # Errors
    /// When `address` is no such address.
    pub fn at(address: String) -> Result<Self, Error> {
        let endpoint = Endpoint::from_shared(address)?
            .connect_timeout(DEADLINE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(5))
            .keep_alive_while_idle(true);
        Ok(Self(endpoint.connect_lazy()))
    }
}

/// A question that its receiver gives up when nobody waits any more.
pub(crate) fn ask<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}
