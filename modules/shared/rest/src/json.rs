//! Reading JSON (RFC 8259) within the bounds of its schema: a fault names its place, no name stands
//! twice in an object, which readers understand differently (RFC 7493, I-JSON), and what no valid
//! body can hold is passed over without being kept.

use std::fmt;

use kernel::FieldFault;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::MAX_FIELDS;
use crate::shape::{MAX_WORD, Shape};

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

/// A text that was read.
#[derive(Debug)]
pub(crate) struct Read {
    /// What it says, without unknown fields; a list or a text that is too long is empty here.
    pub(crate) value: Value,
    /// The unknown fields, and the lists and texts that are too long.
    pub(crate) faults: Vec<FieldFault>,
}

const REPEATED: &str = "a name appears twice in one object";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// More items than this, in all lists together, are in no body that means something. Each costs
/// memory and, if it is wrong, a fault.
const MAX_ITEMS: usize = 5000;

/// Reads a whole text as far as `shape` has room for it.
pub(crate) fn read(bytes: &[u8], shape: &Shape) -> Result<Read, Broken> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut place = Place::default();
    let part = Part {
        shape,
        place: &mut place,
    };
    let (pointer, error) = match part.deserialize(&mut reader) {
        Ok(value) => match reader.end() {
            Ok(()) => {
                let faults = place.faults;
                return Ok(Read { value, faults });
            }
            Err(error) => (String::new(), error),
        },
        Err(error) => (place.pointer(), error),
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
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
}

/// Where the reader is, and what it has found so far. After a fault of the syntax it still says
/// where that was.
#[derive(Default)]
struct Place {
    path: Vec<Step>,
    items: usize,
    faults: Vec<FieldFault>,
}

enum Step {
    Field(String),
    Item(usize),
}

impl Place {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Field(name) => pointer.push_str(&escaped(name)),
                Step::Item(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    fn fault(&mut self, code: &str, message: String) {
        if self.faults.len() < MAX_FIELDS {
            let fault = FieldFault::new(self.pointer(), code, message);
            self.faults.push(fault);
        }
    }

    fn unknown(&mut self, name: &str) {
        if self.faults.len() < MAX_FIELDS {
            let fault = unknown(&self.pointer(), name);
            self.faults.push(fault);
        }
    }
}

/// A field that no schema knows, under the pointer of its object.
pub(crate) fn unknown(at: &str, name: &str) -> FieldFault {
    let name: String = name.chars().take(100).collect();
    let pointer = format!("{at}/{}", escaped(&name));
    FieldFault::new(pointer, "unknown", "is not a known field; leave it out")
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The next value, read as far as `shape` has room for it.
struct Part<'a> {
    shape: &'a Shape,
    place: &'a mut Place,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
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
        let Some(most) = self.shape.max_length else {
            // The schema reports that there should be no text, and copies what it reports.
            let kept = if value.len() > MAX_WORD { "" } else { value };
            return Ok(kept.into());
        };
        // A character has at least one byte, so that counting is seldom needed.
        if value.len() > most && value.chars().nth(most).is_some() {
            let message = format!("must have at most {}", counted(most, "character"));
            self.place.fault("max_length", message);
            return Ok(Value::String(String::new()));
        }
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let Some((most, shape)) = &self.shape.items else {
            // The schema reports that there should be no list.
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(list.into());
        };
        let place = self.place;
        loop {
            if list.len() == *most || place.items >= MAX_ITEMS {
                break;
            }
            place.path.push(Step::Item(list.len()));
            let part = Part { shape, place };
            let Some(item) = items.next_element_seed(part)? else {
                place.path.pop();
                return Ok(list.into());
            };
            place.path.pop();
            place.items += 1;
            list.push(item);
        }
        if items.next_element::<IgnoredAny>()?.is_none() {
            return Ok(list.into());
        }
        let message = match list.len() == *most {
            true => format!("must have at most {}", counted(*most, "item")),
            false => format!("must not bring all lists together to more than {MAX_ITEMS} items"),
        };
        place.fault("max_items", message);
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Vec::<Value>::new().into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (known, place) = (self.shape, self.place);
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let Some(shape) = known.fields.get(&name) else {
                if known.object {
                    place.unknown(&name);
                }
                entries.next_value::<IgnoredAny>()?;
                continue;
            };
            if fields.contains_key(&name) {
                return Err(A::Error::custom(REPEATED));
            }
            place.path.push(Step::Field(name));
            let value = entries.next_value_seed(Part { shape, place })?;
            if let Some(Step::Field(name)) = place.path.pop() {
                fields.insert(name, value);
            }
        }
        Ok(fields.into())
    }
}

