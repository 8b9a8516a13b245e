//! Argon2id off the request threads, behind a small bounded queue.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use kernel::{Env, ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::Error;

/// OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// The minimum memory, in blocks of 1 KiB: above 32 MiB the system's allocator maps
/// memory of its own and gives all of it back, where less would stay with each thread that ever
/// hashed. What is not touched costs nothing.
const MAPPED_BLOCKS: usize = 33 * 1024;
/// Hashes that may wait per running one, before the next caller is rejected.
const QUEUE_PER_LANE: usize = 16;

pub(crate) struct PasswordHasher {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    spare: Arc<Spare>,
    capacity: usize,
    refused: AtomicU64,
    env: Env,
    decoy: String,
}

/// Memory that was hashed in a moment ago: to map it anew costs as much time as the hash itself.
#[derive(Default)]
struct Spare {
    rooms: Mutex<Vec<Vec<Block>>>,
    uses: AtomicU64,
}

/// A lane that rests this long gives its memory back.
const REST: Duration = Duration::from_secs(1);

impl Spare {
    fn take(&self) -> Vec<Block> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.pop().unwrap_or_default()
    }

    fn give(&self, room: Vec<Block>) -> u64 {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.push(room);
        self.uses.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Frees what is there, unless somebody has used it since the use number `use_number`.
    fn rest(&self, use_number: u64) {
        if self.uses.load(Ordering::Relaxed) == use_number {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.clear();
        }
    }
}

/// What a comparison with a stored hash gave.
pub(crate) struct Checked {
    /// Whether the password is the stored one.
    pub right: bool,
    /// Whether the stored hash was made with weaker parameters than today's.
    pub outdated: bool,
}

impl PasswordHasher {
    pub(crate) fn new(lanes: usize, env: &Env) -> Result<Self, Error> {
        let lanes = lanes.max(1);
        let capacity = lanes * (QUEUE_PER_LANE + 1);
        Ok(Self {
            running: Arc::new(Semaphore::new(lanes)),
            admitted: Arc::new(Semaphore::new(capacity)),
            spare: Arc::default(),
            capacity,
            refused: AtomicU64::new(0),
            env: env.clone(),
            decoy: hash(
                b"nobody has this password",
                &env.bytes::<16>(),
                &mut Vec::new(),
            )?,
        })
    }

    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let salt = self.env.bytes::<16>();
        self.run(move |room| hash(password.expose_secret().as_bytes(), &salt, room))
            .await?
    }

    /// Verifies against `stored`, or against a decoy when there is no account or it has no password,
    /// so that all take the same time.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Checked, Error> {
        let stored = stored.filter(|stored| !stored.is_empty());
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let mut checked = self
            .run(move |room| verify(password.expose_secret().as_bytes(), &stored, room))
            .await??;
        checked.right &= known;
        Ok(checked)
    }

    /// How many passwords are being hashed or wait for it.
    pub(crate) fn queued(&self) -> usize {
        self.capacity - self.admitted.available_permits()
    }

    /// How many may be hashed or wait at most.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many callers were rejected since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Runs what takes long for a password in its turn, off the request threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _admitted = self.admitted.try_acquire().map_err(|_| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            Error::Busy
        })?;
        let running = Arc::clone(&self.running);
        let permit = running.acquire_owned().await.map_err(|_| Error::Busy)?;
        // The permit goes along, so that a caller who hangs up does not free the lane early.
        let spare = Arc::clone(&self.spare);
        let task = tokio::task::spawn_blocking(move || {
            let mut room = spare.take();
            let result = work(&mut room);
            let use_number = spare.give(room);
            drop(permit);
            (result, use_number)
        });
        let (result, use_number) = task
            .await
            .map_err(|error| Error::Internal(error.to_string()))?;
        let spare = Arc::clone(&self.spare);
        tokio::spawn(async move {
            tokio::time::sleep(REST).await;
            spare.rest(use_number);
        });
        Ok(result)
    }
}

fn hash(password: &[u8], salt: &[u8], room: &mut Vec<Block>) -> Result<String, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(broken)?;
    let derived = derive(password, salt, params, room)?;
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${}${}",
        BASE64_STANDARD_NO_PAD.encode(salt),
        BASE64_STANDARD_NO_PAD.encode(derived)
    ))
}

fn verify(password: &[u8], stored: &str, room: &mut Vec<Block>) -> Result<Checked, Error> {
    let stored = PasswordHash::new(stored).map_err(broken)?;
    let params = Params::try_from(&stored).map_err(broken)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(broken("a stored hash has no salt or no value"));
    };
    let outdated = params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES;
    let derived = derive(password, salt.as_ref(), params, room)?;
    Ok(Checked {
        right: verify_slices_are_equal(&derived, expected.as_bytes()).is_ok(),
        outdated,
    })
}

/// Every block is written before it is read, so a room that was used before does as well.
fn derive(
    password: &[u8],
    salt: &[u8],
    params: Params,
    room: &mut Vec<Block>,
) -> Result<[u8; 32], Error> {
    let blocks = params.block_count();
    room.reserve(blocks.max(MAPPED_BLOCKS).saturating_sub(room.len()));
    if room.len() < blocks {
        room.resize(blocks, Block::default());
    }
    let mut derived = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut derived, &mut room[..blocks])
        .map_err(broken)?;
    Ok(derived)
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("Argon2: {error}"))
}
