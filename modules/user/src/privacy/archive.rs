//! The archive of an export: a text that explains it, and a JSON file per module.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::error::Error;

const README: &str = "\
This archive holds what the platform knows of you, one JSON file per part of the platform:

user.json          your account, your logins, your tokens without their secrets, and security events
course.json        your answers to exercises, the courses that you work on, and the versions that you are on
progress.json      your enrollments, all that you did, your points and achievements
notification.json  your inbox, where it writes to you, and what became of its messages

Times are in UTC. Nobody's passwords or secrets are in here.
";

/// An archive that is being made. Its parts come in pieces, and its bytes are taken as they are made, so that
/// nothing is held as a whole.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Packed>>,
    packed: Packed,
    at: At,
}

/// The bytes that were packed and not taken yet.
#[derive(Clone, Default)]
struct Packed(Arc<Mutex<Vec<u8>>>);

/// Where the present file ends so far.
enum At {
    Begin,
    /// In the list of this name, behind so many records.
    List(String, usize),
    /// Behind a value that is no list.
    Value,
}

impl Archive {
    /// An archive with the text that explains it.
    pub(super) fn begin() -> Result<Self, Error> {
        let packed = Packed::default();
        let mut archive = Self {
            zip: ZipWriter::new_stream(packed.clone()),
            packed,
            at: At::Begin,
        };
        archive.start("README.txt")?;
        archive.write(README)?;
        Ok(archive)
    }

    /// Begins the file of a part.
    pub(super) fn begin_part(&mut self, name: &str) -> Result<(), Error> {
        self.at = At::Begin;
        self.start(&format!("{name}.json"))?;
        self.write("{")
    }

    /// Writes a piece, a JSON object, behind those before it; the list that the last one ended with
    /// goes on if this one begins with it.
    pub(super) fn add(&mut self, piece: &str) -> Result<(), Error> {
        let piece: Map<String, Value> = serde_json::from_str(piece).map_err(Error::internal)?;
        for (name, value) in piece {
            if !matches!(&self.at, At::List(list, _) if *list == name) {
                self.begin_member(&name)?;
            }
            let Value::Array(records) = value else {
                self.write(&indented(&value, "\n  ")?)?;
                self.at = At::Value;
                continue;
            };
            if !matches!(self.at, At::List(..)) {
                self.write("[")?;
                self.at = At::List(name, 0);
            }
            for record in &records {
                self.add_record(record)?;
            }
        }
        Ok(())
    }

    /// Ends the file of a part.
    pub(super) fn end_part(&mut self) -> Result<(), Error> {
        self.end_list()?;
        self.write("\n}\n")
    }

    /// The bytes of the archive that were not taken yet.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut *self.packed.bytes())
    }

    /// The last bytes of the archive.
    pub(super) fn finish(self) -> Result<Vec<u8>, Error> {
        self.zip.finish().map_err(Error::internal)?;
        let mut bytes = self.packed.bytes();
        Ok(std::mem::take(&mut *bytes))
    }

    fn begin_member(&mut self, name: &str) -> Result<(), Error> {
        self.end_list()?;
        let name = serde_json::to_string(name).map_err(Error::internal)?;
        let comma = match self.at {
            At::Begin => "",
            At::List(..) | At::Value => ",",
        };
        self.at = At::Value;
        self.write(&format!("{comma}\n  {name}: "))
    }

    fn add_record(&mut self, record: &Value) -> Result<(), Error> {
        let At::List(_, count) = &mut self.at else {
            return Ok(());
        };
        *count += 1;
        let comma = if *count == 1 { "" } else { "," };
        let text = indented(record, "\n    ")?;
        self.write(&format!("{comma}\n    {text}"))
    }

    fn end_list(&mut self) -> Result<(), Error> {
        match self.at {
            At::List(_, 0) => self.write("]"),
            At::List(..) => self.write("\n  ]"),
            At::Begin | At::Value => Ok(()),
        }
    }

    fn start(&mut self, name: &str) -> Result<(), Error> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(name, options).map_err(Error::internal)
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        self.zip.write_all(text.as_bytes()).map_err(Error::internal)
    }
}

impl Packed {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// No text in JSON holds a line break, so that each one is of the layout.
fn indented(value: &Value, line: &str) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(value).map_err(Error::internal)?;
    Ok(text.replace('\n', line))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use serde_json::json;

    use super::*;

    fn file(pieces: &[Value]) -> String {
        let mut archive = Archive::begin().expect("begun");
        archive.begin_part("course").expect("begun");
        for piece in pieces {
            archive.add(&piece.to_string()).expect("added");
        }
        archive.end_part().expect("ended");
        let bytes = archive.finish().expect("bytes");
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip archive");
        let mut text = String::new();
        let mut file = zip.by_name("course.json").expect("a file");
        file.read_to_string(&mut text).expect("UTF-8");
        text
    }

    #[test]
    fn pieces_become_one_object_with_each_list_once() {
        let pieces = [
            json!({ "a": [{ "n": 1 }], "b": [] }),
            json!({ "b": ["x\ny"] }),
            json!({ "b": [2], "c": { "d": [] }, "e": [], "f": [3] }),
        ];
        let text = file(&pieces);
        let whole: Value = serde_json::from_str(&text).expect("JSON");
        let expected = json!({
            "a": [{ "n": 1 }], "b": ["x\ny", 2], "c": { "d": [] }, "e": [], "f": [3]
        });
        assert_eq!(whole, expected, "{text}");
        for name in ["a", "b", "c", "e", "f"] {
            assert_eq!(text.matches(&format!("\n  \"{name}\": ")).count(), 1);
        }
        let one = json!({ "a": [{ "n": 1 }], "b": "c" });
        let pretty = serde_json::to_string_pretty(&one).expect("JSON");
        assert_eq!(file(&[one]), pretty + "\n");
        assert_eq!(file(&[json!({})]), "{\n}\n");
    }
}
