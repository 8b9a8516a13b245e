//! The names of assets and the types that they may have.

use kernel::FieldFault;

/// As the schema of an upload says too.
pub(crate) const MAX_NAME: usize = 100;
/// So much of the beginning of a file tells its type.
pub(crate) const HEAD: usize = 4096;

/// The name of an asset: of characters that mean the same in paths, URLs and Markdown, with the extension of a known
/// type.
#[derive(Debug, Clone)]
pub(crate) struct AssetName {
    text: String,
    kind: &'static AssetKind,
}

/// What a file with some extension is, and how it is shown.
#[derive(Debug)]
pub(crate) struct AssetKind {
    extensions: &'static [&'static str],
    pub(crate) media_type: &'static str,
    pub(crate) form: Form,
    /// Whether a file that begins like this can be one.
    begins: fn(&[u8]) -> bool,
}

/// What of a kind is shown where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A picture, which may be the cover of a course.
    Image,
    /// What browsers show by themselves.
    Shown,
    /// What is downloaded.
    Download,
}

static KINDS: [AssetKind; 17] = [
    kind(&["png"], "image/png", Form::Image, |head| {
        head.starts_with(b"\x89PNG\r\n\x1a\n")
    }),
    kind(&["jpg", "jpeg"], "image/jpeg", Form::Image, |head| {
        head.starts_with(b"\xff\xd8\xff")
    }),
    kind(&["gif"], "image/gif", Form::Image, |head| {
        head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")
    }),
    kind(&["webp"], "image/webp", Form::Image, |head| {
        is_riff(head, b"WEBP")
    }),
    kind(&["avif"], "image/avif", Form::Image, |head| {
        head.get(4..11) == Some(b"ftypavi")
    }),
    kind(&["svg"], SVG, Form::Image, |head| {
        head.windows(4).any(|four| four == b"<svg")
    }),
    kind(&["pdf"], "application/pdf", Form::Shown, |head| {
        head.starts_with(b"%PDF-")
    }),
    kind(&["mp3"], "audio/mpeg", Form::Shown, |head| {
        head.starts_with(b"ID3") || matches!(head, [0xff, second, ..] if second & 0xe0 == 0xe0)
    }),
    kind(&["ogg"], "audio/ogg", Form::Shown, |head| {
        head.starts_with(b"OggS")
    }),
    kind(&["wav"], "audio/wav", Form::Shown, |head| {
        is_riff(head, b"WAVE")
    }),
    kind(&["mp4"], "video/mp4", Form::Shown, |head| {
        head.get(4..8) == Some(b"ftyp")
    }),
    kind(&["webm"], "video/webm", Form::Shown, |head| {
        head.starts_with(b"\x1a\x45\xdf\xa3")
    }),
    kind(
        &["txt"],
        "text/plain; charset=utf-8",
        Form::Download,
        |_| true,
    ),
    kind(
        &["md"],
        "text/markdown; charset=utf-8",
        Form::Download,
        |_| true,
    ),
    kind(&["csv"], "text/csv; charset=utf-8", Form::Download, |_| {
        true
    }),
    kind(&["json"], JSON, Form::Download, |head| {
        let first = head.trim_ascii_start().first();
        first.is_some_and(|byte| b"{[\"-0123456789tfn".contains(byte))
    }),
    kind(&["zip"], "application/zip", Form::Download, |head| {
        head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
    }),
];
const SVG: &str = "image/svg+xml";
const JSON: &str = "application/json";

const fn kind(
    extensions: &'static [&'static str],
    media_type: &'static str,
    form: Form,
    begins: fn(&[u8]) -> bool,
) -> AssetKind {
    AssetKind {
        extensions,
        media_type,
        form,
        begins,
    }
}

fn is_riff(head: &[u8], format: &[u8]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(format)
}

impl AssetKind {
    /// Whether it is text, which is kept as UTF-8.
    pub(crate) fn is_text(&self) -> bool {
        self.media_type.starts_with("text/") || [SVG, JSON].contains(&self.media_type)
    }

