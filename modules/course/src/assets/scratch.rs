//! Files that are too large for memory, for as long as a request takes.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use kernel::Turn;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedSemaphorePermit;

pub(super) const PIECE: usize = 64 * 1024;

/// A place on the disk. What lies there goes with this.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf, Option<(OwnedSemaphorePermit, Turn)>);

impl Scratch {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path, None)
    }

    /// The same place, which keeps its turn and that of its user for as long as it lies there.
    pub(super) fn until_gone(mut self, turn: OwnedSemaphorePermit, own: Turn) -> Self {
        self.1 = Some((turn, own));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// How many bytes lie there, and all of them in pieces.
    ///
    /// # Errors
    /// When nothing lies there.
    pub(crate) async fn into_stream(
        self,
    ) -> io::Result<(u64, impl Stream<Item = io::Result<Bytes>>)> {
        let file = tokio::fs::File::open(&self.0).await?;
        let bytes = file.metadata().await?.len();
        let pieces = try_unfold((file, self), |(mut file, scratch)| async {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            Ok((read > 0).then(|| (piece.into(), (file, scratch))))
        });
        Ok((bytes, pieces))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
