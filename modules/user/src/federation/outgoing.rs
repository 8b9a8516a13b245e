//! Requests to other servers whose addresses come from outside: checked before a connection is made,
//! never redirected, short in time and in size, and on a thread of their own: no answer, whatever its
//! kind, holds up a thread that serves requests.

use std::net::SocketAddr;
use std::time::Duration;

use oauth2::http::{Request, Response};
use reqwest::Certificate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rest::OwnThread;
use url::Url;

use crate::domain::public_host::{is_loopback_host, is_public_address, is_public_host};
use crate::error::Error;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;

/// Why a request got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("address_refused")]
    Address,
    /// With the cause, for the operator.
    #[error("unreachable")]
    Unreachable(String),
    #[error("answer_too_large")]
    TooLarge,
}

/// The server that the operator has configured.
pub(crate) struct Issuer {
    pub url: Url,
    /// Whether its host, and no other, may have a private address.
    pub private_network: bool,
}

/// The one way out.
pub(crate) struct Outgoing {
    thread: OwnThread,
    public: reqwest::Client,
    /// For what the operator has configured within: it resolves every name.
    within: reqwest::Client,
}

impl Outgoing {
    /// `ca_pem` are CA certificates to trust beside those of the system.
    pub(crate) fn new(ca_pem: &str) -> Result<Self, Error> {
        let own = Certificate::from_pem_bundle(ca_pem.as_bytes()).map_err(Error::internal)?;
        let builder = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .timeout(TIMEOUT)
                .tls_certs_merge(own.clone())
                .user_agent(concat!("gopro/", env!("CARGO_PKG_VERSION")))
        };
        let public = builder().https_only(true).dns_resolver(PublicOnly);
        Ok(Self {
            thread: OwnThread::start("identity providers").map_err(Error::internal)?,
            public: public.build().map_err(Error::internal)?,
            within: builder().build().map_err(Error::internal)?,
        })
    }

    /// Sends a request for the sake of the server at `issuer`.
    pub(crate) async fn send(
        &self,
        issuer: &Issuer,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, RequestError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| RequestError::Address)?;
        let client = self.client_for(issuer, &url)?;
        let request = request.try_into().map_err(|_| RequestError::Address)?;
        let exchange = self.thread.run(exchange(client.clone(), request));
        exchange
            .await
            .map_err(|error| RequestError::Unreachable(error.to_string()))?
    }

    /// A provider on this machine, for development, is called at its own origin and nowhere else
    /// within.
    fn client_for(&self, issuer: &Issuer, url: &Url) -> Result<&reqwest::Client, RequestError> {
        let at_issuer = issuer.url.origin() == url.origin();
        if at_issuer
            && issuer
                .url
                .host()
                .is_some_and(|host| is_loopback_host(&host))
        {
            return Ok(&self.within);
        }
        let plain =
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        if plain && issuer.private_network && issuer.url.host() == url.host() {
            return Ok(&self.within);
        }
        match url.host() {
            Some(host) if plain && is_public_host(&host) => Ok(&self.public),
            _ => Err(RequestError::Address),
        }
    }
}

async fn exchange(
    client: reqwest::Client,
    request: reqwest::Request,
) -> Result<Response<Vec<u8>>, RequestError> {
    let answer = client.execute(request).await;
    let mut answer = answer.map_err(|error| request_error(&error))?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(part) = answer
        .chunk()
        .await
        .map_err(|error| request_error(&error))?
    {
        if body.len() + part.len() > MAX_BYTES {
            return Err(RequestError::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    response
        .body(body)
        .map_err(|error| RequestError::Unreachable(error.to_string()))
}

fn request_error(error: &reqwest::Error) -> RequestError {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<InnerAddress>() {
            return RequestError::Address;
        }
        source = cause.source();
    }
    RequestError::Unreachable(kernel::with_causes(error))
}

/// A name leads to an address within.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct InnerAddress;

/// Resolves a name to the very addresses that were checked, so that no second answer of its name
/// server leads elsewhere.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            if !found.iter().all(|address| is_public_address(address.ip())) {
                return Err(InnerAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use super::{InnerAddress, Issuer, Outgoing, PublicOnly, RequestError};
    use oauth2::http::Request;
    use reqwest::dns::Resolve;
    use url::Url;

    fn at(url: &str) -> Issuer {
        Issuer {
            url: Url::parse(url).expect("an address"),
            private_network: false,
        }
    }

    #[tokio::test]
    async fn a_private_provider_is_called_at_its_own_host_by_https_alone() {
        let outgoing = Outgoing::new("").expect("a client");
        let private = |url| Issuer {
            private_network: true,
            ..at(url)
        };
        let issuer = private("https://127.0.0.1:9/realms/school");
        // Nobody listens there, but it was tried.
        let request = Request::get("https://127.0.0.1:9/token").body(Vec::new());
        let error = outgoing.send(&issuer, request.expect("a request")).await;
        assert!(matches!(error, Err(RequestError::Unreachable(_))));
        for target in ["http://10.0.0.1/token", "https://10.0.0.2/token"] {
            let request = Request::get(target).body(Vec::new()).expect("a request");
            let issuer = private("https://10.0.0.1");
            let error = outgoing.send(&issuer, request).await.expect_err(target);
            assert_eq!(error, RequestError::Address, "{target}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_within_is_not_resolved() {
        let name = "localhost".parse().expect("a name");
        let refused = PublicOnly.resolve(name).await.err().expect("refused");
        assert!(refused.is::<InnerAddress>(), "{refused}");
    }

    #[tokio::test]
    async fn interim_answers_without_end_hold_up_nobody_else() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}/", listener.local_addr().expect("an address"));
        let issuer = at(&issuer);
        std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(4_000);
            while connection.write_all(interim.as_bytes()).is_ok() {}
        });
        let outgoing = Outgoing::new("").expect("a client");
        let request = Request::get(issuer.url.as_str()).body(Vec::new());
        let sent = outgoing.send(&issuer, request.expect("a request"));
        // One thread runs this test, as one serves requests: it goes on all the time.
        let mut turns = tokio::time::interval(Duration::from_millis(20));
        let mut sent = std::pin::pin!(sent);
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        let error = loop {
            tokio::select! {
                answer = &mut sent => break answer.expect_err("no answer"),
                _ = turns.tick() => {
                    longest = longest.max(last.elapsed());
                    last = Instant::now();
                }
            }
        };
        assert!(matches!(error, RequestError::Unreachable(_)), "{error:?}");
        assert!(longest < Duration::from_secs(1), "{longest:?}");
    }

    #[tokio::test]
    async fn no_request_goes_to_an_inner_address() {
        let outgoing = Outgoing::new("").expect("a client");
        let public = at("https://accounts.example.com");
        let within = at("http://127.0.0.1:9");
        let private = Issuer {
            private_network: true,
            ..at("https://id.school.lan")
        };
        for target in [
            "http://accounts.example.com/",
            "https://127.0.0.1/",
            "http://127.0.0.1:8/",
            "http://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://metadata.google.internal/",
            "https://me:secret@accounts.example.com/",
        ] {
            for issuer in [&public, &within, &private] {
                let request = Request::get(target).body(Vec::new()).expect("a request");
                let error = outgoing.send(issuer, request).await.expect_err(target);
                assert_eq!(error, RequestError::Address, "{target}");
            }
        }
    }
}
