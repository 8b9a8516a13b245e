//! Answers other processes for the modules of this one.

use std::net::SocketAddr;
use std::sync::Arc;

use contracts::course::CourseApi;
use contracts::user::UserApi;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::{course, user};

/// The modules of this process that others may ask.
#[derive(Clone, Default)]
pub struct Served {
    /// The user module.
    pub user: Option<Arc<dyn UserApi>>,
    /// The course module.
    pub course: Option<Arc<dyn CourseApi>>,
}

/// Serves until `stop`, with the health service of gRPC beside it; what is being answered then is
/// answered to its end. Gives where it listens and the task that does it.
///
/// # Errors
/// When the address is taken.
pub async fn serve(
    address: SocketAddr,
    served: Served,
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
    let server = Server::builder()
        .add_service(health_service)
        .add_optional_service(user)
        .add_optional_service(course);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let task = tokio::spawn(async move {
        let ended = server
            .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
            .await;
        if let Err(error) = ended {
            tracing::error!(error = %error, "other processes cannot ask this one any more");
        }
    });
    Ok((address, task))
}
