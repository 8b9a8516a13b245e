//! The conventions of the HTTP API, so that every endpoint keeps them without trying:
//! problems, validated bodies and queries, callers, pages, ETags, idempotency, request ids.
//! Holds no route and no rule of a module.

mod body;
mod caller;
mod client_address;
mod conditional;
mod content;
mod derived_key;
mod json;
mod lane;
mod list;
pub mod openapi;
mod operation;
mod own_thread;
mod patch;
mod path;
pub mod problem;
mod query;
mod range;
mod received_at;
mod reply;
mod request_id;
mod routes;
mod schema;
mod scopes;
mod shape;
mod shared_answers;
mod verifier;

pub use body::Body;
pub use caller::{Admin, AuthenticatedUser, Instructor, MaybeCaller};
pub use client_address::{NoNetwork, TrustedProxies, client_address, network, wide_network};
pub use conditional::{IfMatch, IfMatchHash, OptionalIfMatchHash, is_known, not_modified};
pub use content::{Command, Json, JsonOrZip, Upload, body_broken};
pub use derived_key::derived_key;
pub use lane::{Lane, LaneError, Place, on_behalf_of};
pub use list::{CursorKey, List, NoFilter, Paged, Paging};
pub use operation::{IdempotencyHeader, Op};
pub use own_thread::OwnThread;
pub use patch::present;
pub use path::Path;
pub use problem::{Error, Problem};
pub use query::Query;
pub use range::file;
pub use received_at::{FORWARDED_AT, GatewayKey};
pub use reply::{
    PRIVATE, accepted, created, created_at_version, done, done_at_version, fingerprint, list,
    no_content, ok, with_etag_of, with_version, with_version_and_body,
};
pub use request_id::{RequestId, assign_request_id};
pub use routes::Routes;
pub use schema::{schema_faults, schema_of};
pub use scopes::{MFA_ENROLL, SCOPES, ScopeTable};
pub use shared_answers::SharedAnswers;
pub use verifier::{TokenVerifier, bearer};
