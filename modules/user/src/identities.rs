//! The accounts at other providers that users have linked, and the sign-ins that are under way.

mod personal;
mod store;

pub(crate) use personal::export;
pub(crate) use store::flows;
pub(crate) use store::{
    Identity, count_of, delete, delete_of, find_by_subject, insert, list_of, set_granted_role,
    touch,
};
