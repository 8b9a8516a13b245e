//! Where somebody comes from, and what is known of that.

use kernel::DeviceId;

/// Where a user logs in from.
pub(crate) struct Device {
    pub name: String,
    pub ip_address: String,
    /// The device, when the user has logged in with it before.
    pub known: Option<DeviceId>,
}

/// Where a try comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// An IPv4 address or a /64; empty when it is not known.
    pub network: String,
    pub known: Known,
}

/// What is known of the caller of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// They logged in with this device before.
    Device(DeviceId),
    /// They logged in from this network before.
    Network,
    No,
}

impl Origin {
    /// The device, when it is known.
    pub(crate) fn device(&self) -> Option<DeviceId> {
        match self.known {
            Known::Device(device) => Some(device),
            Known::Network | Known::No => None,
        }
    }
}

/// The client of a request.
#[derive(Clone)]
pub(crate) struct Client {
    /// What it calls itself.
    pub agent: String,
    /// The IP address that it comes from; empty when it is not known.
    pub ip_address: String,
}
