//! The way to another process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Response, Status};
use tower::service_fn;

use crate::tls::Tls;
use crate::trace;

/// How long a module may take to answer another one.
const DEADLINE: Duration = Duration::from_secs(2);
/// The largest message, either way: 4 MiB.
pub(crate) const LARGEST: usize = 4 * 1024 * 1024;

/// Another process that answers for a module. It connects when it is first asked, and again
/// whenever the connection is gone.
#[derive(Debug, Clone)]
pub struct Peer(pub(crate) Channel);

/// An address where nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no address of another process; write {1}://host:port")]
pub struct AddressError(String, &'static str);

impl Peer {
    /// The process at `address`: `https://host:port` with certificates, whose own must be for that
    /// host (RFC 9525), and `http://host:port` without.
    ///
    /// # Errors
    /// When `address` is no such address.
    pub fn at(address: &str, tls: Option<Tls>) -> Result<Self, AddressError> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let wrong = || AddressError(address.to_owned(), scheme);
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let host = uri.host().map(|host| host.trim_matches(['[', ']']));
        let (Some(host), true) = (host, uri.scheme_str() == Some(scheme)) else {
            return Err(wrong());
        };
        let Some(tls) = tls else {
            return Ok(Self(endpoint(uri).connect_lazy()));
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| wrong())?;
        let port = uri.port_u16().unwrap_or(443);
        let host = host.to_owned();
        // To tonic the connection is a plain one: its own TLS knows one certificate for ever.
        let plain = address.replacen("https", "http", 1);
        let plain: Uri = plain.parse().map_err(|_| wrong())?;
        let endpoint = endpoint(plain).origin(uri);
        let connect = service_fn(move |_| connect(host.clone(), port, name.clone(), tls.clone()));
        Ok(Self(endpoint.connect_with_connector_lazy(connect)))
    }
}

fn endpoint(uri: Uri) -> Endpoint {
    Endpoint::from(uri)
        .connect_timeout(DEADLINE)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true)
}

async fn connect(
    host: String,
    port: u16,
    name: ServerName<'static>,
    tls: Tls,
) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
    let connector = TlsConnector::from(tls.current().await.client);
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let stream = connector.connect(name, stream).await?;
    Ok(TokioIo::new(stream))
}

/// The ways to all instances of one module. The one that has answered last is asked first.
#[derive(Debug, Clone)]
pub(crate) struct Instances<C> {
    clients: Vec<C>,
    first: Arc<AtomicUsize>,
}

impl<C: Clone> Instances<C> {
    pub(crate) fn new(peers: Vec<Peer>, client: impl Fn(Channel) -> C) -> Self {
        Self {
            clients: peers.into_iter().map(|peer| client(peer.0)).collect(),
            first: Arc::default(),
        }
    }

    /// Asks, and asks the next instance once when no answer came: a question changes nothing, so
    /// it may be asked again. Its receiver gives it up when nobody waits any more.
    pub(crate) async fn ask<M: Clone, A, F>(
        &self,
        message: M,
        question: impl Fn(C, Request<M>) -> F,
    ) -> Result<A, Status>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let count = self.clients.len().max(1);
        let mut place = self.first.load(Ordering::Relaxed) % count;
        let mut again = true;
        loop {
            let client = self.clients.get(place).cloned();
            let client = client.ok_or_else(|| Status::unavailable("no instance is known"))?;
            let mut request = Request::new(message.clone());
            request.set_timeout(DEADLINE);
            trace::carry(request.metadata_mut());
            match question(client, request).await {
                Err(status) if again && is_lost(&status) => {
                    again = false;
                    place = (place + 1) % count;
                    self.first.store(place, Ordering::Relaxed);
                }
                settled => return settled.map(Response::into_inner),
            }
        }
    }
}

/// Whether a connection ended before the answer came: no module has said anything.
fn is_lost(status: &Status) -> bool {
    let lost = [
        Code::Unavailable,
        Code::Unknown,
        Code::Internal,
        Code::Cancelled,
    ];
    status.details().is_empty() && lost.contains(&status.code())
}
