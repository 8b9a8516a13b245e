//! A running server: two listeners, the modules behind them, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use anyhow::{Context, Result};
use futures::FutureExt;
use kernel::{Ambient, ExposeSecret};
use rest::{CursorKey, ScopeTable, TokenVerifier};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;

use crate::config::Settings;
use crate::data::DataFolder;
use crate::gateway::{self, Deadline, Metrics, RateLimits, Readiness, RouteTable};
use crate::modules::{self, Modules};
use crate::operations;

/// How long open connections may take to finish once the door is closed.
const FINISH_SECONDS: u64 = 15;
/// How often house is kept, and how many rounds a minute and an hour have.
const ROUND: Duration = Duration::from_secs(5);
const MINUTE: u64 = 12;
const HOUR: u64 = 60 * MINUTE;

/// A server that answers.
pub struct Server {
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where operators ask.
    pub internal_address: SocketAddr,
    /// Where other processes ask the modules of this one, if they may.
    pub rpc_address: Option<SocketAddr>,
    /// The modules behind the listeners.
    pub modules: Modules,
    readiness: Readiness,
    handles: Vec<ServerHandle>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    tasks: Vec<JoinHandle<()>>,
    stop: CancellationToken,
    drain: Duration,
    _folder: DataFolder,
}

impl Server {
    /// Opens everything and begins to answer.
    ///
    /// # Errors
    /// One sentence that says what cannot be opened and what to do.
    pub async fn start(settings: &Settings, ambient: Ambient) -> Result<Self> {
        let (folder, modules) = Modules::start(settings, &ambient).await?;
        Self::serve(settings, ambient, folder, modules).await
    }

    /// Begins to answer with modules that are open already.
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn serve(
        settings: &Settings,
        ambient: Ambient,
        folder: DataFolder,
        modules: Modules,
    ) -> Result<Self> {
        let public = listen(settings.server.address, "server.address")?;
        let internal = listen(settings.server.internal_address, "server.internal_address")?;
        let master_key = folder.master_key(&settings.auth.master_key, &ambient)?;
        let metrics = Metrics::new()?;
        let readiness = Readiness::default();
        let limits = RateLimits::new(&settings.limits);
        let document = gateway::openapi::document_of(&modules.here());
        let edge = Edge {
            routes: match modules.user() {
                Ok(_) => RouteTable::of(&document).with_pages(gateway::account::addresses()),
                Err(_) => RouteTable::of(&document),
            },
            scopes: ScopeTable::of(&document),
            document: serde_json::to_vec(&document)?.into(),
            verifier: TokenVerifier::new(
                modules::token_policy(settings),
                modules.users(),
                ambient.clone(),
            ),
            cursor_key: CursorKey::new(format!("cursor/{}", master_key.expose_secret()).as_bytes()),
            settings: settings.clone(),
            readiness: readiness.clone(),
            metrics: metrics.clone(),
            limits: limits.clone(),
            modules: modules.clone(),
            ambient: ambient.clone(),
        };
        let address = public.local_addr()?;
        let internal_address = internal.local_addr()?;
        let public = edge.listen(public)?;
        let internal = listen_internally(internal, metrics, &modules, &ambient)?;
        let handles = vec![public.handle(), internal.handle()];
        let stop = CancellationToken::new();
        let mut tasks = modules.spawn(&stop);
        let rpc_address = match settings.rpc.address.as_str() {
            "" => None,
            address => {
                let address = address.parse().context("rpc.address is no address")?;
                let serving = rpc::serve(address, modules.served(), stop.clone()).await;
                let (address, task) = serving.with_context(|| taken(address, "rpc.address"))?;
                tasks.push(task);
                Some(address)
            }
        };
        tasks.push(tokio::spawn(keep_house(
            limits,
            modules.user().ok().cloned(),
            stop.clone(),
        )));
        readiness.set(true);
        Ok(Self {
            address,
            internal_address,
            rpc_address,
            servers: vec![tokio::spawn(public), tokio::spawn(internal)],
            modules,
            readiness,
            handles,
            tasks,
            stop,
            drain: Duration::from_secs(settings.server.drain_seconds),
            _folder: folder,
        })
    }

    /// Serves until SIGTERM or SIGINT, then ends in order; a second signal ends at once.
    ///
    /// # Errors
    /// When signals cannot be listened to or a listener fails.
    pub async fn run(mut self) -> Result<()> {
        let ended = {
            let listeners = self.servers.iter_mut().map(|task| task.map(drop).boxed());
            let workers = self.tasks.iter_mut().map(|task| task.map(drop).boxed());
            let first = futures::future::select_all(listeners.chain(workers));
            tokio::select! {
                signal = terminated() => signal.map(|()| false)?,
                _ = first => true,
            }
        };
        if ended {
            anyhow::bail!(
                "a part of the server has ended by itself; see the log above, and start it again"
            );
        }
        tracing::info!("stopping: not ready any more, finishing what runs");
        tokio::select! {
            done = self.stop() => done,
            again = terminated() => {
                again?;
                anyhow::bail!("stopped at once by a second signal")
            }
        }
    }

    /// Not ready → drain → stop the background tasks → close the door and finish.
    /// What the last requests tell stays in the outboxes until the next start.
    ///
    /// # Errors
    /// When a listener has failed.
    pub async fn stop(self) -> Result<()> {
        self.readiness.set(false);
        tokio::time::sleep(self.drain).await;
        self.end(true).await
    }

