//! Where a request comes from, past the proxies that the operator has named.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::{HttpRequest, web};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks of proxies whose `X-Forwarded-For` is believed; that of everybody else is a claim
/// of the client and counts for nothing.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that names no network of proxies.
#[derive(Debug, thiserror::Error)]
pub enum NoNetwork {
    #[error(
        "{0:?} is not a network; write an IP address such as 10.0.0.5, or a network such as 10.0.0.0/8"
    )]
    Unreadable(String),
    #[error(
        "{text:?} is an address within a network; write {network} for the network, or {address} for the address alone"
    )]
    HostBits {
        text: String,
        network: IpNet,
        address: IpAddr,
    },
    #[error(
        "{0:?} is every address or nearly so, so clients could claim any IP address; list only the networks of your proxies, of /8 (IPv4) or /7 (IPv6) at most"
    )]
    Everybody(String),
    #[error("{0:?} is a network of IPv4 in the notation of IPv6; write it as in 10.0.0.0/8")]
    Mapped(String),
}

impl TrustedProxies {
    /// Those at these addresses (`10.0.0.5`) and in these networks (`10.0.0.0/8`, RFC 4632).
    ///
    /// # Errors
    /// [`NoNetwork`] for the first text that is neither, or that is everybody.
    pub fn new(networks: &[String]) -> Result<Self, NoNetwork> {
        let networks = networks.iter().map(|text| trusted(text));
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address, as [`IpAddr::to_canonical`] gives it, is one of a proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn trusted(text: &str) -> Result<IpNet, NoNetwork> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse::<IpNet>());
    let network = network.map_err(|_| NoNetwork::Unreadable(text.to_owned()))?;
    if let IpNet::V6(network) = network
        && network.addr().to_ipv4_mapped().is_some()
    {
        return Err(NoNetwork::Mapped(text.to_owned()));
    }
    // The largest private networks (RFC 1918, RFC 4193).
    let widest = if network.addr().is_ipv4() { 8 } else { 7 };
    if network.prefix_len() < widest {
        return Err(NoNetwork::Everybody(text.to_owned()));
    }
    if network.trunc() != network {
        return Err(NoNetwork::HostBits {
            text: text.to_owned(),
            network: network.trunc(),
            address: network.addr(),
        });
    }
    Ok(network)
}

/// Whether the peer of the connection is one of the trusted proxies.
pub(crate) fn is_from_trusted(req: &HttpRequest) -> bool {
    let trusted = req.app_data::<web::Data<TrustedProxies>>();
    let peer = req.peer_addr().map(|peer| peer.ip().to_canonical());
    trusted
        .zip(peer)
        .is_some_and(|(trusted, peer)| trusted.trusts(peer))
}

/// The address of the client: the peer of the connection, unless that is a trusted proxy; then the
/// last address of `X-Forwarded-For` that is none. What stands before it, and what cannot be read,
/// anybody may have written.
pub fn client_address(req: &HttpRequest) -> Option<IpAddr> {
    let peer = req.peer_addr()?.ip().to_canonical();
    let Some(trusted) = req.app_data::<web::Data<TrustedProxies>>() else {
        return Some(peer);
    };
    let mut client = peer;
    let mut values = req.headers().get_all(FORWARDED_FOR).collect::<Vec<_>>();
    while trusted.trusts(client) {
        let Some(value) = values.pop() else {
            break;
        };
        for text in value.to_str().unwrap_or_default().rsplit(',') {
            let Some(address) = parse(text.trim()) else {
                return Some(client);
            };
            client = address;
            if !trusted.trusts(client) {
                break;
            }
        }
    }
    Some(client)
}

/// What counts as one place of the network: an IPv4 address, or the /64 that an IPv6 household has.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

/// The IPv6 /48 of an address, which one customer may have, with 65,536 networks in it; none of an IPv4 address.
pub fn wide_network(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into())
        }
        IpAddr::V4(_) => None,
    }
}

/// An address as proxies write it: bare, or with a port, or an IPv6 address in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next());
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| bare?.parse().ok());
    let with_port = || Some(text.parse::<std::net::SocketAddr>().ok()?.ip());
    Some(address.or_else(with_port)?.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".to_owned(), "::1".to_owned()];
        let trusted = TrustedProxies::new(&trusted).expect("networks");
        let mut request = TestRequest::default()
            .peer_addr(format!("{peer}:4711").parse().expect("an address"))
            .app_data(web::Data::new(trusted));
        for value in forwarded {
            request = request.append_header((FORWARDED_FOR, *value));
        }
        let address = client_address(&request.to_http_request());
        address.expect("an address").to_string()
    }

    #[test]
    fn only_the_word_of_a_trusted_proxy_counts() {
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), "192.0.2.7");
        assert_eq!(seen("10.0.0.5", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("[::1]", &["198.51.100.1:80"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(seen("[::ffff:10.0.0.5]", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &[]), "10.0.0.5");
    }

    #[test]
    fn what_a_client_has_written_before_its_proxy_is_passed_over() {
        let claimed = ["127.0.0.1, 10.9.9.9, 198.51.100.1, 10.0.0.6"];
        assert_eq!(seen("10.0.0.5", &claimed), "198.51.100.1");
        let several = ["203.0.113.9", "198.51.100.1", "10.0.0.6"];
        assert_eq!(seen("10.0.0.5", &several), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &["198.51.100.1, nonsense"]), "10.0.0.5");
        assert_eq!(seen("10.0.0.5", &["10.0.0.7, 10.0.0.6"]), "10.0.0.7");
    }

    #[test]
    fn an_invalid_network_is_reported() {
        for (text, meant) in [
            ("10.0.0.0/99", "10.0.0.0/8"),
            (
                "10.0.0.5/8",
                "write 10.0.0.0/8 for the network, or 10.0.0.5",
            ),
            ("2001:db8::1/32", "write 2001:db8::/32 for"),
            ("0.0.0.0/0", "every address"),
            ("10.0.0.5/0", "every address"),
            ("::/0", "every address"),
            ("0.0.0.0/1", "every address"),
            ("2000::/3", "every address"),
            ("::ffff:0:0/96", "as in 10.0.0.0/8"),
            ("::ffff:10.0.0.5", "as in 10.0.0.0/8"),
        ] {
            let refused = TrustedProxies::new(&[text.to_owned()]);
            let values = refused.expect_err("no network").to_string();
            assert!(values.contains(meant), "{values}");
        }
        for text in [
            "10.0.0.5/32",
            "10.0.0.0/8",
            "::1/128",
            "fe80::/10",
            "fc00::/7",
        ] {
            TrustedProxies::new(&[text.to_owned()]).expect(text);
        }
    }
}
