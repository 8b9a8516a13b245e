//! The listeners, the public and the internal one: what is no HTTP is answered as a problem, and never reaches the parser
//! of the framework, which would close the connection with an empty answer.
//!
//! A connection is read through [`strict::Strict`]. Where a request breaks the rules it hands over
//! another one in its place, marked with a secret of the process, so that the answer comes in its
//! turn and with all that the edge says of every answer.

mod answered;
mod connections;
mod fault;
mod framing;
mod head;
mod scanner;
mod strict;

use std::fmt::Debug;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, apply_fn_factory, fn_service,
    map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use anyhow::Result;
use tokio::net::TcpStream;

pub(super) use connections::Connections;
pub(super) use fault::{Fault, LARGEST_HEAD, MOST_HEADERS, Mark};

use answered::Answered;
use fault::MARK;
use strict::Strict;

/// Longer than [`strict::Strict`] waits for a head, so that a slow one gets a problem.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// Middleware: answers for the requests that were refused as they came in, and for those whose body
/// is known to be broken, whatever else is wrong with them.
///
/// # Errors
/// Why the request was refused; those of the inner service.
pub(super) async fn refuse_malformed<B: MessageBody>(
    mark: web::Data<Mark>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let marked = req.headers().get(MARK);
    if let Some(fault) = marked.and_then(|value| mark.fault(value.as_bytes())) {
        return Err(rest::Error::from(fault).into());
    }
    let connection = req.request().conn_data::<Answered>();
    if connection.is_some_and(Answered::is_broken) {
        return Err(rest::body_broken().into());
    }
    next.call(req).await
}

/// Serves what `factory` makes for each worker of the server that `builder` makes. A connection for
/// which there is no place is closed.
///
/// # Errors
/// When the listener cannot be used.
pub(super) fn serve<F, I, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    mark: Mark,
    connections: Option<Connections>,
    factory: F,
) -> Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let signal = builder.graceful_shutdown_signal();
    let server = builder
        .disable_signals()
        .listen("edge", listener, move || {
            let (signal, mark) = (signal.clone(), mark.clone());
            let connections = connections.clone();
            let app = factory().into_factory();
            let app = apply_fn_factory(app, |req: Request, app: &S::Service| {
                let answered = req.conn_data::<Answered>().cloned();
                let answer = app.call(req);
                async move {
                    let answer = answer.await;
                    if let Some(answered) = answered {
                        answered.count();
                    }
                    answer
                }
            });
            let app = app.map_err(|error: S::Error| error.into().error_response());
            let http = HttpService::build()
                .on_connect_ext(|stream: &Strict, data| {
                    data.insert(stream.answered());
                })
                .graceful_shutdown_signal(move || {
                    let signal = signal.clone();
                    async move { signal.notified().await }
                })
                .client_request_timeout(HEAD_WITHIN)
                .client_disconnect_timeout(Duration::from_secs(1))
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                let mark = mark.clone();
                let peer = stream.peer_addr().ok();
                let place = connections
                    .as_ref()
                    .map(|open| open.admit(peer.map(|peer| peer.ip())));
                async move {
                    if matches!(place, Some(None)) {
                        let full = io::Error::from(io::ErrorKind::QuotaExceeded);
                        return Err(DispatchError::Io(full));
                    }
                    let stream = Strict::new(stream, mark, place.flatten());
                    Ok((stream, Protocol::Http1, peer))
                }
            })
            .and_then(http)
        })?
        .run();
    Ok(server)
}
