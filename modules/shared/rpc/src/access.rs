//! Which processes may call this one: a handshake with a certificate of the CA, and a listed name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use rustls::CertificateError;
use rustls::client::verify_server_name;
use rustls::pki_types::{DnsName, ServerName};
use rustls::server::ParsedCertificate;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::tls::Tls;

/// How long a handshake may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// So many handshakes are under way at once; further connections wait for one of them.
const MOST_HANDSHAKES: usize = 512;
/// The pause after an accept that failed, most likely because no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(100);

/// Mutual TLS, and the names of the permitted callers.
#[derive(Clone)]
pub struct Access {
    tls: Tls,
    peers: Arc<[ServerName<'static>]>,
}

/// A name that no certificate can have.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a DNS name; write it as in the certificate of the caller, such as gateway")]
pub struct NameError(String);

impl Access {
    /// Who has a certificate for one of `peers`, DNS names as the subject alternative name of a
    /// certificate holds them (RFC 5280, section 4.2.1.6), may ask. Without a name, nobody may.
    ///
    /// # Errors
    /// The first of `peers` that is no DNS name.
    pub fn new(tls: Tls, peers: &[String]) -> Result<Self, NameError> {
        let peers = peers.iter().map(|peer| {
            let name = DnsName::try_from(peer.clone());
            let name = name.map_err(|_| NameError(peer.clone()))?;
            Ok(ServerName::DnsName(name))
        });
        let peers = peers.collect::<Result<_, NameError>>()?;
        Ok(Self { tls, peers })
    }

    async fn admit(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Refusal> {
        let acceptor = TlsAcceptor::from(self.tls.current().await.server);
        let stream = acceptor.accept(stream).await.map_err(Refusal::Handshake)?;
        let certificates = stream.get_ref().1.peer_certificates();
        let certificate = certificates.and_then(<[_]>::first);
        // The handshake does not end well without one.
        let certificate = certificate.ok_or(Refusal::Stranger(Vec::new()))?;
        let certificate = ParsedCertificate::try_from(certificate);
        let certificate = certificate.map_err(|_| Refusal::Stranger(Vec::new()))?;
        let mut names = Vec::new();
        for peer in self.peers.iter() {
            match verify_server_name(&certificate, peer) {
                Ok(()) => return Ok(stream),
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForNameContext { presented, .. },
                )) => names = presented,
                Err(_) => {}
            }
        }
        Err(Refusal::Stranger(names))
    }
}

enum Refusal {
    Handshake(std::io::Error),
    Slow,
    Stranger(Vec<String>),
}

impl Refusal {
    fn log(&self, address: SocketAddr) {
        match self {
            // So look the probes of load balancers, which connect and leave.
            Self::Handshake(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                tracing::debug!(client.address = %address, "a client disconnected before the TLS handshake");
            }
            Self::Handshake(error) => {
                tracing::warn!(client.address = %address, error = %error, "the TLS handshake of a process failed; give it a valid certificate of the CA in rpc.ca_file, and the same CA");
            }
            Self::Slow => {
                tracing::warn!(client.address = %address, "a TLS handshake did not finish within five seconds and the connection was closed; check what connects from this address");
            }
            Self::Stranger(names) => {
                tracing::warn!(client.address = %address, client.names = ?names, "a process that is not in rpc.peers was rejected; add the DNS name of its certificate if it may call this one");
            }
        }
    }
}

/// The connections of permitted callers, until `stop`. Each handshake has its own task, so that
/// nobody waits for the handshake of another.
pub(crate) fn admitted(
    listener: TcpListener,
    access: Access,
    stop: CancellationToken,
) -> impl Stream<Item = std::io::Result<TlsStream<TcpStream>>> {
    let (sender, mut admitted) = mpsc::channel(1);
    tokio::spawn(async move {
        let handshakes = Arc::new(Semaphore::new(MOST_HANDSHAKES));
        stop.run_until_cancelled(accept(listener, access, handshakes, sender))
            .await;
    });
    futures::stream::poll_fn(move |context| admitted.poll_recv(context))
}

async fn accept(
    listener: TcpListener,
    access: Access,
    handshakes: Arc<Semaphore>,
    admitted: mpsc::Sender<std::io::Result<TlsStream<TcpStream>>>,
) {
    while let Ok(permit) = Arc::clone(&handshakes).acquire_owned().await {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection of another process could not be accepted; check the limit of open files");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (access, admitted) = (access.clone(), admitted.clone());
        tokio::spawn(async move {
            let _permit = permit;
            let _ = stream.set_nodelay(true);
            let settled = tokio::time::timeout(DEADLINE, access.admit(stream)).await;
            match settled.unwrap_or(Err(Refusal::Slow)) {
                // Nobody takes it when the server has just ended.
                Ok(stream) => drop(admitted.send(Ok(stream)).await),
                Err(refusal) => refusal.log(address),
            }
        });
    }
}
