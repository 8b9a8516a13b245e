//! YAML as a JSON value that remembers on which line each part stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::domain::bounds::{MAX_YAML_DEPTH, MAX_YAML_NAME, MAX_YAML_NODES};

/// A value and the lines of its parts.
#[derive(Debug, Default)]
pub(super) struct Located {
    pub(super) value: Value,
    lines: Lines,
    /// How many values, lists and maps it has.
    pub(super) nodes: usize,
    /// Lines and texts of what YAML allows and a course does not.
    pub(super) faults: Vec<(u64, String)>,
}

/// The line of a part and the lines of its own parts, in the shape of the value.
#[derive(Debug, Default)]
struct Lines {
    line: u64,
    items: Vec<Lines>,
    fields: BTreeMap<String, Lines>,
}

impl Located {
    /// The line of `pointer`, or of the nearest part around it.
    pub(super) fn line(&self, pointer: &str) -> u64 {
        let mut place = &self.lines;
        for part in pointer.split('/').skip(1) {
            let index = part.parse::<usize>().ok();
            let item = index.and_then(|index| place.items.get(index));
            let name = part.replace("~1", "/").replace("~0", "~");
            let Some(inner) = item.or_else(|| place.fields.get(&name)) else {
                break;
            };
            place = inner;
        }
        place.line.max(1)
    }
}

enum Tree {
    Null,
    Bool(bool),
    Number(Option<serde_json::Number>),
    Text(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl Tree {
    fn nodes(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(|item| item.value.nodes()).sum::<usize>(),
            Self::Map(entries) => {
                let values = entries.iter().map(|(_, value)| 1 + value.value.nodes());
                1 + values.sum::<usize>()
            }
            _ => 1,
        }
    }
}

/// The most nodes that reading a text without success may have looked at: each has a sign and a blank at least.
pub(super) fn most_nodes(text: &str) -> usize {
    (text.len() / 2 + 1).min(MAX_YAML_NODES)
}

/// Reads one YAML document.
///
/// # Errors
/// The line and the text of the first place that is no YAML.
pub(super) fn read(text: &str) -> Result<Located, (u64, String)> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_nodes: MAX_YAML_NODES, max_depth: MAX_YAML_DEPTH },
    };
    let tree: Spanned<Tree> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let error = error.without_snippet().to_string();
            let first = error.lines().next().unwrap_or_default().to_owned();
            (line.max(1), format!("is not YAML: {first}"))
        })?;
    let mut faults = Vec::new();
    let nodes = tree.value.nodes();
    let (value, lines) = flatten(tree.value, tree.referenced.line(), &mut faults);
    Ok(Located {
        value,
        lines,
        nodes,
        faults,
    })
}

fn flatten(tree: Tree, line: u64, faults: &mut Vec<(u64, String)>) -> (Value, Lines) {
    let mut lines = Lines {
        line,
        ..Lines::default()
    };
    let value = match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(value),
        Tree::Text(text) => Value::String(text),
        Tree::Number(Some(number)) => Value::Number(number),
        Tree::Number(None) => Value::String("a number that is not finite".to_owned()),
        Tree::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                let (value, inner) = flatten(item.value, item.referenced.line(), faults);
                list.push(value);
                lines.items.push(inner);
            }
            Value::Array(list)
        }
        Tree::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let line = key.referenced.line();
                if key.value.len() > MAX_YAML_NAME {
                    let fault = format!(
                        "has a name of more than {MAX_YAML_NAME} bytes; no name of a course is that long"
                    );
                    faults.push((line, fault));
                    continue;
                }
                if map.contains_key(&key.value) {
                    faults.push((line, format!("{} stands here twice", key.value)));
                }
                let (value, inner) = flatten(value.value, line, faults);
                lines.fields.insert(key.value.clone(), inner);
                map.insert(key.value, value);
            }
            Value::Object(map)
        }
    };
    (value, lines)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(Some(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(Some(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(serde_json::Number::from_f64(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}
