//! Which hosts lie in the public network: no browser and no server of ours is sent to another.

use std::net::IpAddr;

use url::Host;

/// Whether a host may be public by what it is called; what a name resolves to is another question.
pub(crate) fn is_public_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_public_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public_address(IpAddr::V6(*address)),
        Host::Domain(name) => is_public_name(name.trim_end_matches('.')),
    }
}

/// Whether a host is this very machine.
pub(crate) fn is_loopback_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    }
}

fn is_public_name(host: &str) -> bool {
    const INNER: [&str; 6] = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home.arpa",
    ];
    let inner = INNER
        .iter()
        .any(|name| host == *name || host.ends_with(&format!(".{name}")));
    host.contains('.') && !inner
}

/// Outside of the private, shared, link-local, multicast and reserved ranges (RFC 6890).
pub(crate) fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let benchmarks = a == 198 && (b == 18 || b == 19);
            let protocols = (a, b, c) == (192, 0, 0);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || shared
                || benchmarks
                || protocols)
        }
        IpAddr::V6(v6) => match v6.to_ipv4() {
            Some(v4) => is_public_address(IpAddr::V4(v4)),
            // 2000::/3 is what is given out as public; 2001:db8::/32 is for documents, and 2002::/16
            // and 64:ff9b::/96 lead to addresses of the other family.
            None => {
                let [first, second, ..] = v6.segments();
                (first & 0xe000) == 0x2000 && (first, second) != (0x2001, 0x0db8) && first != 0x2002
            }
        },
    }
}
