//! The checks of single values that a schema cannot express.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use kernel::Role;
use rustls::pki_types::DnsName;
use serde_json::Value;

use super::nearest::did_you_mean;
use super::{
    explain::{quoted, without_user},
    location, log,
};

/// A random key has more different characters than this, and a placeholder has fewer.
const DIFFERENT_CHARACTERS: usize = 8;

type Check = fn(&str) -> Result<(), String>;

const CHECKS: [(&str, Check); 21] = [
    ("server.address", address),
    ("server.internal_address", address),
    ("server.public_url", nobody),
    ("server.trusted_proxies", proxy),
    ("rpc.address", address),
    ("rpc.user", module),
    ("rpc.course", module),
    ("gateway.user", service),
    ("gateway.course", service),
    ("gateway.progress", service),
    ("gateway.notification", service),
    ("rpc.peers", name),
    ("database.url", location::database),
    ("bus.url", location::broker),
    ("cache.url", location::cache),
    ("auth.account_url", nobody),
    ("auth.master_key", varied),
    ("auth.mfa_roles", role),
    ("auth.breached_passwords_file", readable),
    ("cors.allowed_origins", origin),
    ("log.level", log::directives),
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
    let taken = public
        .as_str()
        .is_some_and(|address| !address.ends_with(":0"));
    if public == internal && taken {
        faults.push(
            "  server.internal_address: must differ from server.address, which is public"
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
    known
        .map(drop)
        .map_err(|error| without_user(&error.to_string()))
}

/// A URL that is part of emails and tokens, where everybody would see a password.
fn nobody(text: &str) -> Result<(), String> {
    let authority = text.split_once("://").and_then(|(_, rest)| {
        let end = |letter| ['/', '\\', '?', '#'].contains(&letter);
        rest.split(end).next()
    });
    match authority.is_some_and(|authority| authority.contains('@')) {
        true => Err("must not contain a user or password, because it is public; remove the part before the @".to_owned()),
        false => Ok(()),
    }
}

/// How many characters a master key has.
pub(crate) const MASTER_KEY_LENGTH: RangeInclusive<usize> = 32..=1000;

/// What is wrong with a text that is to be the master key.
pub(crate) fn check_master_key(text: &str) -> Result<(), String> {
    if !MASTER_KEY_LENGTH.contains(&text.chars().count()) || text.contains(char::is_control) {
        let (least, most) = MASTER_KEY_LENGTH.into_inner();
        return Err(format!(
            "must be one line of {least} to {most} characters; make one with openssl rand -base64 32"
        ));
    }
    varied(text)
}

/// Whether a key can be random; one that is too short is reported as such elsewhere.
pub(crate) fn varied(text: &str) -> Result<(), String> {
    let letters: BTreeSet<char> = text.chars().collect();
    let long = text.chars().count() >= 32;
    match long && letters.len() < DIFFERENT_CHARACTERS {
        true => Err(format!(
            "must be random and have at least {DIFFERENT_CHARACTERS} different characters; make one with openssl rand -base64 32"
        )),
        false => Ok(()),
    }
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
        format!("{} is not the URL of a process; write http://host:port, or https://host:port with certificates", quoted(text))
    })
}

fn service(text: &str) -> Result<(), String> {
    is_at(text, &["http"]).then_some(()).ok_or_else(|| {
        format!(
            "{} is not the URL of a service; write http://host:port",
            quoted(text)
        )
    })
}

fn name(text: &str) -> Result<(), String> {
    let name = DnsName::try_from(text);
    name.map(drop).map_err(|_| {
        format!(
            "{} is not a DNS name; write it as in the certificate of the caller, such as gateway",
            quoted(text)
        )
    })
}

fn role(text: &str) -> Result<(), String> {
    let known = serde_json::from_value::<Role>(text.into());
    known.map(drop).map_err(|_| {
        let meant = did_you_mean(text, ["student", "instructor", "admin"]);
        format!(
            "{} is not a role; use student, instructor or admin{meant}",
            quoted(text)
        )
    })
}

fn readable(text: &str) -> Result<(), String> {
    user::check_breached_passwords(Path::new(text)).map_err(|error| {
        format!(
            "cannot use {}: {error}; give a file of sorted lines of upper-case SHA-1",
            quoted(text)
        )
    })
}

fn origin(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text).ok();
    let is_exact = url.is_some_and(|url| url.origin().ascii_serialization() == text);
    (is_exact && is_at(text, &["http", "https"])).then_some(()).ok_or_else(|| {
        format!("{} is not an exact origin; write only scheme, host and port, such as https://app.example.org", quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::{module, nobody, origin, service, varied};

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

    #[test]
    fn an_address_that_everybody_reads_holds_no_user() {
        for good in [
            "https://a.example",
            "https://a.example/@us",
            "http://[::1]:8080",
        ] {
            assert_eq!(nobody(good), Ok(()), "{good}");
        }
        for bad in [
            "https://me:hush@a.example",
            "https://hush@a.example/account",
            "http://me:hu@sh@a.example",
            "http://:hush@",
        ] {
            let fault = nobody(bad).expect_err(bad);
            assert!(!fault.contains("hu") && fault.contains("remove"), "{fault}");
        }
    }

    #[test]
    fn a_master_key_of_few_different_characters_is_refused_without_showing_it() {
        for bad in ["a".repeat(32), "abcdefg".repeat(6), "12".repeat(32)] {
            let fault = varied(&bad).expect_err(&bad);
            assert!(
                fault.contains("openssl rand") && !fault.contains(&bad),
                "{fault}"
            );
        }
        for good in [
            "0123456789abcdef0123456789abcdef",
            "a key of thirty-two letters or more",
        ] {
            assert_eq!(varied(good), Ok(()), "{good}");
        }
    }
}
