//! Answers other processes for the modules of this one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use contracts::course::CourseApi;
use contracts::user::UserApi;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codegen::http::{HeaderMap, Response};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::util::MapResponseLayer;

use crate::access::{Access, admitted};
use crate::consistency::{Consistency, SETTINGS, TIME};
use crate::{course, trace, user};

/// An open connection is not checked again, so after an hour it must be made anew, with a
/// certificate that counts then.
const OLDEST_CONNECTION: Duration = Duration::from_secs(60 * 60);

/// The modules of this process that other processes may call.
#[derive(Clone, Default)]
pub struct Served {
    /// The user module.
    pub user: Option<Arc<dyn UserApi>>,
    /// The course module.
    pub course: Option<Arc<dyn CourseApi>>,
    /// What each answer says of this process, so that the caller can compare it.
    pub consistency: Option<Consistency>,
}

/// Serves until `stop`, with the health service of gRPC beside it; what is being answered then is
/// answered to its end. Gives where it listens and the task that does it. Without `access`
/// everybody who reaches the address may call it, and nothing is encrypted.
///
/// # Errors
/// When the address is taken.
pub async fn serve(
    address: SocketAddr,
    served: Served,
    access: Option<Access>,
    stop: CancellationToken,
) -> std::io::Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (health, health_service) = tonic_health::server::health_reporter();
    let user = served.user.map(user::server);
    let course = served.course.map(course::server);
    if user.is_some() {
        health
            .set_serving::<crate::proto::user_server::UserServer<user::Answering>>()
            .await;
    }
    if course.is_some() {
        health
            .set_serving::<crate::proto::course_server::CourseServer<course::Answering>>()
            .await;
    }
    let consistency = served.consistency;
    let introduce = move |mut answer: Response<tonic::body::Body>| {
        if let Some(consistency) = &consistency {
            introduce(consistency, answer.headers_mut());
        }
        answer
    };
    let server = Server::builder()
        .trace_fn(trace::span)
        .max_connection_age(OLDEST_CONNECTION)
        .layer(MapResponseLayer::new(introduce))
        .add_service(health_service)
        .add_optional_service(user)
        .add_optional_service(course);
    let task = tokio::spawn(async move {
        let stopped = stop.clone().cancelled_owned();
        let ended = match access {
            None => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                server.serve_with_incoming_shutdown(incoming, stopped).await
            }
            Some(access) => {
                let incoming = admitted(listener, access, stop);
                server.serve_with_incoming_shutdown(incoming, stopped).await
            }
        };
        if let Err(error) = ended {
            tracing::error!(error = %error, "other processes cannot call this one any more");
        }
    });
    Ok((address, task))
}

fn introduce(consistency: &Consistency, headers: &mut HeaderMap) {
    headers.insert(TIME, consistency.now().timestamp_millis().into());
    if let Ok(marks) = consistency.marks().parse() {
        headers.insert(SETTINGS, marks);
    }
}
