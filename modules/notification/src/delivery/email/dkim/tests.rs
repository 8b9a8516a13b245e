//! The canonical forms, and which keys and names can sign.

use kernel::SecretString;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};

use super::*;

/// The example of RFC 6376, section 3.4.5.
#[test]
fn headers_and_bodies_have_the_relaxed_form_of_the_standard() {
    let head = "A: X\r\nB : Y\t\r\n\tZ  ";
    let expected = [("a", "X"), ("b", "Y Z")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(headers(head), expected);
    assert_eq!(canonical_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    assert_eq!(canonical_body("\r\n\r\n"), "");
    assert_eq!(canonical_body("no end"), "no end\r\n");
}

/// The example of RFC 8463, appendix A.
#[test]
fn the_hash_of_a_body_is_that_of_the_standard() {
    let body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    let hash = digest(&SHA256, canonical_body(body).as_bytes());
    let expected = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";
    assert_eq!(BASE64_STANDARD.encode(hash), expected);
}

fn signer(sender: &str, selector: &str, key: &str) -> Result<Signer, DkimError> {
    let sender: Mailbox = sender.parse().expect(sender);
    Signer::new(&sender, selector, &SecretString::from(key.to_owned()))
}

#[test]
fn only_keys_that_servers_accept_and_names_of_the_dns_can_sign() {
    let pem = |pair: KeyPair| pair.serialize_pem();
    let good = pem(KeyPair::generate_for(&PKCS_ED25519).unwrap());
    let rsa = pem(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());
    for key in [&good, &rsa] {
        assert!(signer("a@example.org", "gopro", key).is_ok());
    }
    let curve = pem(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
    for key in [curve.as_str(), "", "secret"] {
        let refused = signer("a@example.org", "gopro", key).err().unwrap();
        assert!(matches!(refused, DkimError::Key), "{key}");
    }
    for selector in ["", "a b", "a..b", "-a", "a;d=evil.example", "ü"] {
        let refused = signer("a@example.org", selector, &good).err().unwrap();
        assert!(matches!(refused, DkimError::Selector(_)), "{selector}");
    }
    let refused = signer("a@127.0.0.1", "gopro", &good).err().unwrap();
    assert!(matches!(refused, DkimError::Domain(_)), "{refused}");
    let (name, text) = signer("a@Schüle.example", "2026.gopro", &good)
        .unwrap()
        .record()
        .unwrap();
    assert_eq!(name, "2026.gopro._domainkey.xn--schle-mva.example");
    assert!(text.starts_with("v=DKIM1; k=ed25519; p="), "{text}");
}
