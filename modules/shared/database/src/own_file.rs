//! The file of an embedded database, which somebody may remove or replace while it is open: what is written
//! then is gone with the process.

use std::fs;
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
            identity: identity(path)?,
        })
    }

    /// Why what is written now would be lost; none while the file is where it was.
    pub(crate) fn fault(&self) -> Option<String> {
        let there = identity(&self.path) == Some(self.identity);
        (!there).then(|| {
            format!(
                "{} was removed or replaced while the server runs, and nothing more is written; put it back, or restore a backup and restart",
                self.path.display()
            )
        })
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}
