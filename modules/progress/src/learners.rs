//! Learners as a whole: one row each, which every change of theirs locks first, and the users who
//! are erased.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use service::{on_user_created, on_user_updated};
pub(crate) use store::{
    ZoneChange, count_facts, delete, delete_zones_of, export, export_zones, find_or_new, list,
    list_after, list_zones_of, lock, mark_erased, update,
};
