//! Where a picture may lie. Nothing here fetches it: browsers do, so an address that only somebody
//! inside a network could reach must not be handed to them.

use std::net::IpAddr;

use kernel::FieldFault;
use url::{Host, Url};

const MESSAGE: &str =
    "must be an https address of a public host, such as https://example.org/me.png";

/// Why an address will not do, if it will not.
pub(crate) fn check(url: &str) -> Option<FieldFault> {
    (!is_public(url)).then(|| FieldFault::new("/avatar_url", "avatar_url", MESSAGE))
}

fn is_public(url: &str) -> bool {
    // The parser reads an address as browsers do, so 0x7f.1 is 127.0.0.1 here too.
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    plain
        && match url.host() {
            Some(Host::Ipv4(address)) => is_public_address(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_public_address(IpAddr::V6(address)),
            Some(Host::Domain(name)) => is_public_name(name.trim_end_matches('.')),
            None => false,
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
fn is_public_address(address: IpAddr) -> bool {
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

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_picture_lies_at_a_public_https_address() {
        for url in [
            "https://example.org/me.png",
            "https://cdn.example.org:443/a/b?size=2",
            "https://93.184.216.34/me.png",
            "https://[2606:2800:220:1::1]/me.png",
        ] {
            assert_eq!(check(url), None, "{url}");
        }
        for url in [
            "http://example.org/me.png",
            "https://localhost/me.png",
            "https://me@example.org/me.png",
            "https://printer.local/me.png",
            "https://metadata.google.internal/",
            "https://intranet/me.png",
            "https://10.0.0.1/me.png",
            "https://127.0.0.1/me.png",
            "https://2130706433/me.png",
            "https://0x7f.1/me.png",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:7f00:1::]/",
            "https://example.org:8443/me.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "/me.png",
            "",
        ] {
            assert!(check(url).is_some(), "{url}");
        }
    }
}
