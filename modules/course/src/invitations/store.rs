//! The tables of invitations.

pub(crate) mod invitations;
pub(crate) mod redemptions;
