//! What generators of clients need of the document: a name for each member of a union and a
//! discriminator (OpenAPI 3.1, section 4.8.25), constants, and binary bodies.

use serde_json::{Map, Value, json};

pub(super) const REF: &str = "#/components/schemas/";

pub(super) fn values(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_object_mut().into_iter().flat_map(Map::values_mut)
}

/// The items of a page by reference; utoipa writes a copy of them into each page. Pages
/// still have the names that utoipa gives them.
pub(super) fn refer_to_items(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    let named: Vec<String> = schemas
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        let item = name.strip_prefix("Paged_").map(str::to_owned);
        if let Some(item) = item.filter(|item| named.contains(item)) {
            schema["properties"]["items"]["items"] = json!({ "$ref": format!("{REF}{item}") });
        }
    }
}

/// Rewrites the finished document for generators of clients; it means the same as before.
pub(super) fn prepare(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    let mut members = Map::new();
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        name_members(name, schema, &mut members);
    }
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.append(&mut members);
    }
    write_constants(schemas);
    let paths = &mut document["paths"];
    for item in values(paths) {
        values(item).for_each(open_to_everyone);
    }
    write_binary_bodies(paths);
}

/// An operation that needs no token has an empty list; a list with an empty requirement means the same,
/// but generators ask for a token then.
fn open_to_everyone(operation: &mut Value) {
    if operation.get("security") == Some(&json!([{}])) {
        operation["security"] = json!([]);
    }
}

/// Moves the members of a tagged union among the schemas: `SingleChoiceAnswer` is the member
/// `single_choice` of `Answer`.
fn name_members(union: &str, schema: &mut Value, members: &mut Map<String, Value>) {
    let mut mapping = Map::new();
    let mut property = None;
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let Some(title) = variant["title"].as_str().map(str::to_owned) else {
            continue;
        };
        property = property.or_else(|| tag_of(variant, &title));
        let member = format!("{}{union}", in_pascal_case(&title));
        let reference = format!("{REF}{member}");
        let mut named = std::mem::replace(variant, json!({ "$ref": reference }));
        if let Some(fields) = named.as_object_mut() {
            fields.remove("title");
        }
        mapping.insert(title, json!(reference));
        members.insert(member, named);
    }
    if let Some(property) = property {
        schema["discriminator"] = json!({ "propertyName": property, "mapping": mapping });
    }
}

/// The property of a member whose only value is the member's title.
fn tag_of(variant: &Value, title: &str) -> Option<String> {
    let mut properties = variant["properties"].as_object().into_iter().flatten();
    let found = properties.find(|(_, schema)| schema["enum"] == json!([title]));
    found.map(|(name, _)| name.clone())
}

fn in_pascal_case(title: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        first.to_ascii_uppercase() + rest
    };
    title.split('_').map(capital).collect()
}

/// A text with one possible value is a constant, which needs no enumeration of its own.
fn write_constants(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some([only]) = fields
                .get("enum")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
            {
                let only = only.clone();
                fields.remove("enum");
                fields.insert("const".to_owned(), only);
            }
            for (name, value) in fields.iter_mut() {
                if !["example", "examples", "default"].contains(&name.as_str()) {
                    write_constants(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_constants),
        _ => {}
    }
}

/// utoipa describes bytes as a list of numbers.
fn write_binary_bodies(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "application/zip" | "application/octet-stream" | "application/pdf" => {
                        value["schema"] = json!({ "type": "string", "format": "binary" });
                    }
                    _ => write_binary_bodies(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_binary_bodies),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_a_tagged_union_have_names_and_a_discriminator() {
        let mut document = json!({
            "paths": { "/x": { "get": { "security": [{}], "responses": { "200": { "content": {
                "application/zip": { "schema": { "type": "array" } },
                "application/pdf": { "schema": { "type": "array" } },
            } } } } } },
            "components": { "schemas": { "Answer": { "oneOf": [
                { "title": "single_choice", "type": "object", "properties": {
                    "kind": { "type": "string", "enum": ["single_choice"] },
                } },
                { "$ref": "#/components/schemas/Other" },
            ] } } },
        });
        prepare(&mut document);
        let schemas = &document["components"]["schemas"];
        let member = "#/components/schemas/SingleChoiceAnswer";
        assert_eq!(
            schemas["Answer"],
            json!({
                "oneOf": [{ "$ref": member }, { "$ref": "#/components/schemas/Other" }],
                "discriminator": { "propertyName": "kind", "mapping": { "single_choice": member } },
            })
        );
        assert_eq!(
            schemas["SingleChoiceAnswer"],
            json!({ "type": "object", "properties": {
                "kind": { "type": "string", "const": "single_choice" },
            } })
        );
        let bodies = &document["paths"]["/x"]["get"]["responses"]["200"]["content"];
        for media_type in ["application/zip", "application/pdf"] {
            assert_eq!(
                bodies[media_type]["schema"],
                json!({ "type": "string", "format": "binary" })
            );
        }
    }
}
