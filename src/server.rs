//! A server of the modules: two listeners, and what keeps house behind them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::{Context, Result};
use kernel::Env;
use rest::{CursorKey, GatewayKey, SharedAnswers, derived_key};
use tokio_util::sync::CancellationToken;

use crate::cache::answers::Answers;
use crate::config::Settings;
use crate::data::DataFolder;
use crate::gateway::docs::DemoLogins;
use crate::gateway::{self, Edge};
use crate::maintenance;
use crate::module_name::ModuleName;
use crate::modules::Modules;
use crate::operations;
use crate::reports;
use crate::running::{Running, keep_running};
use crate::seed::DemoAccount;

/// A server that answers.
pub struct Server {
    /// Where the API listens.
    pub address: SocketAddr,
    /// The internal listener, for operators.
    pub internal_address: SocketAddr,
    /// Where other processes call the modules of this one, if they may.
    pub rpc_address: Option<SocketAddr>,
    /// What to put behind the address of Swagger UI, so that it offers the accounts of the demo.
    pub demo_fragment: String,
    /// The modules behind the listeners.
    pub modules: Modules,
    running: Running,
    _folder: DataFolder,
}

impl Server {
    /// Opens everything and begins to answer.
    ///
    /// # Errors
    /// One sentence that says what cannot be opened and what to do.
    pub async fn start(settings: &Settings, env: Env) -> Result<Self> {
        let (folder, modules) = Modules::start(settings, &env).await?;
        Self::serve(settings, env, folder, modules, &[]).await
    }

    /// Begins to answer with modules that are open already; Swagger UI offers the accounts of `demo` to
    /// who opens it with [`Server::demo_fragment`].
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn serve(
        settings: &Settings,
        env: Env,
        folder: DataFolder,
        modules: Modules,
        demo: &[DemoAccount],
    ) -> Result<Self> {
        let public = gateway::bind(settings.server.address, "server.address")?;
        let internal = gateway::bind(settings.server.internal_address, "server.internal_address")?;
        let address = public.local_addr()?;
        let internal_address = internal.local_addr()?;
        let master_key = folder.master_key(&settings.auth.master_key, &env)?;
        let cursor_key = CursorKey::new(&derived_key(&master_key, "cursors"));
        let cursor_key = web::Data::new(cursor_key);
        let gateway_key = GatewayKey::new(&derived_key(&master_key, "gateway"));
        let gateway_key = web::Data::new(gateway_key);
        let document = gateway::openapi::document_of(&modules.here());
        // A request passes the gateway and then a service: each of them counts with its like alone.
        let scope = modules.here().into_iter().map(ModuleName::as_str);
        let scope = scope.collect::<Vec<_>>().join("-");
        let mut edge = Edge::new(settings, &document, modules.users(), env.clone(), &scope)?;
        let known = demo.iter().cloned();
        let known = known.filter_map(|account| Some((account.username, account.password?)));
        edge.demo = DemoLogins::new(known.collect(), &env);
        let demo_fragment = edge.demo.fragment();
        let readiness = edge.readiness.clone();
        let limits = edge.limits.clone();
        let cache = edge.cache.clone();
        let data = web::Data::new(modules.clone());
        let counted = edge.metrics.clone();
        let metrics = web::Data::new(counted.clone());
        let internal = gateway::listen_internally(internal, &env, {
            let data = data.clone();
            let cache = web::Data::new(cache.clone());
            move |config| {
                config
                    .app_data(metrics.clone())
                    .app_data(data.clone())
                    .app_data(cache.clone())
                    .route("/metrics", web::get().to(gateway::backlog::metrics))
                    .route("/health", web::get().to(gateway::backlog::health));
            }
        })?;
        let answers = Answers::new(cache.clone(), &derived_key(&master_key, "answers"));
        let answers: Arc<dyn SharedAnswers> = Arc::new(answers);
        // Without a cache there is nobody to seal answers for.
        let answers = cache.is_up().map(|_| web::Data::from(answers));
        let public = edge.listen(public, move |config| {
            config.app_data(cursor_key.clone()).app_data(data.clone());
            config.app_data(gateway_key.clone());
            if let Some(answers) = answers.clone() {
                config.app_data(answers);
            }
            let api = web::scope("/api/v1")
                .configure(|config| data.configure(config))
                .configure(operations::routes);
            config.service(api);
            gateway::openapi::routes(config);
        })?;
        let stop = CancellationToken::new();
        let lag_clock = env.clone();
        let mut tasks = modules.spawn(&stop);
        let rpc_address = match settings.rpc.address.as_str() {
            "" => None,
            address => {
                let address = address.parse().context("rpc.address is not an address")?;
                if settings.rpc.is_unprotected() {
                    tracing::warn!(rpc.address = %address, "everybody who reaches rpc.address may call the modules, and nothing is encrypted; keep it in a private network, or set rpc.certificate_file, rpc.key_file and rpc.ca_file");
                }
                let access = settings.rpc.access(modules.tls())?;
                let serving = rpc::serve(address, modules.served(), access, stop.clone()).await;
                let (address, task) =
                    serving.with_context(|| gateway::taken(address, "rpc.address"))?;
                tasks.push(task);
                Some(address)
            }
        };
        if !settings.embedded() {
            let (databases, settings) = (modules.databases().clone(), settings.clone());
            let run = move |stop| databases.exchange_wakes(&settings, &env, stop);
            tasks.push(keep_running("wakes", &stop, run));
        }
        tasks.push(keep_running("cache", &stop, move |stop| {
            cache.clone().keep(stop)
        }));
        let watched = (modules.clone(), lag_clock);
        tasks.push(keep_running("lag", &stop, move |stop| {
            let (modules, env) = watched.clone();
            gateway::lag::watch(modules, env, stop)
        }));
        let peers = modules.peers();
        tasks.push(keep_running("consistency", &stop, move |stop| {
            rpc::compare(peers.clone(), stop)
        }));
        tasks.extend(maintenance::spawn(&modules, &limits, &counted, &stop));
        if let Ok(progress) = modules.progress() {
            let (progress, scratch) = (progress.clone(), folder.path().to_owned());
            tasks.push(keep_running("reports", &stop, move |stop| {
                reports::write_due(progress.clone(), scratch.clone(), stop)
            }));
        }
        let drain = Duration::from_secs(settings.server.drain_seconds);
        let running = Running::new(readiness, vec![public, internal], tasks, stop, drain);
        Ok(Self {
            address,
            internal_address,
            rpc_address,
            demo_fragment,
            modules,
            running,
            _folder: folder,
        })
    }

    /// Serves until SIGTERM or SIGINT, then ends in order; a second signal ends at once.
    ///
    /// # Errors
    /// When signals cannot be listened to or a listener fails.
    pub async fn run(self) -> Result<()> {
        self.running.run().await
    }

    /// Ends in order, as after SIGTERM.
    ///
    /// # Errors
    /// When a listener has failed.
    pub async fn stop(self) -> Result<()> {
        self.running.stop().await
    }

    /// Stops the background tasks and closes open connections at once.
    ///
    /// # Errors
    /// When a listener has failed.
    pub async fn abort(self) -> Result<()> {
        self.running.abort().await
    }
}
