//! What the master key does: seals secrets at rest, and makes and checks what only it can make.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{ExposeSecret, SecretString};

use crate::Error;

/// The configured text may have any length; its hashes are the keys.
#[derive(Clone)]
pub(crate) struct MasterKey(SecretString);

impl MasterKey {
    pub(crate) fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// Encrypts `secret`; it opens under the same `name` alone.
    pub(crate) fn seal(&self, name: &str, secret: &[u8]) -> Result<String, Error> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .sealing_key()?
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
            .map_err(broken)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.extend(sealed);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Decrypts what [`MasterKey::seal`] made.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Result<Vec<u8>, Error> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(broken)?;
        let (nonce, sealed) = bytes
            .split_at_checked(NONCE_LEN)
            .ok_or_else(|| broken("a sealed secret is too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(broken)?;
        let mut opened = sealed.to_vec();
        let secret = self
            .sealing_key()?
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut opened)
            .map_err(|_| broken("the master key does not open a stored secret; give the master key that this data was made with"))?;
        Ok(secret.to_vec())
    }

    /// 32 bytes that nobody can tell from chance without the master key, the same for the same input.
    pub(crate) fn derive(&self, purpose: &str, input: &[u8]) -> [u8; 32] {
        let seed = format!("{purpose}/{}", self.0.expose_secret());
        let key = hmac::Key::new(HMAC_SHA256, digest(&SHA256, seed.as_bytes()).as_ref());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(&key, input).as_ref());
        bytes
    }

    /// Whether `tag` is what [`MasterKey::derive`] gives.
    pub(crate) fn verifies(&self, purpose: &str, input: &[u8], tag: &[u8]) -> bool {
        verify_slices_are_equal(&self.derive(purpose, input), tag).is_ok()
    }

    fn sealing_key(&self) -> Result<RandomizedNonceKey, Error> {
        let key = digest(&SHA256, self.0.expose_secret().as_bytes());
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(broken)
    }
}

/// What is kept of a secret that a caller shows again.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

pub(crate) fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}
