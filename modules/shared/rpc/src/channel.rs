//! The way to another process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::service_fn;

use crate::consistency::Consistency;
use crate::tls::Tls;
use crate::{fault, trace};

/// How long a module may take to answer another one.
const DEADLINE: Duration = Duration::from_secs(2);
/// The largest message, either way: 4 MiB.
pub(crate) const LARGEST: usize = 4 * 1024 * 1024;

/// Another process that answers for a module. It connects at the first call, and again
/// whenever the connection is gone.
#[derive(Debug, Clone)]
pub struct Peer {
    channel: Channel,
    watch: Watch,
}

/// Where a process is, and with whom it is compared.
#[derive(Debug, Clone)]
struct Watch {
    address: String,
    consistency: Option<Consistency>,
}

impl Watch {
    fn now(&self) -> Option<DateTime<Utc>> {
        self.consistency.as_ref().map(Consistency::now)
    }

    fn note<A>(&self, sent_at: Option<DateTime<Utc>>, answer: &Result<Response<A>, Status>) {
        let said = match answer {
            Ok(response) => response.metadata(),
            Err(status) => status.metadata(),
        };
        if let (Some(consistency), Some(sent_at)) = (&self.consistency, sent_at) {
            consistency.note_metadata(&self.address, sent_at, said);
        }
    }
}

/// An address that cannot be called.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not the URL of a process; write {1}://host:port")]
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
            return Ok(Self::of(endpoint(uri).connect_lazy(), address));
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| wrong())?;
        let port = uri.port_u16().unwrap_or(443);
        let host = host.to_owned();
        // To tonic the connection is a plain one: its own TLS knows one certificate for ever.
        let plain = address.replacen("https", "http", 1);
        let plain: Uri = plain.parse().map_err(|_| wrong())?;
        let endpoint = endpoint(plain).origin(uri);
        let connect = service_fn(move |_| connect(host.clone(), port, name.clone(), tls.clone()));
        Ok(Self::of(
            endpoint.connect_with_connector_lazy(connect),
            address,
        ))
    }

    fn of(channel: Channel, address: &str) -> Self {
        let watch = Watch {
            address: address.to_owned(),
            consistency: None,
        };
        Self { channel, watch }
    }

    /// The same process, compared with this one at each answer.
    #[must_use]
    pub fn compared(mut self, consistency: &Consistency) -> Self {
        self.watch.consistency = Some(consistency.clone());
        self
    }

    /// Requests the health of the process, whatever modules it serves.
    ///
    /// # Errors
    /// Why it could not be called.
    pub async fn ping(&self) -> Result<(), String> {
        let sent_at = self.watch.now();
        let mut request = Request::new(HealthCheckRequest::default());
        request.set_timeout(DEADLINE);
        let answer = HealthClient::new(self.channel.clone()).check(request).await;
        self.watch.note(sent_at, &answer);
        answer.map(drop).map_err(|status| fault::described(&status))
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

/// The channels to all instances of one module. The one that has answered last is called first.
#[derive(Debug, Clone)]
pub(crate) struct Instances<C> {
    clients: Vec<(C, Watch)>,
    first: Arc<AtomicUsize>,
}

impl<C: Clone> Instances<C> {
    pub(crate) fn new(peers: Vec<Peer>, client: impl Fn(Channel) -> C) -> Self {
        Self {
            clients: peers
                .into_iter()
                .map(|peer| (client(peer.channel), peer.watch))
                .collect(),
            first: Arc::default(),
        }
    }

    /// Calls an instance, and the next one once when no answer came: a call changes nothing, so it
    /// may be repeated. Its receiver cancels it when nobody waits any more.
    pub(crate) async fn call<M: Clone, A, F>(
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
            let client = client.ok_or_else(|| Status::unavailable("no instance is known"));
            let (client, watch) = client?;
            let mut request = Request::new(message.clone());
            request.set_timeout(DEADLINE);
            trace::carry(request.metadata_mut());
            let sent_at = watch.now();
            let answer = question(client, request).await;
            watch.note(sent_at, &answer);
            match answer {
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
