//! A gateway that answers: the edge in front of services in other processes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;
use anyhow::Result;
use kernel::{Env, ExposeSecret};
use rest::{GatewayKey, derived_key};
use rpc::RemoteUser;
use tokio_util::sync::CancellationToken;

use super::proxy::{Proxy, Shared};
use super::routing::Routing;
use super::upstream::Upstreams;
use super::{Edge, RateLimits, bind, health, listen_internally, openapi, upstream_health};
use crate::config::{ConfigError, RpcSettings, Settings};
use crate::module_name::ModuleName;
use crate::modules::consistency_of;
use crate::running::{Running, keep_running};

/// How much later than the proxy the edge itself gives a request up, so that who took too long can
/// be told.
const GRACE: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A gateway with its two listeners.
pub struct Front {
    /// Where the API listens.
    pub address: SocketAddr,
    /// The internal listener, for operators.
    pub internal_address: SocketAddr,
    running: Running,
}

impl Front {
    /// Begins to answer; the services need not be there yet.
    ///
    /// # Errors
    /// Every setting that is missing, or an address that is taken.
    pub fn start(settings: &Settings, env: Env) -> Result<Self> {
        refuse_missing(settings)?;
        let public = bind(settings.server.address, "server.address")?;
        let internal = bind(settings.server.internal_address, "server.internal_address")?;
        let address = public.local_addr()?;
        let internal_address = internal.local_addr()?;
        let tls = settings.rpc.tls()?;
        let master_key = &settings.auth.master_key;
        let master_key = (!master_key.expose_secret().is_empty()).then_some(master_key);
        let consistency = consistency_of(settings, master_key, &env);
        let own_word =
            master_key.map(|key| web::Data::new(GatewayKey::new(&derived_key(key, "gateway"))));
        let user = RpcSettings::peers("rpc.user", &settings.rpc.user, tls.as_ref(), &consistency)?;
        let users = Arc::new(RemoteUser::new(user.clone()));
        let document = openapi::document();
        let mut edge = Edge::new(settings, &document, users, env.clone(), "gateway")?;
        edge.deadline += GRACE;
        let readiness = edge.readiness.clone();
        let limits = edge.limits.clone();
        let cache = edge.cache.clone();
        let upstreams = Upstreams::new(&settings.gateway, edge.metrics.upstreams(), Instant::now());
        let metrics = web::Data::new(edge.metrics.clone());
        let seen = web::Data::new(upstreams.clone());
        let watched = (upstreams.clone(), consistency.clone());
        let shown_consistency = web::Data::new(consistency.clone());
        let shared_cache = web::Data::new(cache.clone());
        let internal = listen_internally(internal, &env, move |config| {
            config
                .app_data(metrics.clone())
                .app_data(seen.clone())
                .app_data(shared_cache.clone())
                .app_data(shown_consistency.clone())
                .route("/metrics", web::get().to(upstream_health::metrics))
                .route("/health", web::get().to(upstream_health::health));
        })?;
        let routing = Routing::of(&document);
        let shared = Arc::new(Shared::new(settings, upstreams, env));
        let public = edge.listen(public, move |config| {
            if let Some(key) = own_word.clone() {
                config.app_data(key);
            }
            routing.mount(config, &Proxy::new(Arc::clone(&shared)));
            health::routes(config);
        })?;
        let stop = CancellationToken::new();
        let tasks = vec![
            keep_running("instances", &stop, move |stop| {
                let (upstreams, consistency) = watched.clone();
                upstreams.watch(consistency, stop)
            }),
            keep_running("consistency", &stop, move |stop| {
                rpc::compare(user.clone(), stop)
            }),
            keep_running("limits", &stop, move |stop| {
                forget_idle(limits.clone(), stop)
            }),
            keep_running("cache", &stop, move |stop| cache.clone().keep(stop)),
        ];
        let drain = Duration::from_secs(settings.server.drain_seconds);
        Ok(Self {
            address,
            internal_address,
            running: Running::new(readiness, vec![public, internal], tasks, stop, drain),
        })
    }

    /// Serves until SIGTERM or SIGINT, then ends in order; a second signal ends at once.
    ///
    /// # Errors
    /// When signals cannot be listened to or a listener fails.
    pub async fn run(self) -> Result<()> {
        self.running.run().await
    }

    /// Closes open connections at once.
    ///
    /// # Errors
    /// When a listener has failed.
    pub async fn abort(self) -> Result<()> {
        self.running.abort().await
    }
}

fn refuse_missing(settings: &Settings) -> Result<()> {
    let services = ModuleName::ALL.map(|module| {
        let text = format!(
            "  gateway.{0}: set the URL of the API of the {0} module, such as http://{0}:8080",
            module.as_str()
        );
        (settings.gateway.upstream(module), text)
    });
    let user = "  rpc.user: set the URL of the user module, which verifies tokens, such as http://user:9090";
    let needed = services
        .into_iter()
        .chain([(settings.rpc.user.as_slice(), user.to_owned())]);
    let missing: Vec<String> = needed
        .filter(|(addresses, _)| addresses.is_empty())
        .map(|(_, text)| text)
        .collect();
    if !missing.is_empty() {
        return Err(ConfigError(missing).into());
    }
    Ok(())
}

async fn forget_idle(limits: RateLimits, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(MINUTE) => limits.forget_idle(),
            () = stop.cancelled() => return,
        }
    }
}
