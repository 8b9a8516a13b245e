//! Where a request comes from, past the proxies that the operator has named.

use std::net::IpAddr;

use actix_web::{HttpRequest, web};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks of proxies whose `X-Forwarded-For` is believed; that of everybody else is a claim
/// of the client and counts for nothing.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that names no network.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no network; write an address such as 10.0.0.5, or a network such as 10.0.0.0/8")]
pub struct NoNetwork(String);

impl TrustedProxies {
    /// Those at these addresses (`10.0.0.5`) and in these networks (`10.0.0.0/8`, RFC 4632).
    ///
    /// # Errors
    /// [`NoNetwork`] for the first text that is neither.
    pub fn new(networks: &[String]) -> Result<Self, NoNetwork> {
        let network = |text: &String| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            let network = address.or_else(|_| text.parse::<IpNet>());
            network.map_err(|_| NoNetwork(text.clone()))
        };
        networks
            .iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
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
    let mut told = req.headers().get_all(FORWARDED_FOR).collect::<Vec<_>>();
    while trusted.trusts(client) {
        let Some(value) = told.pop() else {
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
    fn what_is_no_network_is_told() {
        let refused = TrustedProxies::new(&["10.0.0.0/99".to_owned()]);
        let told = refused.expect_err("no network").to_string();
        assert!(told.contains("10.0.0.0/8"), "{told}");
    }
}
