//! The contract traits over gRPC: a caller cannot tell a module of this process from one behind
//! this. The one place that knows tonic.

mod channel;
mod course;
mod fault;
mod server;
mod user;

pub use channel::Peer;
pub use course::RemoteCourse;
pub use server::{Served, serve};
pub use user::RemoteUser;

#[expect(clippy::allow_attributes, unreachable_pub, reason = "generated code")]
mod proto {
    tonic::include_proto!("gopro.v1");
}