/// A number of things in words, such as `1 item` or `2 items`.
pub(crate) fn counted<N: Copy + std::fmt::Display + PartialEq + From<u8>>(
    number: N,
    thing: &str,
) -> String {
    if number == N::from(1) {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::shape::Shape;

    fn shape() -> Shape {
        let leaf = json!({ "type": ["string", "number"] });
        let object =
            json!({ "properties": { "a": leaf, "b": leaf, "c": { "properties": { "d": leaf } } } });
        Shape::of(&json!({ "properties": {
            "a": { "anyOf": [{ "maxItems": 6, "items": leaf }, object] },
            "b": object,
            "x/y": object,
            "short": { "type": "string", "maxLength": 3 },
        } }))
    }

    #[test]
    fn json_is_read_as_it_is() {
        let text = br#" {"a": [1, -2, 2.5, null, true, "x\u00e9"], "b": {"c": {}}} "#;
        let read = read(text, &shape()).expect("JSON");
        assert_eq!(
            read.value,
            json!({ "a": [1, -2, 2.5, null, true, "x\u{e9}"], "b": { "c": {} } })
        );
        assert_eq!(read.faults, []);
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
            let broken = read(text, &shape()).expect_err(&shown);
            assert_eq!(broken.pointer, pointer, "{shown}");
            assert!(broken.reason.contains(reason), "{shown}: {broken:?}");
        }
    }

    #[test]
    fn what_no_valid_body_contains_is_reported_and_not_kept() {
        let many = format!(r#"{{"a": [{}0]}}"#, "0,".repeat(400_000));
        let deep = format!(
            r#"{{"strange": {}{}}}"#,
            "[".repeat(400_000),
            "]".repeat(400_000)
        );
        let long = format!(r#"{{"short": "{}"}}"#, "ä".repeat(4));
        let fields: Vec<String> = (0..50_000).map(|n| format!(r#""k{n}":0"#)).collect();
        let wide = format!("{{{}}}", fields.join(","));
        let word = format!(r#"{{"b": "{}"}}"#, "a".repeat(500_000));
        assert_eq!(
            read(word.as_bytes(), &shape()).expect("JSON").value,
            json!({ "b": "" })
        );
        let cases: [(&str, &str, &str, usize, Value); 4] = [
            (&many, "/a", "max_items", 1, json!({ "a": [] })),
            (&deep, "/strange", "unknown", 1, json!({})),
            (&long, "/short", "max_length", 1, json!({ "short": "" })),
            (&wide, "/k0", "unknown", 100, json!({})),
        ];
        for (text, pointer, code, count, value) in cases {
            let read = read(text.as_bytes(), &shape()).expect("JSON");
            assert_eq!(read.value, value, "{pointer}");
            assert_eq!(read.faults.len(), count, "{pointer}");
            assert_eq!(
                (&*read.faults[0].pointer, &*read.faults[0].code),
                (pointer, code)
            );
        }
    }

    #[test]
    fn lists_in_lists_are_bounded_together() {
        let shape = Shape::of(&json!({
            "maxItems": 100,
            "items": { "maxItems": 500, "items": { "type": "string" } },
        }));
        let inner = format!("[{}0]", "0,".repeat(499));
        let text = format!("[{}{inner}]", format!("{inner},").repeat(99));
        let read = read(text.as_bytes(), &shape).expect("JSON");
        assert_eq!(read.faults[0].code, "max_items");
        let items = |value: &Value| value.as_array().map_or(0, Vec::len);
        let kept: usize = read.value.as_array().into_iter().flatten().map(items).sum();
        assert!(kept <= super::MAX_ITEMS, "{kept}");
    }
}
