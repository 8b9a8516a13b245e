//! Bytes on their way to the pieces of a report.

use std::io::{self, Write};

use tokio::sync::mpsc::Sender;

/// The size of all pieces but the last.
pub(crate) const PIECE: usize = 256 * 1024;

/// Gathers bytes until they make a piece.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: Vec<u8>,
}

impl Pieces {
    /// Adds bytes, and gives the pieces that are whole.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.open.extend_from_slice(bytes);
        let whole = self.open.len() / PIECE * PIECE;
        let rest = self.open.split_off(whole);
        let whole = std::mem::replace(&mut self.open, rest);
        whole.chunks(PIECE).map(<[u8]>::to_vec).collect()
    }

    /// The last piece, if there is anything in it.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (!self.open.is_empty()).then_some(self.open)
    }
}

/// Sends what is written in blocks to whoever stores it, no faster than it is stored.
pub(super) struct Blocks {
    open: Vec<u8>,
    to: Sender<Vec<u8>>,
}

impl Blocks {
    pub(super) fn new(to: Sender<Vec<u8>>) -> Self {
        Self {
            open: Vec::new(),
            to,
        }
    }

    /// Sends what is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.send()
    }

    fn send(&mut self) -> io::Result<()> {
        let block = std::mem::take(&mut self.open);
        let sent = self.to.blocking_send(block);
        sent.map_err(|_| io::Error::other("the report was cancelled"))
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        if self.open.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Blocks are not sent before they are whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