    /// The kind of a media type that was kept.
    pub(crate) fn of_media_type(media_type: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.media_type == media_type)
    }

    /// Whether a file that begins like this can be of this kind.
    pub(crate) fn fits(&self, head: &[u8]) -> bool {
        (self.begins)(head)
    }
}

impl AssetName {
    /// # Errors
    /// What is wrong with it, at the place `at`.
    pub(crate) fn parse(text: &str, at: &str) -> Result<Self, FieldFault> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let plain = (1..=MAX_NAME).contains(&text.len())
            && text.bytes().all(fits)
            && !text.starts_with('.');
        if !plain {
            let message = format!(
                "must be a file name of at most {MAX_NAME} letters, digits, hyphens, underscores and dots, which does not begin with a dot"
            );
            return Err(FieldFault::new(at, "asset_name", message));
        }
        let (_, extension) = text.rsplit_once('.').unwrap_or_default();
        let extension = extension.to_ascii_lowercase();
        let known = |kind: &&AssetKind| kind.extensions.contains(&extension.as_str());
        match KINDS.iter().find(known) {
            Some(kind) => Ok(Self {
                text: text.to_owned(),
                kind,
            }),
            None => {
                let all = KINDS.iter().flat_map(|kind| kind.extensions);
                let all: Vec<&str> = all.copied().collect();
                let message = format!("must end in one of these extensions: {}", all.join(", "));
                Err(FieldFault::new(at, "asset_type", message))
            }
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn kind(&self) -> &'static AssetKind {
        self.kind
    }

    /// What two names have in common that differ in case alone.
    pub(crate) fn key(&self) -> String {
        name_key(&self.text)
    }
}

/// The key of a name, be it one of an asset or not.
pub(crate) fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{AssetKind, AssetName, KINDS};

    #[test]
    fn a_name_means_the_same_in_a_path_an_address_and_a_text() {
        let long = format!("{}.png", "a".repeat(97));
        for bad in [
            "", ".png", "a", "a.", "a.exe", "a.html", "a b.png", "ä.png", "../a.png", "a/b.png",
            "a%20.png", &long,
        ] {
            let fault = AssetName::parse(bad, "/query/name");
            assert_eq!(fault.unwrap_err().pointer, "/query/name", "{bad}");
        }
        let name = AssetName::parse("Plan_2-a.final.PNG", "").unwrap();
        assert_eq!(name.kind().media_type, "image/png");
        assert_eq!(name.key(), "plan_2-a.final.png");
    }

    #[test]
    fn a_file_is_what_its_beginning_says() {
        let of = |name: &str| AssetName::parse(name, "").unwrap().kind();
        for (name, head) in [
            ("a.png", b"\x89PNG\r\n\x1a\n....".as_slice()),
            ("a.jpeg", b"\xff\xd8\xff\xe0"),
            ("a.gif", b"GIF89a"),
            ("a.webp", b"RIFF....WEBPVP8 "),
            ("a.avif", b"\0\0\0\x1cftypavif"),
            ("a.svg", b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\"/>"),
            ("a.pdf", b"%PDF-1.7"),
            ("a.mp3", b"ID3\x04"),
            ("a.ogg", b"OggS"),
            ("a.wav", b"RIFF....WAVEfmt "),
            ("a.mp4", b"\0\0\0\x20ftypisom"),
            ("a.webm", b"\x1a\x45\xdf\xa3"),
            ("a.json", b" [1]"),
            ("a.zip", b"PK\x03\x04"),
        ] {
            assert!(of(name).fits(head), "{name}");
            assert!(!of(name).fits(b"<html><script>"), "{name}");
        }
        for kind in &KINDS {
            let found = AssetKind::of_media_type(kind.media_type);
            assert_eq!(found.map(|kind| kind.extensions), Some(kind.extensions));
        }
    }
}
