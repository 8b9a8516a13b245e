//! The bounds of a schema in the form that a reader wants while it reads.

use std::collections::BTreeMap;

use serde_json::Value;

/// Schemas that refer to each other deeper than this have no bound that could be kept.
const MAX_DEPTH: usize = 32;

/// The longest text where a schema says nothing of its length: formats and choices are shorter.
pub(crate) const MAX_WORD: usize = 1000;

/// What a value may hold. Where a schema has several alternatives, it is all that one of them may
/// hold; the schema itself is checked afterwards.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The characters of the longest text, if there may be one.
    pub(crate) max_length: Option<usize>,
    /// The length of the longest list and what its items may hold, if there may be one.
    pub(crate) items: Option<(usize, Box<Shape>)>,
    /// Whether there may be an object.
    pub(crate) object: bool,
    /// The fields of an object.
    pub(crate) fields: BTreeMap<String, Shape>,
}

impl Shape {
    /// The shape of `schema`, whose references begin at its root.
    pub(crate) fn of(schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(schema, schema, 0);
        shape
    }

    fn add(&mut self, schema: &Value, root: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let reference = schema["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix('#'));
        let referred = reference.and_then(|pointer| root.pointer(pointer));
        let alternatives = ["oneOf", "anyOf", "allOf"]
            .into_iter()
            .filter_map(|name| schema[name].as_array())
            .flatten();
        for part in alternatives.chain(referred) {
            self.add(part, root, depth + 1);
        }
        let bound = |name: &str| {
            let bound = schema[name].as_u64();
            bound.and_then(|bound| usize::try_from(bound).ok())
        };
        let kind = &schema["type"];
        let is = |name: &str| {
            let kinds = kind.as_array();
            kind == name || kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
        };
        if is("string") {
            let most = bound("maxLength").unwrap_or(MAX_WORD);
            self.max_length = self.max_length.max(Some(most));
        }
        self.object |= is("object") || schema.get("properties").is_some();
        if let Some(item) = schema.get("items") {
            let most = bound("maxItems").unwrap_or(usize::MAX);
            let (known, shape) = self.items.get_or_insert_default();
            *known = most.max(*known);
            shape.add(item, root, depth + 1);
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let shape = self.fields.entry(name.clone()).or_default();
            shape.add(field, root, depth + 1);
        }
    }
}
