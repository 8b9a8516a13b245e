//! What a fault that the schema finds means to a user, and what they may have meant.

use kernel::FieldFault;
use serde_json::Value;

use super::keys::{field, is_secret};
use super::nearest::{did_you_mean, nearest_key};

/// A fault as a line with its key.
pub(super) fn fault(fault: &FieldFault, tree: &Value, schema: &Value, known: &[String]) -> String {
    let parts = fault.pointer.trim_start_matches('/').split('/');
    let parts: Vec<String> = parts
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    let key = parts.join(".");
    let field = field(schema, &key);
    let value = tree.pointer(&fault.pointer);
    let message = match fault.code.as_str() {
        "unknown" => unknown(&key, schema, known),
        // Who gives a section a value may mean the secret in it.
        "type" if is_section(field) => expected(field),
        "type" => format!("{}{}", expected(field), given(&key, value)),
        "choice" => {
            let choices = choices(field);
            let word = value.and_then(Value::as_str).unwrap_or_default();
            let meant = did_you_mean(word, choices.split(", "));
            format!("must be one of {choices}{}{meant}", given(&key, value))
        }
        "pattern" => {
            let sentence = field["description"].as_str();
            format!("is invalid. {}", sentence.unwrap_or(&fault.message))
        }
        _ => format!("{}{}", fault.message, given(&key, value)),
    };
    format!("  {key}: {message}")
}

fn unknown(key: &str, schema: &Value, known: &[String]) -> String {
    let meant = if key.contains('.') {
        nearest_key(key, known).map_or_else(String::new, |meant| format!("; did you mean {meant}?"))
    } else {
        let sections = schema["properties"].as_object().into_iter().flatten();
        match did_you_mean(key, sections.map(|(name, _)| name.as_str())) {
            none if none.is_empty() => did_you_mean(key, known.iter().map(String::as_str)),
            meant => meant,
        }
    };
    match meant.as_str() {
        "" => "is not a setting; gopro config reference lists all".to_owned(),
        meant => format!("is not a setting{meant}"),
    }
}

fn expected(field: &Value) -> String {
    match field["type"].as_str() {
        Some("integer") => match (field["minimum"].as_i64(), field["maximum"].as_i64()) {
            (Some(low), Some(high)) => format!("must be a whole number from {low} to {high}"),
            _ => "must be a whole number".to_owned(),
        },
        Some("boolean") => "must be true or false".to_owned(),
        Some("array") => "must be a list, such as [\"a\", \"b\"]".to_owned(),
        Some("object") => {
            let names = field["properties"].as_object();
            let names: Vec<&str> = names
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str())
                .collect();
            format!(
                "is a section, not a value; set its fields: {}",
                names.join(", ")
            )
        }
        _ => "must be a text in quotes".to_owned(),
    }
}

fn given(key: &str, value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(_) | Value::Array(_)) | None => String::new(),
        Some(_) if is_secret(key) => String::new(),
        Some(value) => {
            let text: String = without_user(&value.to_string()).chars().take(100).collect();
            format!(", not {text}")
        }
    }
}

fn is_section(field: &Value) -> bool {
    field["type"] == "object"
}

/// A value in a fault: without the user and the password that an address may hold.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", without_user(text))
}

/// A text with a mark instead of the user and the password of an address in it. They end at the
/// last `@`, because a password may hold one that is written as it is.
pub(super) fn without_user(text: &str) -> String {
    let parts = text.split_once("://");
    let hidden = parts.and_then(|(before, rest)| {
        let (_, host) = rest.rsplit_once('@')?;
        Some(format!("{before}://(hidden)@{host}"))
    });
    hidden.unwrap_or_else(|| text.to_owned())
}

/// The words of a pattern that is nothing but a choice between them.
fn choices(field: &Value) -> String {
    let pattern = field["pattern"].as_str().unwrap_or_default();
    let inner = pattern
        .strip_prefix("^(")
        .and_then(|rest| rest.strip_suffix(")$"));
    inner.unwrap_or(pattern).replace('|', ", ")
}
