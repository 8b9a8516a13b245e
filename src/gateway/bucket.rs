//! Whose requests are counted together.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpMessage, HttpRequest};
use kernel::UserId;
use rest::MaybeCaller;

/// A user, or, where no token is shown, an IPv4 address or the /64 of an IPv6 household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bucket {
    User(UserId),
    IpAddress(IpAddr),
}

impl Bucket {
    /// The bucket of a request whose token was looked at.
    pub(super) fn of(req: &HttpRequest) -> Self {
        match req.extensions().get::<MaybeCaller>() {
            Some(MaybeCaller(Some(caller))) => Self::User(caller.user_id),
            _ => Self::of_address(rest::client_address(req)),
        }
    }

    /// The bucket of an address; all whose address is unknown share one.
    pub(super) fn of_address(address: Option<IpAddr>) -> Self {
        let address = address.map_or(Ipv4Addr::UNSPECIFIED.into(), rest::network);
        Self::IpAddress(address)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::IpAddress(address) => write!(f, "ip_address:{address}"),
        }
    }
}
