//! A server of the modules: two listeners, and what keeps house behind them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;
use anyhow::{Context, Result};
use kernel::Env;
use rest::{CursorKey, GatewayKey, SharedAnswers, derived_key};
use tokio_util::sync::CancellationToken;

use crate::cache::answers::Answers;
use crate::config::Settings;
use crate::data::DataFolder;
use crate::gateway::docs::DemoLogins;
use crate::gateway::{self, Edge, RateLimits};
use crate::module_name::ModuleName;
use crate::modules::Modules;
use crate::operations;
use crate::reports;
use crate::running::{Running, keep_running};
use crate::seed::DemoAccount;
use crate::steady_clock::SteadyClock;

/// How often house is kept, and how many rounds a minute and an hour have.
const ROUND: Duration = Duration::from_secs(5);
const MINUTE: u64 = 12;
const HOUR: u64 = 60 * MINUTE;

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
        let metrics = web::Data::new(edge.metrics.clone());
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
        let user = modules.user().ok().cloned();
        let course = modules.course().ok().cloned();
        let progress = modules.progress().ok().cloned();
        tasks.push(keep_running("house", &stop, move |stop| {
            let (user, course) = (user.clone(), course.clone());
            run_maintenance(limits.clone(), user, course, progress.clone(), stop)
        }));
        if let Ok(progress) = modules.progress() {
            let (progress, scratch) = (progress.clone(), folder.path().to_owned());
            tasks.push(keep_running("reports", &stop, move |stop| {
                reports::write_and_sweep(progress.clone(), scratch.clone(), stop)
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

/// Does what is due at a time: every five seconds, each minute, and each hour.
async fn run_maintenance(
    limits: RateLimits,
    user: Option<user::User>,
    course: Option<course::Course>,
    progress: Option<progress::Progress>,
    stop: CancellationToken,
) {
    let env = Env::system();
    let mut clock = SteadyClock::new(env.now(), Instant::now());
    for round in 1_u64.. {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = stop.cancelled() => return,
        }
        if round.is_multiple_of(MINUTE) {
            limits.forget_idle();
        }
        let steady = clock.is_steady(env.now(), Instant::now());
        if let Some(user) = &user {
            tend(user, round, steady).await;
        }
        // What a clock that jumped says may be too early, and nothing is unpublished.
        if let (Some(course), true) = (&course, steady)
            && let Err(error) = course.publish_due().await
        {
            tracing::warn!(error = %error, "publishing what is due failed; retrying in five seconds");
        }
        // What is handed in cannot be taken back either.
        if let (Some(course), true) = (&course, steady)
            && let Err(error) = course.hand_in_over().await
        {
            tracing::warn!(error = %error, "handing in what is over failed; retrying in five seconds");
        }
        if let Some(course) = &course
            && let Err(error) = course.regrade_due().await
        {
            tracing::warn!(error = %error, "regrading failed; retrying in five seconds");
        }
        // A clock that jumped says of an upload that nobody has waited for it.
        if let (Some(course), true, true) = (&course, steady, round.is_multiple_of(MINUTE))
            && let Err(error) = course.sweep_assets().await
        {
            tracing::warn!(error = %error, "deleting assets that are not used failed; retrying in a minute");
        }
        if let (Some(progress), true) = (&progress, steady)
            && let Err(error) = progress.announce_due().await
        {
            tracing::warn!(error = %error, "announcing new versions failed; retrying in five seconds");
        }
        if let Some(progress) = &progress
            && let Err(error) = progress.upgrade_due().await
        {
            tracing::warn!(error = %error, "moving learners to required versions failed; retrying in five seconds");
        }
        if let Some(progress) = &progress
            && let Err(error) = progress.promote_due().await
        {
            tracing::warn!(error = %error, "giving free seats to those who wait failed; retrying in five seconds");
        }
        if let Some(progress) = &progress
            && let Err(error) = progress.evaluate_due().await
        {
            tracing::warn!(error = %error, "giving achievements for what was learned before failed; retrying in five seconds");
        }
    }
}

async fn tend(user: &user::User, round: u64, steady: bool) {
    match user.clock_is_ahead(kernel::Env::system().now()).await {
        Ok(false) if !steady => {}
        Ok(false) => {
            if let Err(error) = user.run_due_sagas().await {
                tracing::warn!(error = %error, "processing exports and erasures failed; retrying in five seconds");
            }
        }
        // An erasure cannot be undone, and another process has the right time.
        Ok(true) => tracing::error!(
            "the clock of this host is more than a minute ahead of the database's; no export or erasure starts here until it is corrected"
        ),
        Err(error) => {
            tracing::warn!(error = %error, "reading the time of the database failed; retrying in five seconds");
        }
    }
    if round.is_multiple_of(MINUTE) {
        match user.rotate_due_keys().await {
            Ok(false) => {}
            Ok(true) => tracing::info!("the signing key was rotated"),
            Err(error) => {
                tracing::warn!(error = %error, "reading the signing keys failed; retrying in a minute");
            }
        }
    }
    if round % HOUR == MINUTE
        && let Err(error) = user.sweep().await
    {
        tracing::warn!(error = %error, "removing expired sessions failed; retrying in an hour");
    }
}
