//! The names of all settings, read from their types.

use serde_json::Value;

/// The settings that can come from a file of their own, by section and name.
pub(super) const SECRETS: [(&str, &str); 7] = [
    ("assets", "s3_secret_key"),
    ("auth", "master_key"),
    ("bus", "url"),
    ("cache", "url"),
    ("database", "url"),
    ("mail", "dkim_key"),
    ("mail", "smtp_url"),
];

/// The dotted keys of all settings, with the files of secrets.
pub(super) fn of(schema: &Value) -> Vec<String> {
    let mut keys = Vec::new();
    let sections = schema["properties"].as_object().into_iter().flatten();
    for (section, fields) in sections {
        let fields = fields["properties"].as_object().into_iter().flatten();
        keys.extend(fields.map(|(name, _)| format!("{section}.{name}")));
    }
    keys.extend(SECRETS.map(|(section, name)| format!("{section}.{name}_file")));
    keys
}

/// What the schema says of the value at a dotted key.
pub(super) fn field<'a>(schema: &'a Value, key: &str) -> &'a Value {
    key.split('.')
        .fold(schema, |place, part| match place["properties"].get(part) {
            Some(field) => field,
            None if part.parse::<usize>().is_ok() => &place["items"],
            None => &place["additionalProperties"],
        })
}

/// Whether a value may not be shown.
pub(super) fn is_secret(key: &str) -> bool {
    let named = SECRETS.iter().any(|(section, name)| {
        key.strip_prefix(section)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|rest| rest == *name)
    });
    let demo = key.starts_with("demo.") && key.ends_with("_password");
    named || demo || key.ends_with(".client_secret")
}
