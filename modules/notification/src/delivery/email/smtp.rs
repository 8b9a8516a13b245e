//! The SMTP server, and its address, which is read strictly: whatever in it means nothing is a fault, and a
//! password never travels readable unless the operator has said so.

mod bounded;
mod server;

pub(crate) use server::Server;

use kernel::{ExposeSecret, SecretString};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use percent_encoding::percent_decode_str;
use url::Url;

use self::server::Encryption;
use super::settings::SettingsError;

/// The server that an address names.
pub(crate) fn server(
    address: &SecretString,
    allow_plaintext_password: bool,
    ca_pem: &str,
) -> Result<Server, SettingsError> {
    let text = address.expose_secret();
    let url = Url::parse(text).map_err(|_| wrong("is no address"))?;
    if !["smtp", "smtps"].contains(&url.scheme()) {
        return Err(wrong("begins with neither smtp:// nor smtps://"));
    }
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| wrong("names no host"))?.to_owned();
    if !matches!(url.path(), "" | "/") {
        return Err(wrong("has a path behind the host, which means nothing"));
    }
    if url.fragment().is_some() {
        return Err(wrong("has a part behind #, which means nothing"));
    }
    let (encryption, usual_port) = encryption(&url, &host, ca_pem)?;
    let encrypted = matches!(encryption, Encryption::Required(_) | Encryption::Always(_));
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) => return Err(wrong("has a password and no user")),
        (_, None) => return Err(wrong("has a user and no password")),
        (_, Some(_)) if !encrypted && !allow_plaintext_password => {
            return Err(SettingsError::ReadablePassword);
        }
        (user, Some(password)) => Some(Credentials::new(decoded(user)?, decoded(password)?)),
    };
    let port = url.port().unwrap_or(usual_port);
    Ok(Server::new(host, port, encryption, credentials))
}

/// When the connection is encrypted, and the port that is usual for it.
fn encryption(url: &Url, host: &str, ca_pem: &str) -> Result<(Encryption, u16), SettingsError> {
    let parameters: Vec<_> = url.query_pairs().collect();
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let tls = || {
        let own = Certificate::from_pem(ca_pem.as_bytes());
        let own = own.map_err(|_| SettingsError::Ca)?;
        let tls = TlsParameters::builder(host.to_owned()).add_root_certificate(own);
        tls.build().map_err(|_| wrong("cannot be used"))
    };
    match (url.scheme(), url.query(), parameters.as_slice()) {
        ("smtps", None, _) | ("smtps", _, [("tls", "required")]) => {
            Ok((Encryption::Always(tls()?), SUBMISSIONS_PORT))
        }
        ("smtp", None, _) => Ok((Encryption::None, SMTP_PORT)),
        ("smtp", _, [("tls", "required")]) => Ok((Encryption::Required(tls()?), SUBMISSION_PORT)),
        ("smtp", _, [("tls", "opportunistic")]) => {
            Ok((Encryption::Offered(tls()?), SUBMISSION_PORT))
        }
        _ => Err(SettingsError::Parameter),
    }
}

/// What stands in a part of the address, with its percent-encoding decoded.
fn decoded(part: &str) -> Result<String, SettingsError> {
    let text = percent_decode_str(part).decode_utf8();
    text.map(Into::into)
        .map_err(|_| wrong("has a user or a password that is no UTF-8"))
}

fn wrong(fault: &'static str) -> SettingsError {
    SettingsError::Smtp { fault }
}

#[cfg(test)]
mod tests;
