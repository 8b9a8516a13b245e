//! Where the body of a request ends: the same sums as the framework's, so that both see the next
//! request begin at the same byte.

/// A chunk is larger than any body that is taken long before it has so many digits.
const MOST_DIGITS: u8 = 15;
/// Of one line of a chunk, and of all trailers.
const MOST_EXTRA: usize = 4096;
/// So many bytes of a chunked body may be sizes, extensions and trailers, and one more for each four
/// of what they frame: chunks of a byte each would cost far more than the body is worth.
const MOST_FRAMING: u64 = 64 * 1024;

/// What is left of a body.
#[derive(Debug, PartialEq)]
pub(super) struct Framing {
    part: Part,
    /// How much was content, and how much was there to frame it.
    content: u64,
    framing: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Sized(u64),
    Size {
        value: u64,
        digits: u8,
    },
    Extension {
        value: u64,
        length: usize,
    },
    SizeLf(u64),
    Chunk(u64),
    ChunkCr,
    ChunkLf,
    /// At the beginning of a line after the last chunk; so many bytes of trailers were there.
    Trailers(usize),
    /// In the name of a trailer.
    TrailerName(usize),
    Trailer(usize),
    TrailerLf(usize),
    LastLf,
    Done,
}

/// The chunks of a body are none.
#[derive(Debug, PartialEq)]
pub(super) struct Broken;

impl Framing {
    pub(super) fn sized(length: u64) -> Self {
        Self::at(match length {
            0 => Part::Done,
            length => Part::Sized(length),
        })
    }

    pub(super) fn chunked() -> Self {
        Self::at(Part::chunk_size())
    }

    fn at(part: Part) -> Self {
        Self {
            part,
            content: 0,
            framing: 0,
        }
    }

    /// Whether the body has ended.
    pub(super) fn is_done(&self) -> bool {
        self.part == Part::Done
    }

    /// Takes as much of `bytes` as belongs to the body, and says how much that was, and whether
    /// what comes next cannot be.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Broken>) {
        let mut at = 0;
        while at < bytes.len() && self.part != Part::Done {
            if let Part::Sized(left) | Part::Chunk(left) = &mut self.part {
                let here = (bytes.len() - at).min(usize::try_from(*left).unwrap_or(usize::MAX));
                let count = u64::try_from(here).unwrap_or_default();
                *left -= count;
                self.content += count;
                at += here;
                self.part = match self.part {
                    Part::Sized(0) => Part::Done,
                    Part::Chunk(0) => Part::ChunkCr,
                    part => part,
                };
                continue;
            }
            self.framing += 1;
            let bearable = self.framing <= MOST_FRAMING + self.content / 4;
            match step(self.part, bytes[at]).filter(|_| bearable) {
                Some(next) => self.part = next,
                None => return (at, Some(Broken)),
            }
            at += 1;
        }
        (at, None)
    }
}

fn step(part: Part, byte: u8) -> Option<Part> {
    let next = match (part, byte) {
        (Part::Size { value, digits }, _) if byte.is_ascii_hexdigit() && digits < MOST_DIGITS => {
            let digit = char::from(byte).to_digit(16)?;
            Part::Size {
                value: value * 16 + u64::from(digit),
                digits: digits + 1,
            }
        }
        (Part::Size { digits: 0, .. }, _) => return None,
        (Part::Size { value, .. } | Part::Extension { value, .. }, b'\r') => Part::SizeLf(value),
        (Part::Size { value, .. }, b';') => Part::Extension { value, length: 1 },
        (Part::Extension { value, length }, _) if !is_control(byte) && length < MOST_EXTRA => {
            Part::Extension {
                value,
                length: length + 1,
            }
        }
        (Part::SizeLf(0), b'\n') => Part::Trailers(0),
        (Part::SizeLf(size), b'\n') => Part::Chunk(size),
        (Part::ChunkCr, b'\r') => Part::ChunkLf,
        (Part::ChunkLf, b'\n') => Part::chunk_size(),
        (Part::Trailers(_), b'\r') => Part::LastLf,
        (Part::Trailer(length), b'\r') => Part::TrailerLf(length),
        (Part::Trailers(length) | Part::TrailerName(length), _)
            if is_token(byte) && length < MOST_EXTRA =>
        {
            Part::TrailerName(length + 1)
        }
        (Part::TrailerName(length), b':') => Part::Trailer(length + 1),
        (Part::Trailer(length), _) if !is_control(byte) && length < MOST_EXTRA => {
            Part::Trailer(length + 1)
        }
        (Part::TrailerLf(length), b'\n') => Part::Trailers(length),
        (Part::LastLf, b'\n') => Part::Done,
        _ => return None,
    };
    Some(next)
}

impl Part {
    fn chunk_size() -> Self {
        Self::Size {
            value: 0,
            digits: 0,
        }
    }
}

/// What names are made of (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

pub(super) fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}
