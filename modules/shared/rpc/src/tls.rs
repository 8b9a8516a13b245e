//! The certificates of this process, which are read again when their files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{ClientConfig, Error, RootCertStore, ServerConfig};

/// The protocol of gRPC as ALPN (RFC 7301) names it.
const HTTP2: &[u8] = b"h2";

/// Where the certificates are: PEM files (RFC 7468).
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate of this process, and behind it those that lead to the CA.
    pub certificate: PathBuf,
    /// The private key of the certificate, without a password.
    pub key: PathBuf,
    /// The certificates of every CA that the others' certificates may come from.
    pub ca: PathBuf,
}

/// What is wrong with one of the files, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate cannot be used.
    #[error("{0}")]
    Certificate(String),
    /// The key cannot be used, or is another certificate's.
    #[error("{0}")]
    Key(String),
    /// The certificates of the CA cannot be used.
    #[error("{0}")]
    Ca(String),
}

/// Mutual TLS 1.3 (RFC 8446) with certificates of a CA of our own. Each handshake uses what the
/// files hold then; while they cannot be used, what they held before stays in force.
#[derive(Clone)]
pub struct Tls(Arc<Watched>);

struct Watched {
    files: TlsFiles,
    state: Mutex<State>,
}

struct State {
    seen: Result<Contents, TlsError>,
    in_force: Configs,
}

#[derive(Clone)]
pub(crate) struct Configs {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Arc<ClientConfig>,
}

#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    ca: Vec<u8>,
}

impl Tls {
    /// Reads the files and checks that they fit together.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let contents = Contents::read(&files)?;
        let in_force = contents.configs(&files)?;
        let state = Mutex::new(State {
            seen: Ok(contents),
            in_force,
        });
        Ok(Self(Arc::new(Watched { files, state })))
    }

    /// What is in force now, after a look at the files.
    pub(crate) async fn current(&self) -> Configs {
        let watched = Arc::clone(&self.0);
        // A look that could not end leaves in force what was.
        let _ = tokio::task::spawn_blocking(move || watched.look()).await;
        let state = self.0.state.lock();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.in_force.clone()
    }
}

impl Watched {
    /// Compares bytes and not times, because two changes may have the same time.
    fn look(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = Contents::read(&self.files);
        if found == state.seen {
            return;
        }
        let configs = match &found {
            Ok(contents) => contents.configs(&self.files),
            Err(error) => Err(error.clone()),
        };
        match configs {
            Ok(configs) => {
                state.in_force = configs;
                tracing::info!("the certificates were reloaded");
            }
            Err(error) => {
                tracing::warn!(error = %error, "the certificate files have changed and cannot be used; the previous certificates stay in use until the files are fixed");
            }
        }
        state.seen = found;
    }
}

impl Contents {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self {
            certificate: read(&files.certificate).map_err(TlsError::Certificate)?,
            key: read(&files.key).map_err(TlsError::Key)?,
            ca: read(&files.ca).map_err(TlsError::Ca)?,
        })
    }

    /// The two roles of this process. Nothing is resumed: a resumed session would pass without a
    /// look at its certificate, which may have expired since.
    fn configs(&self, files: &TlsFiles) -> Result<Configs, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = self.roots(&files.ca).map_err(TlsError::Ca)?;
        let chain = certificates(&self.certificate, &files.certificate);
        let chain = chain.map_err(TlsError::Certificate)?;
        let key = self.private_key(&files.key).map_err(TlsError::Key)?;
        let unfit = |error| unfit(files, &error);
        let client = client(&provider, &roots, chain.clone(), key.clone_key()).map_err(unfit)?;
        let server = server(provider, roots, chain, key).map_err(unfit)?;
        Ok(Configs {
            server: Arc::new(server),
            client: Arc::new(client),
        })
    }

    fn roots(&self, path: &Path) -> Result<Arc<RootCertStore>, String> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca, path)? {
            roots.add(certificate).map_err(|error| {
                let shown = path.display();
                format!("{shown} holds a certificate that cannot be a CA: {error}; give the certificates of your CA as PEM")
            })?;
        }
        Ok(Arc::new(roots))
    }

    fn private_key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, String> {
        PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| {
            let shown = path.display();
            format!("{shown} holds no private key; give one as PEM without a password, beginning with -----BEGIN PRIVATE KEY-----")
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| {
        let shown = path.display();
        format!("cannot read {shown}: {error}; mount the file where this process may read it")
    })
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => {
            let shown = path.display();
            Err(format!(
                "{shown} holds no certificate, or a broken one; give PEM that begins with -----BEGIN CERTIFICATE-----"
            ))
        }
    }
}

fn unfit(files: &TlsFiles, error: &Error) -> TlsError {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    match error {
        Error::InconsistentKeys(_) => TlsError::Key(format!(
            "{key} is not the key of the certificate in {certificate}; give both from the same order"
        )),
        Error::InvalidCertificate(_) => TlsError::Certificate(format!(
            "the certificate in {certificate} cannot be used: {error}; have the CA make a new one"
        )),
        _ => TlsError::Key(format!(
            "the key in {key} cannot be used: {error}; give an ECDSA, Ed25519 or RSA key as PEM"
        )),
    }
}

fn server(
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider))
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn client(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(Arc::clone(roots))
        .with_client_auth_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}
