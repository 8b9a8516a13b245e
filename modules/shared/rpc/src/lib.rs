//! The contract traits over gRPC: a caller cannot distinguish a module of this process from one behind
//! this. The one place that knows tonic, and TLS between our processes.

mod access;
mod channel;
mod compare;
mod consistency;
mod course;
mod fault;
mod server;
mod tls;
mod trace;
mod user;

pub use access::{Access, NameError};
pub use channel::{AddressError, Peer};
pub use compare::compare;
pub use consistency::{Consistency, PeerState};
pub use course::RemoteCourse;
pub use server::{Served, serve};
pub use tls::{Tls, TlsError, TlsFiles};
pub use trace::traced;
pub use user::RemoteUser;

#[expect(clippy::allow_attributes, unreachable_pub, reason = "generated code")]
mod proto {
    tonic::include_proto!("gopro.v1");
}
