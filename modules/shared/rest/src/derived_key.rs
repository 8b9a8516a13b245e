//! Keys for one purpose each, made from the master key of an installation.

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use kernel::{ExposeSecret, SecretString};

/// The key of `purpose` (HKDF, RFC 5869): it reveals nothing of the master key nor of the keys of other
/// purposes, so that what one of them signs is worth nothing elsewhere.
#[expect(
    clippy::expect_used,
    reason = "HKDF gives up to 255 hashes, and one is needed"
)]
pub fn derived_key(master_key: &SecretString, purpose: &str) -> [u8; 32] {
    let secret = master_key.expose_secret().as_bytes();
    let extracted = Salt::new(HKDF_SHA256, b"gopro").extract(secret);
    let info = [purpose.as_bytes()];
    let expanded = extracted.expand(&info, HKDF_SHA256);
    let mut key = [0; 32];
    expanded
        .and_then(|expanded| expanded.fill(&mut key))
        .expect("one hash");
    key
}

#[cfg(test)]
mod tests {
    use super::derived_key;

    #[test]
    fn a_key_is_of_its_purpose_and_its_master_key_alone() {
        let (one, other) = ("a master key".to_owned(), "another".to_owned());
        let (one, other) = (one.into(), other.into());
        assert_eq!(derived_key(&one, "cursors"), derived_key(&one, "cursors"));
        assert_ne!(derived_key(&one, "cursors"), derived_key(&one, "answers"));
        assert_ne!(derived_key(&one, "cursors"), derived_key(&other, "cursors"));
    }
}
