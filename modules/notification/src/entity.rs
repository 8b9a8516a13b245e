//! The tables of this module, as sea-orm sees them. Only the stores may use them.

pub(crate) mod delivery;
pub(crate) mod erased_user;
pub(crate) mod notification;
pub(crate) mod recipient;
