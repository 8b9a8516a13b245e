//! Reading a file of settings: each key with its line, and every fault of the syntax at once.

use std::path::Path;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a file says.
#[derive(Default)]
pub(super) struct FileLayer {
    pub(super) tree: Value,
    /// Each dotted key and where it stands.
    pub(super) places: Vec<(String, String)>,
    pub(super) faults: Vec<String>,
}

/// Reads a file that was named, or the one of this folder if it is there.
pub(super) fn read(named: Option<&Path>) -> FileLayer {
    let path = named.unwrap_or_else(|| Path::new("gopro.toml"));
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            FileLayer::default()
        }
        Err(error) => FileLayer {
            faults: vec![format!(
                "  {}: cannot be read: {error}; provide a TOML file in UTF-8 that this user can read",
                path.display()
            )],
            ..FileLayer::default()
        },
    }
}

pub(super) fn parse(text: &str, name: &str) -> FileLayer {
    let (table, errors) = DeTable::parse_recoverable(text);
    // The library shows the line, in which a secret may stand; its message never does.
    let faults = errors.iter().map(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        format!("  {name}, line {line}: is not TOML: {}", error.message())
    });
    let mut layer = FileLayer {
        faults: faults.collect(),
        ..FileLayer::default()
    };
    let origin = |at: usize| format!("{name}, line {}", line_of(text, at));
    layer.tree = Value::Object(table_of(table.get_ref(), "", &origin, &mut layer.places));
    layer
}

fn table_of(
    table: &DeTable<'_>,
    prefix: &str,
    origin: &impl Fn(usize) -> String,
    places: &mut Vec<(String, String)>,
) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        places.push((key.clone(), origin(name.span().start)));
        let value = match value.get_ref() {
            DeValue::Table(inner) => {
                Value::Object(table_of(inner, &format!("{key}."), origin, places))
            }
            other => value_of(other),
        };
        fields.insert(name.get_ref().to_string(), value);
    }
    fields
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => items.iter().map(Spanned::get_ref).map(value_of).collect(),
        DeValue::Table(inner) => {
            let fields = inner.iter();
            let fields =
                fields.map(|(name, value)| (name.get_ref().to_string(), value_of(value.get_ref())));
            Value::Object(fields.collect())
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
