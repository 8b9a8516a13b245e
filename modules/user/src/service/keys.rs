//! The keys that sign access tokens: Ed25519, sealed at rest with the master key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contracts::user::VerifyingKey;
use database::Database;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Ambient, ExposeSecret, SecretString};
use rest::AccessClaims;

use crate::Error;
use crate::store;
use crate::store::keys::SealedKey;

/// The key that signs and all keys that still verify.
pub(crate) struct KeyRing {
    signing: EncodingKey,
    signing_id: String,
    verifying: Vec<VerifyingKey>,
}

impl KeyRing {
    /// Opens the stored keys; makes the first one when there is none.
    pub(crate) async fn open(
        database: &Database,
        ambient: &Ambient,
        master_key: &SecretString,
    ) -> Result<Self, Error> {
        let mut keys = store::keys::list(database.read()).await?;
        if keys.is_empty() {
            let txn = database.begin().await?;
            keys = store::keys::list(&*txn).await?;
            if keys.is_empty() {
                let key = generate(master_key)?;
                store::keys::insert(&*txn, &key, ambient.now()).await?;
                keys.push(key);
            }
            txn.commit().await?;
        }
        let newest = keys.first().ok_or_else(|| broken("no signing key"))?;
        let private = unseal(newest, master_key)?;
        let verifying = keys.iter().map(|key| VerifyingKey {
            key_id: key.key_id.clone(),
            x: key.public_x.clone(),
        });
        Ok(Self {
            signing: EncodingKey::from_ed_der(&private),
            signing_id: newest.key_id.clone(),
            verifying: verifying.collect(),
        })
    }

    pub(crate) fn sign(&self, claims: &AccessClaims) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.signing_id.clone());
        jsonwebtoken::encode(&header, claims, &self.signing).map_err(broken)
    }

    pub(crate) fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }
}

fn generate(master_key: &SecretString) -> Result<SealedKey, Error> {
    let pair = Ed25519KeyPair::generate().map_err(broken)?;
    let document = pair.to_pkcs8v1().map_err(broken)?;
    let public = pair.public_key().as_ref().to_vec();
    let key_id = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..12]);
    let mut sealed = document.as_ref().to_vec();
    let nonce = sealing_key(master_key)?
        .seal_in_place_append_tag(Aad::from(key_id.as_bytes()), &mut sealed)
        .map_err(broken)?;
    let mut bytes = nonce.as_ref().to_vec();
    bytes.extend(sealed);
    Ok(SealedKey {
        key_id,
        sealed_private_key: BASE64_URL_SAFE_NO_PAD.encode(bytes),
        public_x: BASE64_URL_SAFE_NO_PAD.encode(public),
    })
}

fn unseal(key: &SealedKey, master_key: &SecretString) -> Result<Vec<u8>, Error> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(&key.sealed_private_key)
        .map_err(broken)?;
    let (nonce, sealed) = bytes
        .split_at_checked(NONCE_LEN)
        .ok_or_else(|| broken("a sealed key is too short"))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(broken)?;
    let mut opened = sealed.to_vec();
    let private = sealing_key(master_key)?
        .open_in_place(nonce, Aad::from(key.key_id.as_bytes()), &mut opened)
        .map_err(|_| broken("the master key does not open the stored signing keys; give the master key that this data was made with"))?;
    Ok(private.to_vec())
}

/// The configured text may have any length; its hash is the key.
fn sealing_key(master_key: &SecretString) -> Result<RandomizedNonceKey, Error> {
    let key = digest(&SHA256, master_key.expose_secret().as_bytes());
    RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Cryptography(error.to_string())
}
