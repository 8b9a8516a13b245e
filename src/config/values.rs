//! What is wrong with single values that a schema lets pass.

use std::net::SocketAddr;
use std::path::Path;

use kernel::Role;
use notification::{MailSettings, Transport};
use rustls::pki_types::DnsName;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use super::cache;

type Check = fn(&str) -> Result<(), String>;

const CHECKS: [(&str, Check); 20] = [
    ("server.address", address),
    ("server.internal_address", address),
    ("server.trusted_proxies", proxy),
    ("rpc.address", address),
    ("rpc.user", module),
    ("rpc.course", module),
    ("gateway.user", service),
    ("gateway.course", service),
    ("gateway.progress", service),
    ("gateway.notification", service),
    ("rpc.peers", name),
    ("database.url", location),
    ("bus.url", location),
    ("cache.url", cache::location),
    ("auth.mfa_roles", role),
    ("auth.breached_passwords_file", readable),
    ("cors.allowed_origins", origin),
    ("mail.from", sender),
    ("mail.smtp_url", smtp),
    ("log.level", directives),
];

/// The faults of all values, each with its key; an empty text is none.
pub(super) fn faults(tree: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, check) in CHECKS {
        let value = tree.pointer(&format!("/{}", key.replace('.', "/")));
        let texts = match value {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            other => Vec::from_iter(other.and_then(Value::as_str)),
        };
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            if let Err(message) = check(text) {
                faults.push(format!("  {key}: {message}"));
            }
        }
    }
    let (public, internal) = (
        &tree["server"]["address"],
        &tree["server"]["internal_address"],
    );
    let free = public
        .as_str()
        .is_some_and(|address| address.ends_with(":0"));
    if public == internal && !free {
        faults.push(
            "  server.internal_address: must be another address than server.address, because people may reach that one"
                .to_owned(),
        );
    }
    faults
}

fn address(text: &str) -> Result<(), String> {
    text.parse::<SocketAddr>()
        .map(drop)
        .map_err(|_| "must be an address and a port up to 65535, such as 127.0.0.1:8080".to_owned())
}

fn proxy(text: &str) -> Result<(), String> {
    let known = rest::TrustedProxies::new(&[text.to_owned()]);
    known.map(drop).map_err(|error| error.to_string())
}

/// It may hold a password, so it is not shown.
fn location(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text).ok();
    let host = url.is_some_and(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    host.then_some(()).ok_or_else(|| {
        "must be scheme://user:password@host:port/name; write special characters of the password as %XX".to_owned()
    })
}

/// Whether a text names a host by one of these schemes, and nothing of it.
fn is_at(text: &str, schemes: &[&str]) -> bool {
    let url = url::Url::parse(text).ok();
    url.is_some_and(|url| {
        let bare = url.username().is_empty() && url.password().is_none();
        let whole = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        schemes.contains(&url.scheme()) && url.has_host() && bare && whole
    })
}

fn module(text: &str) -> Result<(), String> {
    is_at(text, &["http", "https"]).then_some(()).ok_or_else(|| {
        format!("{text:?} is no address of a process; write http://host:port, or https://host:port with certificates")
    })
}

fn service(text: &str) -> Result<(), String> {
    is_at(text, &["http"])
        .then_some(())
        .ok_or_else(|| format!("{text:?} is no address of a service; write http://host:port"))
}

fn name(text: &str) -> Result<(), String> {
    let name = DnsName::try_from(text);
    name.map(drop).map_err(|_| {
        format!("{text:?} is no DNS name; write it as it stands in the certificate of who asks, such as gateway")
    })
}

fn role(text: &str) -> Result<(), String> {
    let known = serde_json::from_value::<Role>(text.into());
    known
        .map(drop)
        .map_err(|_| format!("{text:?} is no role; use student, instructor or admin"))
}

fn readable(text: &str) -> Result<(), String> {
    user::check_breached_passwords(Path::new(text)).map_err(|error| {
        format!("cannot use {text}: {error}; give a file of sorted lines of upper-case SHA-1")
    })
}

fn origin(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text).ok();
    let is_exact = url.is_some_and(|url| url.origin().ascii_serialization() == text);
    (is_exact && is_at(text, &["http", "https"])).then_some(()).ok_or_else(|| {
        format!("{text:?} is no exact origin; write scheme, host and port alone, such as https://app.example.org")
    })
}

fn mail(from: &str, transport: Transport) -> Result<(), String> {
    let settings = MailSettings {
        from: from.to_owned(),
        public_url: String::new(),
        transport,
    };
    settings.check().map_err(|error| error.to_string())
}

fn sender(text: &str) -> Result<(), String> {
    mail(text, Transport::Folder("mail".into()))
}

fn smtp(text: &str) -> Result<(), String> {
    let url = text.to_owned().into();
    mail("a@example.org", Transport::Smtp { url })
}

fn directives(text: &str) -> Result<(), String> {
    let parts = text.split(',').map(str::trim);
    let meant = parts.clone().all(|part| !part.is_empty());
    let parsed = EnvFilter::builder().parse(text).is_ok();
    (meant && parsed).then_some(()).ok_or_else(|| {
        format!("{text:?} is no level; use error, warn, info, debug or trace, or directives such as info,sqlx=warn")
    })
}

#[cfg(test)]
mod tests {
    use super::{module, origin, service};

    #[test]
    fn an_address_of_a_process_is_a_scheme_and_a_host_and_its_port_may_be_the_usual_one() {
        for good in ["http://user:8080", "http://user:80", "http://[::1]:8080/"] {
            assert_eq!(service(good), Ok(()), "{good}");
            assert_eq!(module(good), Ok(()), "{good}");
        }
        for bad in [
            "user:8080",
            "http://",
            "http://user:8080/api",
            "http://me:secret@user:8080",
            "http://user:8080?a",
            "ftp://user",
        ] {
            assert!(service(bad).is_err() && module(bad).is_err(), "{bad}");
        }
        assert!(service("https://user:8080").is_err());
        assert_eq!(module("https://user:443"), Ok(()));
        assert!(origin("https://app.example.org:443").is_err(), "not exact");
        assert_eq!(origin("https://app.example.org"), Ok(()));
    }
}
