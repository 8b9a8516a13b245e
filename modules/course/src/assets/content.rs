//! A file on its way into the store: it lies on the disk, and is checked there in pieces.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use kernel::FieldFault;
use tokio::io::AsyncWriteExt;

use super::scratch::{PIECE, Scratch};
use crate::domain::asset::HEAD;
use crate::domain::{AssetKind, AssetName};

/// A file that arrives. It goes with this.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(super) name: AssetName,
    scratch: Scratch,
    file: tokio::fs::File,
}

/// A file that is here, and is what its name says.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) name: AssetName,
    pub(super) sha256: String,
    pub(super) bytes: i32,
    pub(super) source: Arc<Source>,
}

/// Where the content is until it is stored.
#[derive(Debug)]
pub(super) enum Source {
    Disk(Incoming),
    Memory(Bytes),
}

impl Incoming {
    pub(super) async fn new(name: AssetName, scratch: Scratch) -> io::Result<Self> {
        let file = tokio::fs::File::create_new(scratch.path()).await?;
        Ok(Self {
            name,
            scratch,
            file,
        })
    }

    /// # Errors
    /// When the disk does not take it.
    pub(crate) async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece).await
    }

    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.file.flush().await
    }

    /// Looks at all of it, which takes a while.
    pub(super) fn checked(self) -> io::Result<Result<Content, FieldFault>> {
        let seen = Seen::of(&self.name, File::open(self.scratch.path())?)?;
        let name = self.name.clone();
        Ok(seen.into_content(name, Source::Disk(self)))
    }
}

impl Content {
    /// What it is kept under.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Content that is in memory, such as a file of an archive; looking at it takes a while.
    ///
    /// # Errors
    /// When it is not what its name says.
    pub(crate) fn of_bytes(name: AssetName, bytes: Bytes) -> Result<Self, FieldFault> {
        let seen = Seen::of(&name, &*bytes);
        let seen = seen.map_err(|error| FieldFault::new("", "asset_content", error.to_string()))?;
        seen.into_content(name, Source::Memory(bytes))
    }
}

impl Source {
    pub(super) async fn read(&self) -> io::Result<Bytes> {
        match self {
            Self::Disk(incoming) => Ok(tokio::fs::read(incoming.scratch.path()).await?.into()),
            Self::Memory(bytes) => Ok(bytes.clone()),
        }
    }
}

/// What was seen of a file.
struct Seen {
    bytes: u64,
    sha256: String,
    fits: bool,
    is_text: bool,
}

impl Seen {
    fn of(name: &AssetName, mut file: impl Read) -> io::Result<Self> {
        let mut digest = Context::new(&SHA256);
        let (mut bytes, mut fits) = (0, false);
        let mut text = Utf8::default();
        let mut piece = vec![0; PIECE];
        loop {
            let read = fill(&mut file, &mut piece)?;
            let now = &piece[..read];
            if bytes == 0 {
                fits = name.kind().fits(&now[..read.min(HEAD)]);
            }
            if read == 0 {
                break;
            }
            bytes += u64::try_from(read).unwrap_or(u64::MAX);
            digest.update(now);
            text.push(now);
        }
        let hash = digest.finish();
        let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Ok(Self {
            bytes,
            sha256: digits.collect(),
            fits,
            is_text: text.is_whole(),
        })
    }

    fn into_content(self, name: AssetName, source: Source) -> Result<Content, FieldFault> {
        let kind: &AssetKind = name.kind();
        if self.bytes == 0 {
            let message = "must not be empty; send the file as the body";
            return Err(FieldFault::new("", "asset_content", message));
        }
        if !self.fits || (kind.is_text() && !self.is_text) {
            let message = format!(
                "must be what the extension of its name says, {}; rename the file, or save it as that{}",
                kind.media_type,
                if kind.is_text() { " in UTF-8" } else { "" }
            );
            return Err(FieldFault::new("", "asset_content", message));
        }
        Ok(Content {
            name,
            sha256: self.sha256,
            bytes: i32::try_from(self.bytes).unwrap_or(i32::MAX),
            source: Arc::new(source),
        })
    }
}

/// As much of the file as fits.
fn fill(file: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match file.read(&mut piece[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Whether pieces are UTF-8 together, without the character that no text has.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character whose end is in the next piece.
    open: Vec<u8>,
    broken: bool,
}

impl Utf8 {
    fn push(&mut self, piece: &[u8]) {
        self.open.extend_from_slice(piece);
        let bytes = std::mem::take(&mut self.open);
        let rest = match std::str::from_utf8(&bytes) {
            Ok(_) => &[],
            Err(error) if error.error_len().is_none() => &bytes[error.valid_up_to()..],
            Err(_) => {
                self.broken = true;
                &[]
            }
        };
        self.broken |= bytes.contains(&0);
        self.open = rest.to_vec();
    }

    fn is_whole(&self) -> bool {
        !self.broken && self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Content, PIECE, Utf8};
    use crate::domain::AssetName;

    #[test]
    fn a_character_may_lie_in_two_pieces() {
        let mut text = Utf8::default();
        text.push(b"a\xc3");
        assert!(!text.is_whole());
        text.push(b"\xa4");
        assert!(text.is_whole());
        text.push(b"\xa4");
        assert!(!text.is_whole());
    }

    #[test]
    fn a_text_is_utf8_to_its_end_and_its_hash_is_that_of_all_of_it() {
        let name = || AssetName::parse("a.txt", "").unwrap();
        let text = format!("{}ä", "a".repeat(PIECE - 1));
        let content = Content::of_bytes(name(), text.into()).unwrap();
        assert_eq!(content.bytes, i32::try_from(PIECE).unwrap() + 1);
        assert_eq!(content.sha256.len(), 64);
        for bad in [b"".as_slice(), b"a\0b", b"a\xff", b"a\xc3"] {
            let bad = Content::of_bytes(name(), Bytes::from_static(bad));
            assert_eq!(bad.err().map(|fault| fault.code).unwrap(), "asset_content");
        }
        let abc = Content::of_bytes(name(), Bytes::from_static(b"abc")).unwrap();
        assert!(abc.sha256.starts_with("ba7816bf"), "{}", abc.sha256);
    }
}
