//! The way to Redis, which the processes of an installation share.
//! It is never the truth: every caller has an answer of its own for when none comes.

pub(crate) mod answers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use kernel::ExposeSecret;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisError, Script, TlsCertificates};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::{CacheSettings, TlsSettings};

/// How long a request waits for an answer.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(1);
/// How often a connection is tried, and a lost one opened again.
const ROUND: Duration = Duration::from_secs(1);
/// The quota of the probe, large enough that each one is counted and so writes.
const PROBES: u32 = 1_000_000;

/// What is left of a quota, or how long to wait.
pub(crate) type Counted = Result<u32, Duration>;

/// The shared cache, or none.
#[derive(Clone)]
pub struct Cache(Option<Arc<Link>>);

struct Link {
    client: Client,
    prefix: String,
    count: Script,
    /// None while the cache is down. A request never opens a connection, so none waits for one.
    connection: watch::Sender<Option<MultiplexedConnection>>,
    /// A request waited in vain, which may be because this process is busy.
    doubt: Notify,
}

#[derive(Debug, thiserror::Error)]
enum CacheError {
    #[error("no answer within {} ms", PATIENCE.as_millis())]
    Slow,
    #[error(transparent)]
    Redis(#[from] RedisError),
}

impl Cache {
    /// The cache of the settings; it is down until [`Cache::keep`] has connected.
    ///
    /// # Errors
    /// When `cache.url` is no address, or `tls.ca_file` cannot be used.
    pub fn new(settings: &CacheSettings, tls: &TlsSettings) -> Result<Self> {
        let url = settings.url.expose_secret();
        if url.is_empty() {
            return Ok(Self(None));
        }
        let own_ca = url.starts_with("rediss:") && !tls.ca_file.is_empty();
        let client = match own_ca {
            true => Client::build_with_tls(
                url,
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(tls.all_ca_pem()?.into_bytes()),
                },
            ),
            false => Client::open(url),
        };
        let client = client.map_err(|_| {
            anyhow!(
                "cache.url is not the URL of a Redis server; {}",
                CacheSettings::FORM
            )
        })?;
        Ok(Self(Some(Arc::new(Link {
            client,
            prefix: settings.prefix.clone(),
            count: Script::new(include_str!("cache/count.lua")),
            connection: watch::Sender::new(None),
            doubt: Notify::new(),
        }))))
    }

    /// Whether it answers; nothing when there is none.
    pub fn is_up(&self) -> Option<bool> {
        let link = self.0.as_ref()?;
        Some(link.connection.borrow().is_some())
    }

    /// `up`, `down` or `none`, as operators read it.
    pub fn state(&self) -> &'static str {
        match self.is_up() {
            Some(true) => "up",
            Some(false) => "down",
            None => "none",
        }
    }

    /// Counts a request of `whose`, of which there may be `per_minute`; nothing when the cache has
    /// no answer to give within 50 ms.
    pub async fn count(&self, whose: fmt::Arguments<'_>, per_minute: u32) -> Option<Counted> {
        let link = self.0.as_ref()?;
        let connection = link.connection.borrow().clone()?;
        let key = format!("limit:{whose}");
        let counted = link.count(connection, &key, per_minute).await;
        link.observe(counted)
    }

    /// The bytes that are kept under `name`; nothing when the cache has none to give within 50 ms.
    async fn find(&self, name: &str) -> Option<Vec<u8>> {
        let link = self.0.as_ref()?;
        let mut connection = link.connection.borrow().clone()?;
        let asking = connection.get(link.answer_key(name));
        let found: Result<Result<Option<Vec<u8>>, _>, _> = timeout(PATIENCE, asking).await;
        link.observe(found.map_err(|_| CacheError::Slow).and_then(|it| Ok(it?)))?
    }

    /// Keeps bytes under `name` for a while, if it can be done within 50 ms.
    async fn keep_for(&self, name: &str, bytes: &[u8], lifetime: Duration) -> Option<()> {
        let link = self.0.as_ref()?;
        let mut connection = link.connection.borrow().clone()?;
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let key = link.answer_key(name);
        let keeping = connection.pset_ex(key, bytes, lifetime);
        let kept: Result<Result<(), _>, _> = timeout(PATIENCE, keeping).await;
        link.observe(kept.map_err(|_| CacheError::Slow).and_then(|it| Ok(it?)))
    }

    /// Keeps a connection open until `stop`.
    pub async fn keep(self, stop: CancellationToken) {
        match &self.0 {
            Some(link) => tokio::select! {
                () = link.keep() => {}
                () = stop.cancelled() => {}
            },
            None => stop.cancelled().await,
        }
    }

    /// Sends one request; nothing when there is no answer.
    ///
    /// # Errors
    /// Why it did not answer.
    pub async fn check(&self) -> Option<Result<()>> {
        let link = self.0.as_ref()?;
        Some(link.open().await.map(drop).map_err(Into::into))
    }
}

