//! The tables of this module, as sea-orm sees them. Only the store may use them.

pub(crate) mod delivery;
pub(crate) mod forgotten;
pub(crate) mod notification;
pub(crate) mod recipient;
