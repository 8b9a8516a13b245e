//! How many connections are open, in all and from one network, so that the files that a process may
//! have open are never used up by one of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::IntCounter;
use rest::{TrustedProxies, network, wide_network};

/// Open files that no connection may take: databases, listeners, and calls to other servers.
const RESERVED: usize = 128;
/// Connections hold memory too, and each thread of the server takes 25,600 before it stops accepting.
const MOST: usize = 20_000;
/// What part of all places one network gets, and an IPv6 /48: many clients have an IPv4 address beside
/// their IPv6 network.
const SHARE: usize = 8;
const SHARE_OF_WIDE: usize = 4;
/// What is assumed where the system does not say how many files may be open.
const FEW: u64 = 1024;

/// The open connections of a listener.
#[derive(Clone)]
pub(in crate::gateway) struct Connections(Arc<Shared>);

struct Shared {
    most: usize,
    proxies: TrustedProxies,
    refused: IntCounter,
    warned: AtomicBool,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    networks: HashMap<Network, usize>,
}

/// What counts as one client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    /// An IPv4 address, or an IPv6 /64.
    Single(IpAddr),
    /// An IPv6 /48.
    Wide(IpAddr),
}

/// The place of one connection, which is free again when this is dropped.
pub(super) struct Place {
    connections: Connections,
    networks: Vec<Network>,
}

impl Connections {
    /// Raises the limit of open files as far as the system lets the process, and leaves half of them
    /// to connections: behind a gateway, each may need another one.
    pub(in crate::gateway) fn new(proxies: TrustedProxies, refused: IntCounter) -> Self {
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(FEW);
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let most = files.saturating_sub(RESERVED) / 2;
        Self::up_to(most.clamp(SHARE, MOST), proxies, refused)
    }

    fn up_to(most: usize, proxies: TrustedProxies, refused: IntCounter) -> Self {
        Self(Arc::new(Shared {
            most,
            proxies,
            refused,
            warned: AtomicBool::new(false),
            open: Mutex::default(),
        }))
    }

    /// A place for a connection of `peer`, unless all are taken, or its network has its share. A
    /// trusted proxy brings the connections of others, so it may have them all.
    pub(super) fn admit(&self, peer: Option<IpAddr>) -> Option<Place> {
        let peer = peer.map(|peer| peer.to_canonical());
        let counted = peer.filter(|peer| !self.0.proxies.trusts(*peer));
        let counted = counted.map(networks_of).unwrap_or_default();
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |network: &Network| {
            let held = open.networks.get(network).copied().unwrap_or_default();
            held >= self.0.most / network.share()
        };
        if open.total >= self.0.most || counted.iter().any(full) {
            drop(open);
            self.refuse();
            return None;
        }
        open.total += 1;
        for network in &counted {
            *open.networks.entry(*network).or_default() += 1;
        }
        Some(Place {
            connections: self.clone(),
            networks: counted,
        })
    }

    fn refuse(&self) {
        self.0.refused.inc();
        if !self.0.warned.swap(true, Ordering::Relaxed) {
            let most = self.0.most;
            tracing::warn!(
                most,
                "connections are refused, because this many are open, or an eighth of them from one network; raise the limit of open files (ulimit -n, LimitNOFILE) if they are no attack"
            );
        }
    }
}

impl Network {
    fn share(self) -> usize {
        match self {
            Self::Single(_) => SHARE,
            Self::Wide(_) => SHARE_OF_WIDE,
        }
    }
}

fn networks_of(peer: IpAddr) -> Vec<Network> {
    let mut found = vec![Network::Single(network(peer))];
    found.extend(wide_network(peer).map(Network::Wide));
    found
}

impl Drop for Place {
    fn drop(&mut self) {
        let open = &self.connections.0.open;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        for network in &self.networks {
            if let Some(count) = open.networks.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    open.networks.remove(network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places that a peer gets of so many tries.
    fn held(connections: &Connections, peer: &str, tries: usize) -> Vec<Place> {
        let peer = peer.parse().expect("an address");
        (0..tries)
            .filter_map(|_| connections.admit(Some(peer)))
            .collect()
    }

    #[test]
    fn one_client_gets_a_small_part_of_the_places_and_a_trusted_proxy_all() {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".to_owned()]).expect("networks");
        let refused = IntCounter::new("refused", "Refused.").expect("a counter");
        let connections = Connections::up_to(80, proxies, refused.clone());
        let old = held(&connections, "192.0.2.1", 20);
        assert_eq!(old.len(), 10);
        assert_eq!(held(&connections, "::ffff:192.0.2.1", 1).len(), 0);
        assert_eq!(refused.get(), 11);
        let new = held(&connections, "2001:db8:0:1::1", 20);
        let beside = held(&connections, "2001:db8:0:2::1", 20);
        assert_eq!((new.len(), beside.len()), (10, 10));
        let wide = held(&connections, "2001:db8:0:3::1", 20);
        assert_eq!(wide.len(), 0, "its /48 has a quarter");
        assert_eq!(held(&connections, "192.0.2.2", 1).len(), 1, "others get in");
        let proxy = held(&connections, "10.0.0.5", 100);
        assert_eq!(proxy.len(), 50, "all that are left");
        drop((old, new, beside, proxy));
        let open = connections.0.open.lock().expect("no panic");
        assert_eq!((open.total, open.networks.len()), (0, 0));
    }
}
