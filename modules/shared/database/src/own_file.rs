//! The file of an embedded database, which somebody may remove or replace while it is open: what is written
//! then is gone with the process.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct OwnFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl OwnFile {
    /// The file at `path`; none when there is none.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Some(Self {
            path: path.to_owned(),
            identity: identity(path).ok()?,
        })
    }

    /// Why what is written now would be lost; none while the file is where it was.
    pub(crate) fn fault(&self) -> Option<String> {
        let path = self.path.display();
        match identity(&self.path) {
            Ok(found) if found == self.identity => None,
            Err(error) if error.kind() != ErrorKind::NotFound => Some(format!(
                "{path} cannot be seen any more, and nothing more is written: {error}; check its folder and its disk"
            )),
            _ => Some(format!(
                "{path} was removed or replaced while the server runs, and nothing more is written; put it back, or restore a backup and restart"
            )),
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}