    /// Stops the background tasks and closes open connections at once.
    ///
    /// # Errors
    /// When a listener has failed.
    pub async fn abort(self) -> Result<()> {
        self.end(false).await
    }

    async fn end(self, graceful: bool) -> Result<()> {
        // A connection to PostgreSQL is driven by the thread that opened it, which may be one of
        // a listener: who still has leases to give back does so before the listeners end.
        self.stop.cancel();
        for task in self.tasks {
            task.await?;
        }
        for handle in &self.handles {
            handle.stop(graceful).await;
        }
        for server in self.servers {
            server.await??;
        }
        Ok(())
    }
}

/// What every worker of the public listener needs.
#[derive(Clone)]
struct Edge {
    settings: Settings,
    routes: RouteTable,
    scopes: ScopeTable,
    document: web::Bytes,
    verifier: TokenVerifier,
    cursor_key: CursorKey,
    readiness: Readiness,
    metrics: Metrics,
    limits: RateLimits,
    modules: Modules,
    ambient: Ambient,
}

impl Edge {
    fn listen(self, listener: TcpListener) -> Result<actix_web::dev::Server> {
        let table = web::Data::new(self.routes.clone());
        let scopes = web::Data::new(self.scopes.clone());
        let timeout = Duration::from_secs(self.settings.server.request_timeout_seconds);
        let server = HttpServer::new(move || {
            let edge = self.clone();
            App::new()
                .app_data(web::PayloadConfig::new(
                    edge.settings.server.body_limit_bytes,
                ))
                .app_data(web::Data::new(edge.verifier))
                .app_data(web::Data::new(edge.cursor_key))
                .app_data(web::Data::new(edge.readiness))
                .app_data(web::Data::new(edge.metrics))
                .app_data(web::Data::new(edge.limits))
                .app_data(web::Data::new(edge.ambient))
                .app_data(web::Data::new(edge.modules.clone()))
                .app_data(web::Data::new(Deadline(timeout)))
                .app_data(table.clone())
                .app_data(scopes.clone())
                // The last one added is the outermost.
                .wrap(from_fn(gateway::revalidate))
                .wrap(from_fn(gateway::within_deadline))
                .wrap(from_fn(gateway::limit_rate))
                .wrap(from_fn(gateway::refuse_unwanted))
                .wrap(from_fn(gateway::refuse_methods))
                .wrap(from_fn(gateway::catch_panics))
                .wrap(from_fn(gateway::finish_problems))
                .wrap(Compress::default())
                .wrap(gateway::cors(&edge.settings.cors.allowed_origins))
                // A refused preflight is made outside of the inner one.
                .wrap(from_fn(gateway::finish_problems))
                .wrap(from_fn(gateway::security_headers))
                .wrap(from_fn(gateway::measure))
                .wrap(TracingLogger::<gateway::RequestSpan>::new())
                .wrap(from_fn(rest::assign_request_id))
                .wrap(from_fn(gateway::serve_head))
                .service(
                    web::scope("/api/v1")
                        .configure(|config| edge.modules.configure(config))
                        .configure(operations::routes),
                )
                .route("/problems/{code}", web::get().to(gateway::explain_problem))
                .configure(|config| gateway::docs::routes(config, edge.document))
                .configure(|config| {
                    if edge.modules.user().is_ok() {
                        gateway::account::routes(config);
                    }
                })
                .configure(gateway::openapi::routes)
                .default_service(web::to(gateway::fallback))
        })
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(FINISH_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run();
        Ok(server)
    }
}

fn listen_internally(
    listener: TcpListener,
    metrics: Metrics,
    modules: &Modules,
    ambient: &Ambient,
) -> Result<actix_web::dev::Server> {
    let metrics = web::Data::new(metrics);
    let modules = web::Data::new(modules.clone());
    let ambient = web::Data::new(ambient.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(metrics.clone())
            .app_data(modules.clone())
            .app_data(ambient.clone())
            .route("/metrics", web::get().to(gateway::backlog::metrics))
            .route("/health", web::get().to(gateway::backlog::health))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

fn listen(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| taken(address, key))
}

fn taken(address: SocketAddr, key: &str) -> String {
    format!("cannot listen on {address}; stop what uses it, or choose another with {key}")
}

/// Tends the sagas every five seconds, forgets idle callers and tends the signing keys each minute,
/// and removes outdated sessions, exports and delays each hour.
async fn keep_house(limits: RateLimits, user: Option<user::User>, stop: CancellationToken) {
    for round in 1_u64.. {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = stop.cancelled() => return,
        }
        if round.is_multiple_of(MINUTE) {
            limits.forget_idle();
        }
        if let Some(user) = &user {
            tend(user, round).await;
        }
    }
}

async fn tend(user: &user::User, round: u64) {
    if let Err(error) = user.tend_sagas().await {
        tracing::warn!(error = %error, "exports and erasures were not looked after; trying again in five seconds");
    }
    if round.is_multiple_of(MINUTE) {
        match user.tend_keys().await {
            Ok(false) => {}
            Ok(true) => tracing::info!("a new key will sign the tokens"),
            Err(error) => {
                tracing::warn!(error = %error, "the signing keys were not read; trying again in a minute");
            }
        }
    }
    if round % HOUR == MINUTE
        && let Err(error) = user.sweep().await
    {
        tracing::warn!(error = %error, "outdated sessions were not removed; trying again in an hour");
    }
}

async fn terminated() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
