//! The data folder: held by one process at a time, private to its user.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{Ambient, ExposeSecret, SecretString};

/// An open data folder; the lock goes with it.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Option<File>,
}

impl DataFolder {
    /// Makes the folder when it is missing, and locks it when it holds the databases.
    ///
    /// # Errors
    /// One sentence when it cannot be written or another process holds it.
    pub fn open(path: &Path, embedded: bool) -> Result<Self> {
        let shown = path.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| {
                format!("cannot make the data folder {shown}; choose another with data.folder")
            })?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("gopro.lock"))
            .with_context(|| format!("cannot write to the data folder {shown}; make it writable for this user or choose another with data.folder"))?;
        match embedded.then(|| patiently(&lock)) {
            None | Some(Ok(())) => {}
            Some(Err(TryLockError::WouldBlock)) => bail!(
                "the data folder {shown} is in use by another gopro process; stop that one, or choose another folder with data.folder"
            ),
            Some(Err(TryLockError::Error(error))) => {
                return Err(error).with_context(|| format!("cannot lock the data folder {shown}"));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: embedded.then_some(lock),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configured master key, or the one of this folder, made at first use with mode 0600.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn master_key(&self, configured: &SecretString, ambient: &Ambient) -> Result<SecretString> {
        if !configured.expose_secret().is_empty() {
            return Ok(configured.clone());
        }
        let path = self.path.join("master.key");
        if path.exists() {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read the master key {}", path.display()))?;
            if text.trim().len() < 32 {
                bail!(
                    "the master key {} is damaged; restore it from your backup",
                    path.display()
                );
            }
            return Ok(text.trim().to_owned().into());
        }
        let key = BASE64_URL_SAFE_NO_PAD.encode(ambient.bytes::<32>());
        let temporary = self.path.join("master.key.new");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)
            .with_context(|| format!("cannot write {}", temporary.display()))?;
        file.write_all(key.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        Ok(key.into())
    }
}

/// A process that was just killed may hold its lock a moment longer.
fn patiently(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..10 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(100)),
            settled => return settled,
        }
    }
    lock.try_lock()
}
