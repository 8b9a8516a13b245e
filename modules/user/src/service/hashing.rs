//! Argon2id off the request threads, behind a small bounded queue.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kernel::{Ambient, ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Hashes that may wait per running one, before the next caller is told to come back.
const QUEUE_PER_LANE: usize = 16;

pub(crate) struct HashLane {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    ambient: Ambient,
    decoy: String,
}

impl HashLane {
    pub(crate) fn new(lanes: usize, ambient: &Ambient) -> Result<Self, Error> {
        let lanes = lanes.max(1);
        Ok(Self {
            running: Arc::new(Semaphore::new(lanes)),
            admitted: Arc::new(Semaphore::new(lanes * (QUEUE_PER_LANE + 1))),
            ambient: ambient.clone(),
            decoy: hash(b"nobody has this password", &ambient.bytes::<16>())?,
        })
    }

    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let salt = self.ambient.bytes::<16>();
        self.run(move || hash(password.expose_secret().as_bytes(), &salt))
            .await?
    }

    /// Verifies against `stored`, or against a decoy when there is no account, so that both take
    /// the same time.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let right = self
            .run(move || verify(password.expose_secret().as_bytes(), &stored))
            .await??;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _admitted = self.admitted.try_acquire().map_err(|_| Error::Busy)?;
        let running = Arc::clone(&self.running);
        let permit = running.acquire_owned().await.map_err(|_| Error::Busy)?;
        // The permit goes along, so that a caller who hangs up does not free the lane early.
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        task.await
            .map_err(|error| Error::Cryptography(error.to_string()))
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &[u8], salt: &[u8]) -> Result<String, Error> {
    let hash = argon2()?.hash_password_with_salt(password, salt);
    hash.map(|hash| hash.to_string()).map_err(broken)
}

fn verify(password: &[u8], stored: &str) -> Result<bool, Error> {
    let stored = PasswordHash::new(stored).map_err(broken)?;
    Ok(argon2()?.verify_password(password, &stored).is_ok())
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Cryptography(format!("Argon2: {error}"))
}
