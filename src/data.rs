//! The data folder: private to its user, held by one server at a time, and open to visitors.

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
        if path.is_file() {
            bail!("{}", no_folder(path));
        }
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
            .with_context(|| unwritable(path))?;
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
        if let Some(key) = find_master_key(&self.path, configured)? {
            return Ok(key);
        }
        let path = self.path.join("master.key");
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

/// Looks at a folder without a lock, beside the server that may hold it: `files` must be there, and
/// nothing is made.
///
/// # Errors
/// One sentence that says which of it is missing or out of reach.
pub fn visit(path: &Path, files: &[String]) -> Result<()> {
    let shown = path.display();
    if path.is_file() {
        bail!("{}", no_folder(path));
    }
    for file in files {
        let there = path.join(file).try_exists().with_context(|| {
            format!("cannot look into the data folder {shown}; run this as the user of the server")
        })?;
        if !there {
            bail!(
                "there is no data in {shown}; start the server once with gopro serve, or name the folder with data.folder"
            );
        }
    }
    Ok(())
}

/// Makes a file in the folder and takes it away again.
///
/// # Errors
/// One sentence when it cannot be written.
pub fn try_writing(path: &Path) -> Result<()> {
    let probe = path.join(format!("gopro.probe.{}", std::process::id()));
    let written = fs::write(&probe, "gopro").and_then(|()| fs::remove_file(&probe));
    written.with_context(|| unwritable(path))
}

/// The configured master key, or the one of the folder; `None` when it has none yet.
///
/// # Errors
/// When the file is there and cannot be used.
pub fn find_master_key(folder: &Path, configured: &SecretString) -> Result<Option<SecretString>> {
    if !configured.expose_secret().is_empty() {
        return Ok(Some(configured.clone()));
    }
    let path = folder.join("master.key");
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read the master key {}; run this as the user of the server",
            path.display()
        )
    })?;
    if text.trim().len() < 32 {
        bail!(
            "the master key {} is damaged; restore it from your backup",
            path.display()
        );
    }
    Ok(Some(text.trim().to_owned().into()))
}

fn no_folder(path: &Path) -> String {
    format!(
        "the data folder {} is a file; choose a folder with data.folder",
        path.display()
    )
}

fn unwritable(path: &Path) -> String {
    format!(
        "cannot write to the data folder {}; make it writable for this user or choose another with data.folder",
        path.display()
    )
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