impl Link {
    async fn keep(&self) {
        let mut logged = false;
        loop {
            match self.open().await {
                Ok(connection) => {
                    tracing::info!("the cache responds");
                    self.connection.send_replace(Some(connection));
                    self.watch().await;
                    // The task that lost the connection has logged it.
                    logged = true;
                }
                Err(error) if !logged => {
                    log_unavailable(&error);
                    logged = true;
                }
                Err(_) => {}
            }
            sleep(ROUND).await;
        }
    }

    /// A connection over which counting works.
    async fn open(&self) -> Result<MultiplexedConnection, CacheError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None);
        let opening = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let connection = opening.await?;
        self.probe(connection.clone()).await?;
        Ok(connection)
    }

    /// Tries the connection each second, and at once when a request doubts it, until it is lost.
    async fn watch(&self) {
        let mut lost = self.connection.subscribe();
        loop {
            tokio::select! {
                _ = lost.wait_for(Option::is_none) => return,
                () = self.doubt.notified() => {}
                () = sleep(ROUND) => {}
            }
            let connection = self.connection.borrow().clone();
            let Some(connection) = connection else {
                return;
            };
            if let Err(error) = self.probe(connection).await {
                self.lose(&error);
            }
        }
    }

    /// Counts something of no meaning: a ping would be answered where nothing may be written.
    async fn probe(&self, connection: MultiplexedConnection) -> Result<(), CacheError> {
        self.count(connection, "probe", PROBES).await.map(drop)
    }

    async fn count(
        &self,
        mut connection: MultiplexedConnection,
        key: &str,
        per_minute: u32,
    ) -> Result<Counted, CacheError> {
        let mut invocation = self.count.key(format!("{}:{key}", self.prefix));
        invocation.arg(per_minute);
        let answer = timeout(PATIENCE, invocation.invoke_async(&mut connection)).await;
        let (left, wait): (i64, u64) = answer.map_err(|_| CacheError::Slow)??;
        Ok(u32::try_from(left).map_err(|_| Duration::from_millis(wait)))
    }

    /// The result of a request; one that timed out has the connection checked.
    fn observe<T>(&self, answer: Result<T, CacheError>) -> Option<T> {
        match answer {
            Ok(answer) => return Some(answer),
            Err(CacheError::Slow) => self.doubt.notify_one(),
            Err(error) => self.lose(&error),
        }
        None
    }

    fn answer_key(&self, name: &str) -> String {
        format!("{}:answer:{name}", self.prefix)
    }

    /// Gives the connection up; the first of all tasks that notice logs it.
    fn lose(&self, error: &CacheError) {
        if self.connection.send_if_modified(|now| now.take().is_some()) {
            log_unavailable(error);
        }
    }
}

fn log_unavailable(error: &CacheError) {
    tracing::warn!(
        error = %error,
        "the cache does not respond, so each process counts requests by itself; check cache.url and whether Redis is running"
    );
}
