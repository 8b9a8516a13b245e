//! What the master key does: seals secrets at rest, and makes and checks what only it can make.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::SecretString;
use rest::derived_key;

use crate::error::Error;

/// What to do about a secret of another key.
pub(crate) const OTHER_KEY: &str = "the stored secrets were sealed with another master key; give the one that this data was made with, or restart this process if the key was replaced";

/// The configured text may have any length; a key for each purpose is derived from it.
#[derive(Clone)]
pub(crate) struct MasterKey(SecretString);

impl MasterKey {
    pub(crate) fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// Encrypts `secret`; it opens under the same `name` alone. The text begins with the version of the
    /// key, by which a wrong key is distinguished from a damaged text.
    pub(crate) fn seal(&self, name: &str, secret: &[u8]) -> Result<String, Error> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .sealing_key()?
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
            .map_err(Error::internal)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.extend(sealed);
        let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(format!("{}.{text}", self.version()))
    }

    /// Decrypts what [`MasterKey::seal`] made.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Result<Vec<u8>, Error> {
        let (version, text) = sealed
            .split_once('.')
            .ok_or_else(|| Error::internal("a sealed secret names no key"))?;
        if version != self.version() {
            return Err(Error::internal(OTHER_KEY));
        }
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(Error::internal)?;
        let (nonce, sealed) = bytes
            .split_at_checked(NONCE_LEN)
            .ok_or_else(|| Error::internal("a sealed secret is too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(Error::internal)?;
        let mut opened = sealed.to_vec();
        let secret = self
            .sealing_key()?
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut opened)
            .map_err(|_| Error::internal("a stored secret is damaged; restore it from a backup"))?;
        Ok(secret.to_vec())
    }

    /// What [`MasterKey::seal`] made, sealed with the key that follows this one.
    pub(crate) fn reseal(&self, next: &Self, name: &str, sealed: &str) -> Result<String, Error> {
        next.seal(name, &self.open(name, sealed)?)
    }

    /// Which key this is: 8 hexadecimal digits that reveal nothing of it.
    pub(crate) fn version(&self) -> String {
        let version = derived_key(&self.0, "version");
        version
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// 32 bytes that look random without the master key, the same for the same input.
    pub(crate) fn derive(&self, purpose: &str, input: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(HMAC_SHA256, &derived_key(&self.0, purpose));
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&key, input).as_ref());
        bytes
    }

    /// Whether `tag` is what [`MasterKey::derive`] gives.
    pub(crate) fn verifies(&self, purpose: &str, input: &[u8], tag: &[u8]) -> bool {
        verify_slices_are_equal(&self.derive(purpose, input), tag).is_ok()
    }

    fn sealing_key(&self) -> Result<RandomizedNonceKey, Error> {
        let key = derived_key(&self.0, "sealing");
        RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(Error::internal)
    }
}

/// What is kept of a secret that a caller shows again.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// The hash of a text, for a key.
pub(crate) fn digits(text: &str) -> String {
    hash(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
