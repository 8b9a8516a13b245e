//! The internal listener for operators; its requests are parsed as strictly as public ones.

use std::net::TcpListener;

use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, web};
use anyhow::Result;
use kernel::Env;

use super::wire::{self, Mark, refuse_malformed};
use super::{
    RouteTable, catch_panics, fallback, finish_reports, refuse_methods, security_headers,
    serve_head,
};

/// Answers operators what `mount` adds; what is no HTTP is refused as by the public listener.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen_internally(
    listener: TcpListener,
    env: &Env,
    mount: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<actix_web::dev::Server> {
    let mark = Mark::new(env);
    let (known, env) = (web::Data::new(mark.clone()), web::Data::new(env.clone()));
    let pages = ["/health", "/metrics"].map(str::to_owned);
    let table = web::Data::new(RouteTable::default().with_pages(pages.into_iter()));
    let builder = actix_server::Server::build().workers(1).shutdown_timeout(1);
    wire::serve(builder, listener, mark, None, move || {
        App::new()
            .app_data(known.clone())
            .app_data(env.clone())
            .app_data(table.clone())
            .wrap(from_fn(refuse_methods))
            .wrap(from_fn(refuse_malformed))
            .wrap(from_fn(catch_panics))
            .wrap(from_fn(finish_reports))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(rest::assign_request_id))
            .wrap(from_fn(serve_head))
            .configure(mount.clone())
            .default_service(web::to(fallback))
    })
}
