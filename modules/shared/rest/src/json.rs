//! Reading JSON (RFC 8259) so that a fault names its place, and no name stands twice in an object,
//! which readers understand differently (RFC 7493, I-JSON).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is no JSON that counts.
#[derive(Debug)]
pub(crate) struct Broken {
    /// JSON Pointer (RFC 6901) of the innermost value that was begun; empty for the whole.
    pub(crate) pointer: String,
    /// From 1.
    pub(crate) line: usize,
    /// In bytes, from 1.
    pub(crate) column: usize,
    /// What is wrong there, in a few words that repeat no value.
    pub(crate) reason: String,
}

const REPEATED: &str = "a name stands twice in one object";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a whole text.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Broken> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read: Result<Strict, _> = serde_path_to_error::deserialize(&mut reader);
    let (pointer, error) = match read {
        Ok(Strict(value)) => match reader.end() {
            Ok(()) => return Ok(value),
            Err(error) => (String::new(), error),
        },
        Err(error) => (pointer(error.path()), error.into_inner()),
    };
    Err(Broken {
        pointer,
        line: error.line(),
        column: error.column(),
        reason: reason(bytes, &error),
    })
}

fn reason(bytes: &[u8], error: &serde_json::Error) -> String {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return "a byte order mark, which JSON must not begin with".to_owned();
    }
    if bytes.trim_ascii().is_empty() {
        return "there is nothing".to_owned();
    }
    let told = error.to_string();
    match told.rsplit_once(" at line ") {
        Some((reason, _)) => reason.to_owned(),
        None => told,
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => {
            let key: String = key.chars().take(100).collect();
            Some(key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter()
        .filter_map(part)
        .map(|part| format!("/{part}"))
        .collect()
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom(REPEATED));
            }
        }
        Ok(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn json_is_read_as_it_is() {
        let text = br#" {"a": [1, -2, 2.5, null, true, "x\u00e9"], "b": {"c": {}}} "#;
        let value = read(text).expect("JSON");
        assert_eq!(
            value,
            json!({ "a": [1, -2, 2.5, null, true, "x\u{e9}"], "b": { "c": {} } })
        );
    }

    #[test]
    fn a_fault_names_its_place() {
        let cases: [(&[u8], &str, &str); 9] = [
            (br#"{"a": {"b": "\ud800"}}"#, "/a/b", "hex escape"),
            (br#"{"a": [0, 1e400]}"#, "/a/1", "number out of range"),
            (br#"{"a": 1, "a": 2}"#, "", "twice"),
            (br#"{"x/y": {"a": 1, "a": 2}}"#, "/x~1y", "twice"),
            (br#"{"a": 1} 2"#, "", "trailing characters"),
            (b"{\"a\": \"\xff\"}", "/a", "invalid unicode code point"),
            (b"{\"a\": ", "/a", "EOF while parsing"),
            (b"\xef\xbb\xbf{}", "", "a byte order mark"),
            (b" ", "", "there is nothing"),
        ];
        for (text, pointer, reason) in cases {
            let shown = String::from_utf8_lossy(text);
            let broken = read(text).expect_err(&shown);
            assert_eq!(broken.pointer, pointer, "{shown}");
            assert!(broken.reason.contains(reason), "{shown}: {broken:?}");
        }
    }
}
