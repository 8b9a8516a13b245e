//! YAML as a JSON value that remembers on which line each part stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use serde_saphyr::options::DuplicateKeyPolicy;

/// A value and the line of each of its parts, by JSON pointer.
#[derive(Debug, Default)]
pub(super) struct Located {
    pub(super) value: Value,
    lines: BTreeMap<String, u64>,
    /// Lines and texts of what YAML allows and a course does not.
    pub(super) faults: Vec<(u64, String)>,
}

impl Located {
    /// The line of `pointer`, or of the nearest part around it.
    pub(super) fn line(&self, pointer: &str) -> u64 {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return *line;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return 1,
            }
        }
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

/// Reads one YAML document.
///
/// # Errors
/// The line and the text of the first place that is no YAML.
pub(super) fn read(text: &str) -> Result<Located, (u64, String)> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
    };
    let tree: Spanned<Tree> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let error = error.without_snippet().to_string();
            let first = error.lines().next().unwrap_or_default().to_owned();
            (line.max(1), format!("is not YAML: {first}"))
        })?;
    let mut located = Located::default();
    located
        .lines
        .insert(String::new(), tree.referenced.line().max(1));
    located.value = flatten(tree.value, "", &mut located.lines, &mut located.faults);
    Ok(located)
}

fn flatten(
    tree: Tree,
    at: &str,
    lines: &mut BTreeMap<String, u64>,
    faults: &mut Vec<(u64, String)>,
) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(value),
        Tree::Text(text) => Value::String(text),
        Tree::Number(Some(number)) => Value::Number(number),
        Tree::Number(None) => Value::String("a number that is not finite".to_owned()),
        Tree::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.into_iter().enumerate() {
                let at = format!("{at}/{index}");
                lines.insert(at.clone(), item.referenced.line());
                list.push(flatten(item.value, &at, lines, faults));
            }
            Value::Array(list)
        }
        Tree::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let name = key.value.replace('~', "~0").replace('/', "~1");
                let at = format!("{at}/{name}");
                let line = key.referenced.line();
                if map.contains_key(&key.value) {
                    faults.push((line, format!("{} stands here twice", key.value)));
                }
                lines.insert(at.clone(), line);
                let value = flatten(value.value, &at, lines, faults);
                map.insert(key.value, value);
            }
            Value::Object(map)
        }
    }
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
