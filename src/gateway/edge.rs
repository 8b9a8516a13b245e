//! The edge itself: the one order of the middleware, in front of the modules of this process or of
//! services elsewhere.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, web};
use anyhow::{Context, Result};
use contracts::user::UserApi;
use kernel::Env;
use rest::{ScopeTable, TokenVerifier, TrustedProxies};
use serde_json::Value;
use tracing_actix_web::TracingLogger;

use super::docs::DemoLogins;
use super::request_log::CallerKey;
use super::wire::{self, Connections, Mark, refuse_malformed};
use super::{
    Deadline, Metrics, RateLimits, ReachedByTls, RequestSpan, RouteTable, account, catch_panics,
    cors, docs, fallback, finish_problems, join_trace, limit_rate, log_request, measure,
    normalize_path, problem_pages, refuse_methods, refuse_unwanted, revalidate, security_headers,
    serve_head, within_deadline,
};
use crate::cache::Cache;
use crate::config::Settings;
use crate::modules;
use crate::readiness::Readiness;

/// How long open connections may take to finish once the door is closed.
const FINISH_SECONDS: u64 = 15;

/// What every worker of the public listener needs.
#[derive(Clone)]
pub struct Edge {
    /// Whether the process takes requests.
    pub readiness: Readiness,
    /// What is measured.
    pub metrics: Metrics,
    /// Who has called how often.
    pub limits: RateLimits,
    /// What the processes of the installation share.
    pub cache: Cache,
    /// How long a request may take.
    pub deadline: Duration,
    /// What Swagger UI offers to log in with.
    pub demo: DemoLogins,
    body_limit: usize,
    allowed_origins: Vec<String>,
    routes: RouteTable,
    scopes: ScopeTable,
    document: web::Bytes,
    by_tls: ReachedByTls,
    verifier: TokenVerifier,
    proxies: TrustedProxies,
    env: Env,
}

impl Edge {
    /// An edge for what `document` describes; `users` says which tokens count, and `scope` which
    /// processes count requests together.
    ///
    /// # Errors
    /// When the document cannot be written, or the address of the cache is none.
    pub fn new(
        settings: &Settings,
        document: &Value,
        users: Arc<dyn UserApi>,
        env: Env,
        scope: &str,
    ) -> Result<Self> {
        let cache = Cache::new(&settings.cache, &settings.tls)?;
        Ok(Self {
            readiness: Readiness::default(),
            metrics: Metrics::new()?,
            limits: RateLimits::new(&settings.limits, cache.clone(), scope),
            cache,
            deadline: Duration::from_secs(settings.server.request_timeout_seconds),
            demo: DemoLogins::default(),
            body_limit: settings.server.body_limit_bytes,
            allowed_origins: settings.cors.allowed_origins.clone(),
            routes: RouteTable::of(document).with_pages(account::addresses()),
            scopes: ScopeTable::of(document),
            document: serde_json::to_vec(document)?.into(),
            by_tls: ReachedByTls(settings.public_url().starts_with("https://")),
            proxies: TrustedProxies::new(&settings.server.trusted_proxies)?,
            verifier: TokenVerifier::new(modules::token_policy(settings), users, env.clone()),
            env,
        })
    }

    /// Answers what `mount` adds, behind all that holds for every request.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn listen(
        self,
        listener: TcpListener,
        mount: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<actix_web::dev::Server> {
        let table = web::Data::new(self.routes.clone());
        let scopes = web::Data::new(self.scopes.clone());
        let mark = Mark::new(&self.env);
        let known = web::Data::new(mark.clone());
        let caller_key = web::Data::new(CallerKey::new(&self.env));
        let builder = actix_server::Server::build().shutdown_timeout(FINISH_SECONDS);
        let refused = self.metrics.connections_refused().clone();
        let open = Some(Connections::new(self.proxies.clone(), refused));
        wire::serve(builder, listener, mark, open, move || {
            let edge = self.clone();
            App::new()
                .app_data(known.clone())
                .app_data(caller_key.clone())
                .app_data(web::PayloadConfig::new(edge.body_limit))
                .app_data(web::Data::new(edge.verifier))
                .app_data(web::Data::new(edge.readiness))
                .app_data(web::Data::new(edge.metrics))
                .app_data(web::Data::new(edge.limits))
                .app_data(web::Data::new(edge.proxies))
                .app_data(web::Data::new(edge.env))
                .app_data(web::Data::new(Deadline(edge.deadline)))
                .app_data(web::Data::new(edge.by_tls))
                .app_data(table.clone())
                .app_data(scopes.clone())
                // The last one added is the outermost.
                .wrap(from_fn(revalidate))
                .wrap(from_fn(within_deadline))
                .wrap(from_fn(limit_rate))
                .wrap(from_fn(refuse_unwanted))
                .wrap(from_fn(refuse_methods))
                .wrap(from_fn(refuse_malformed))
                .wrap(from_fn(catch_panics))
                .wrap(from_fn(finish_problems))
                .wrap(Compress::default())
                .wrap(cors(&edge.allowed_origins))
                // A refused preflight is made outside of the inner one.
                .wrap(from_fn(finish_problems))
                .wrap(from_fn(measure))
                .wrap(from_fn(log_request))
                .wrap(TracingLogger::<RequestSpan>::new())
                .wrap(from_fn(join_trace))
                // For what panics in the steps in between.
                .wrap(from_fn(catch_panics))
                .wrap(from_fn(finish_problems))
                .wrap(from_fn(security_headers))
                .wrap(from_fn(rest::assign_request_id))
                .wrap(from_fn(serve_head))
                .wrap(from_fn(normalize_path))
                .configure(mount.clone())
                .configure(problem_pages::routes)
                .configure(|config| docs::routes(config, edge.document, edge.demo))
                .configure(account::routes)
                .default_service(web::to(fallback))
        })
    }
}

/// Takes an address that the setting `key` names.
///
/// # Errors
/// When it is taken already.
pub fn bind(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| taken(address, key))
}

/// The error when the address of the setting `key` cannot be used.
pub fn taken(address: SocketAddr, key: &str) -> String {
    format!("cannot listen on {address}; stop what uses it, or choose another with {key}")
}
