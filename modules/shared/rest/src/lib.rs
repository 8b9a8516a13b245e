//! The conventions of the HTTP API, so that every endpoint keeps them without trying:
//! problems, validated bodies and queries, callers, pages, ETags, idempotency, request ids.
//! Holds no route and no rule of a module.

mod caller;
mod client_address;
mod conditional;
mod content;
mod json;
pub mod jwt;
mod list;
pub mod openapi;
mod operation;
mod patch;
mod path;
pub mod problem;
mod query;
mod reply;
mod request_id;
mod routes;
mod schema;
mod scopes;
mod shared_answers;
mod token;

pub use caller::{Admin, Caller, Instructor, Learner, MaybeCaller};
pub use client_address::{NoNetwork, TrustedProxies, client_address};
pub use conditional::{IfMatch, not_modified};
pub use content::{Command, Json};
pub use list::{CursorKey, List, NoFilter, Paged, Paging};
pub use operation::{IdempotencyHeader, Op};
pub use patch::present;
pub use path::Path;
pub use problem::{Error, Problem};
pub use query::Query;
pub use reply::{
    PRIVATE, accepted, created, created_at_version, list, no_content, ok, with_version,
};
pub use request_id::{RequestId, assign_request_id};
pub use routes::Routes;
pub use schema::schema_faults;
pub use scopes::{MFA_ENROLL, SCOPES, ScopeTable};
pub use shared_answers::SharedAnswers;
pub use token::{API_TOKEN_PREFIX, TokenPolicy, TokenVerifier};
