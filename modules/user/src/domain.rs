//! The terms and rules of accounts: pure, without a database and without HTTP.

mod admission;
pub(crate) mod email_address;
mod invitation;
mod json;
pub(crate) mod lately;
pub(crate) mod public_host;
mod purpose;
mod registration;
mod user;
mod visibility;

pub(crate) use admission::{Demands, Way, may_issue, may_try};
pub(crate) use invitation::{Invitation, is_beyond_student, may_invite};
pub(crate) use json::{from_json, to_json};
pub(crate) use purpose::Purpose;
pub use registration::RegistrationMode;
pub(crate) use user::{Rights, UserRecord};
pub(crate) use visibility::ProfileVisibility;

/// The name of the module in tables, events and configuration.
pub const MODULE: &str = "user";
