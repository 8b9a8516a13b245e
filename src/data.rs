//! The data folder: private to its user, held by one server at a time, and open to visitors.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{Env, ExposeSecret, SecretString};

use crate::config::{MASTER_KEY_LENGTH, varied};

const KEY: &str = "master.key";
const NEXT_KEY: &str = "master.key.next";
/// A next key that is not whole yet.
const UNFINISHED_KEY: &str = "master.key.new";

/// An open data folder; the lock goes with it.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: Option<File>,
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
        let lock = lock_file(path)?;
        Ok(Self {
            path: path.to_owned(),
            lock: match embedded {
                true => Some(locked(lock, path)?),
                false => None,
            },
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
    pub fn master_key(&self, configured: &SecretString, env: &Env) -> Result<SecretString> {
        if let Some(key) = find_master_key(&self.path, configured)? {
            return Ok(key);
        }
        // Two processes that start on one folder for the first time make one key.
        let alone = match self.lock {
            Some(_) => None,
            None => Some(locked(lock_file(&self.path)?, &self.path)?),
        };
        if let Some(key) = find_master_key(&self.path, configured)? {
            return Ok(key);
        }
        let key = self.make_next_key(env)?;
        self.adopt_next_key()?;
        drop(alone);
        Ok(key)
    }

    /// The present master key of this folder and the one that was to follow it when its replacement was
    /// interrupted.
    ///
    /// # Errors
    /// When a file is there and cannot be used.
    pub fn present_and_next_key(&self) -> Result<(Option<SecretString>, Option<SecretString>)> {
        let read = |name| read_key(&self.path.join(name));
        Ok((read(KEY)?, read(NEXT_KEY)?))
    }

    /// Makes the master key that is to follow the present one, with mode 0600; nothing uses it yet.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn make_next_key(&self, env: &Env) -> Result<SecretString> {
        let key = BASE64_URL_SAFE_NO_PAD.encode(env.bytes::<32>());
        let path = self.path.join(UNFINISHED_KEY);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(key.as_bytes())?;
        file.sync_all()?;
        fs::rename(&path, self.path.join(NEXT_KEY))?;
        self.sync()?;
        Ok(key.into())
    }

    /// Puts the next master key in the place of the present one.
    ///
    /// # Errors
    /// When the file cannot be renamed.
    pub fn adopt_next_key(&self) -> Result<()> {
        let (next, present) = (self.path.join(NEXT_KEY), self.path.join(KEY));
        fs::rename(&next, &present).with_context(|| format!("cannot rename {}", next.display()))?;
        self.sync()
    }

    /// Deletes the next master key, which seals nothing.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub fn discard_next_key(&self) -> Result<()> {
        let next = self.path.join(NEXT_KEY);
        fs::remove_file(&next).with_context(|| format!("cannot delete {}", next.display()))?;
        self.sync()
    }

    /// Refuses a master key that is a link: whoever made it replaces the key where it is.
    ///
    /// # Errors
    /// What to do about it.
    pub fn refuse_linked_key(&self) -> Result<()> {
        let path = self.path.join(KEY);
        if path.is_symlink() {
            bail!(
                "{} is a link; set auth.master_key_file to its target instead, and run gopro keys rotate-master --new-key-file FILE",
                path.display()
            );
        }
        Ok(())
    }

    /// What was made or renamed in the folder is there after a crash, too.
    fn sync(&self) -> Result<()> {
        let folder = File::open(&self.path).and_then(|folder| folder.sync_all());
        folder.with_context(|| unwritable(&self.path))
    }
}

fn lock_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path.join("gopro.lock"));
    file.with_context(|| unwritable(path))
}

/// The lock of a folder, held until it is dropped.
fn locked(lock: File, path: &Path) -> Result<File> {
    let shown = path.display();
    match patiently(&lock) {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "the data folder {shown} is in use by another gopro process; stop that one, or choose another folder with data.folder"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock the data folder {shown}"))
        }
    }
}

/// Looks at a folder without a lock, beside the server that may hold it: `files` must be there, and
/// nothing is made.
///
/// # Errors
/// One sentence that says which of it is missing or out of reach.
pub fn attach(path: &Path, files: &[String]) -> Result<()> {
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

/// What of the folder other users of the machine may read: the master key, or the folder itself.
pub fn readable_by_others(path: &Path) -> Vec<PathBuf> {
    let secret = [path.to_owned(), path.join(KEY)];
    let others = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    };
    secret.into_iter().filter(others).collect()
}

/// The configured master key, or the one of the folder; `None` when it has none yet.
///
/// # Errors
/// When the file is there and cannot be used.
pub fn find_master_key(folder: &Path, configured: &SecretString) -> Result<Option<SecretString>> {
    if !configured.expose_secret().is_empty() {
        return Ok(Some(configured.clone()));
    }
    let found = read_key(&folder.join(KEY))?;
    if found.is_some() && folder.join(NEXT_KEY).exists() {
        bail!(
            "the replacement of the master key in {} was interrupted; run gopro keys rotate-master again, which finishes it",
            folder.display()
        );
    }
    Ok(found)
}

fn read_key(path: &Path) -> Result<Option<SecretString>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read the master key {}; run this as the user of the server",
            path.display()
        )
    })?;
    if text.trim().chars().count() < *MASTER_KEY_LENGTH.start() {
        bail!(
            "the master key {} is damaged; restore it from your backup",
            path.display()
        );
    }
    if let Err(why) = varied(text.trim()) {
        bail!("the master key {} {why}", path.display());
    }
    Ok(Some(text.trim().to_owned().into()))
}

/// What to do about a database whose master key is gone.
pub fn lost_master_key(folder: &Path) -> String {
    format!(
        "the master key is missing in {}; restore master.key from your backup, or set auth.master_key",
        folder.display()
    )
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
