//! Signs emails with the key of the sender's domain (DKIM, RFC 6376), so that servers that receive them can tell
//! them from forged ones.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use kernel::{ExposeSecret, SecretString};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use url::Host;

/// The headers that are signed where an email has them. Those that a reader sees are named once more, so that a
/// second one, which nobody has signed, breaks the signature (RFC 6376, section 8.15).
const SIGNED: [&str; 12] = [
    "from",
    "from",
    "to",
    "to",
    "subject",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];

/// How many characters of a signature stand in a line.
const LINE: usize = 64;

/// Signs the emails of one sender.
pub(crate) struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(rsa::KeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// The signer for the domain of a sender, with a private key as PEM.
    pub(crate) fn new(
        sender: &Mailbox,
        selector: &str,
        key: &SecretString,
    ) -> Result<Self, DkimError> {
        let domain = Host::parse(sender.email.domain());
        let Ok(Host::Domain(domain)) = domain else {
            return Err(DkimError::Domain(sender.email.domain().to_owned()));
        };
        let labels = selector.split('.');
        let named = labels.into_iter().all(|label| {
            let inner = label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
        });
        if !named {
            return Err(DkimError::Selector(selector.to_owned()));
        }
        Ok(Self {
            domain,
            selector: selector.to_owned(),
            key: parse(key.expose_secret()).ok_or(DkimError::Key)?,
        })
    }

    /// Adds the signature to an email; the same bytes for the same email and moment.
    pub(crate) fn sign(&self, mail: &mut Message, at: DateTime<Utc>) -> Result<(), SigningError> {
        let bytes = mail.formatted();
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let headers = headers(head);
        let signed: Vec<&str> = SIGNED
            .into_iter()
            .filter(|name| headers.iter().any(|(known, _)| known == name))
            .collect();
        let hash = digest(&SHA256, canonical_body(body).as_bytes());
        let unsigned = format!(
            "v=1; a={}; c=relaxed/relaxed; d={};\r\n s={}; t={};\r\n h={};\r\n bh={};\r\n b=",
            self.algorithm(),
            self.domain,
            self.selector,
            at.timestamp(),
            signed.join(":"),
            BASE64_STANDARD.encode(hash),
        );
        let mut input = String::new();
        for (place, name) in signed.iter().enumerate() {
            // A name that stands here again means the header before, and there is none.
            let first = !signed[..place].contains(name);
            let value = headers.iter().rev().find(|(known, _)| known == name);
            if let Some((_, value)) = value.filter(|_| first) {
                let _ = write!(input, "{name}:{value}\r\n");
            }
        }
        let _ = write!(input, "dkim-signature:{}", canonical_value(&unsigned));
        let signature = BASE64_STANDARD.encode(self.key.sign(input.as_bytes())?);
        let mut value = unsigned;
        for (place, character) in signature.chars().enumerate() {
            if place > 0 && place % LINE == 0 {
                value.push_str("\r\n ");
            }
            value.push(character);
        }
        let name = HeaderName::new_from_ascii_str("DKIM-Signature");
        let header = HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value);
        mail.headers_mut().insert_raw(header);
        Ok(())
    }

    /// The name and the text of the DNS record by which others check the signatures (section 3.6).
    pub(crate) fn record(&self) -> Result<(String, String), SigningError> {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        let (kind, key) = match &self.key {
            Key::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
                ("rsa", BASE64_STANDARD.encode(der.as_ref()))
            }
            Key::Ed25519(pair) => ("ed25519", BASE64_STANDARD.encode(pair.public_key())),
        };
        Ok((name, format!("v=DKIM1; k={kind}; p={key}")))
    }

    fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        }
    }
}

/// A key with which no email can be signed, or a name for it that is none; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DkimError {
    /// The address of the sender has no domain that could have a key.
    #[error(
        "emails from {0:?} cannot be signed, because that is not the name of a domain; set mail.from to an address of your domain, or leave mail.dkim_selector empty"
    )]
    Domain(String),
    /// The selector is none.
    #[error(
        "{0:?} is not a name for the DNS; write letters, digits, and hyphens, such as \"gopro\""
    )]
    Selector(String),
    /// The key is none, or too short.
    #[error(
        "is not an RSA key of 2048 to 8192 bits or an Ed25519 key as PEM; make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048, and set mail.dkim_key_file"
    )]
    Key,
}

/// The library of cryptography could not sign.
#[derive(Debug, thiserror::Error)]
#[error("the email cannot be signed: {0}; check mail.dkim_key")]
pub struct SigningError(#[from] aws_lc_rs::error::Unspecified);

impl Key {
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SigningError> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)?;
                Ok(signature)
            }
            // Ed25519 signs the hash of the input (RFC 8463, section 3).
            Self::Ed25519(pair) => {
                let hash = digest(&SHA256, input);
                Ok(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }
}

/// An RSA key of at least 2048 bits, or an Ed25519 key.
fn parse(pem: &str) -> Option<Key> {
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()? {
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            let rsa = rsa::KeyPair::from_pkcs8(der).map(Key::Rsa).ok();
            rsa.or_else(|| {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
                pair.map(Key::Ed25519).ok()
            })
        }
        PrivateKeyDer::Pkcs1(der) => {
            let pair = rsa::KeyPair::from_der(der.secret_pkcs1_der());
            pair.map(Key::Rsa).ok()
        }
        _ => None,
    }
}

/// The names of headers in lower case, and their values in the relaxed form (section 3.4.2).
fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let lines = unfolded.split("\r\n");
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), canonical_value(value)))
        .collect()
}

fn canonical_value(value: &str) -> String {
    let words = value.split([' ', '\t', '\r', '\n']);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A body in the relaxed form (section 3.4.4): one space for many, none at the end of a line, no empty lines at
/// the end.
fn canonical_body(body: &str) -> String {
    let mut canonical = String::with_capacity(body.len());
    let mut empty_lines = 0;
    for line in body.split("\r\n") {
        let mut relaxed = String::with_capacity(line.len());
        for character in line.chars() {
            match character {
                ' ' | '\t' if relaxed.ends_with(' ') => {}
                '\t' => relaxed.push(' '),
                other => relaxed.push(other),
            }
        }
        let relaxed = relaxed.trim_end_matches(' ');
        if relaxed.is_empty() {
            empty_lines += 1;
            continue;
        }
        canonical.push_str(&"\r\n".repeat(empty_lines));
        empty_lines = 0;
        canonical.push_str(relaxed);
        canonical.push_str("\r\n");
    }
    canonical
}

#[cfg(test)]
mod tests;
