//! Reading the layers and reporting every fault at once.

use std::collections::BTreeMap;
use std::path::Path;

use kernel::text;
use serde_json::{Map, Value};
use utoipa::PartialSchema;

use super::keys::{self, SECRETS};
use super::{
    Settings, assets, bus, environment, explain, file, mail, providers, rpc, tls, topology, values,
};

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// How large the file of a secret may be, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// Every fault of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {}:\n{}", number(.0.len()), lines(.0))]
pub struct ConfigError(pub Vec<String>);

fn number(errors: usize) -> String {
    match errors {
        1 => "1 error".to_owned(),
        _ => format!("{errors} errors"),
    }
}

/// A key and a value may hold whatever a stranger has written.
fn lines(faults: &[String]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| text::shown(fault)).collect();
    lines.join("\n")
}

/// The settings as they are put together, and where each of them comes from.
struct Layers {
    tree: Value,
    origins: BTreeMap<String, String>,
}

/// Reads all layers; `flags` are `(dotted key, value)` pairs of the command line.
///
/// # Errors
/// [`ConfigError`] with every fault, its key and what to do about it.
pub fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&str, String)],
) -> Result<Settings, ConfigError> {
    let schema = serde_json::to_value(Settings::schema()).unwrap_or_default();
    let known = keys::of(&schema);
    let defaults = file::parse(DEFAULTS, "default.toml");
    let named = file::read(file);
    let mut faults = named.faults;
    let mut layers = Layers {
        tree: defaults.tree,
        origins: named.places.into_iter().collect(),
    };
    merge(&mut layers.tree, named.tree);
    faults.extend(environment::faults(environment, &known));
    for (name, value) in environment {
        if let Some(key) = environment::key_of(name) {
            layers.set(&key, value, name.clone());
        }
    }
    for (key, value) in flags {
        layers.set(key, value, format!("--set {key}"));
    }
    let Layers { mut tree, origins } = layers;
    for (section, name) in SECRETS {
        read_secret(&mut tree, section, name, &mut faults);
    }
    for name in providers::names(&tree) {
        let section = format!("auth.providers.{name}");
        read_secret(&mut tree, &section, "client_secret", &mut faults);
    }
    providers::complete(&mut tree);
    coerce(&mut tree, &schema);
    faults.extend(providers::faults(&tree));
    faults.extend(assets::faults(&tree));
    faults.extend(bus::faults(&tree));
    faults.extend(topology::faults(&tree));
    faults.extend(rpc::faults(&tree));
    faults.extend(tls::faults(&tree));
    faults.extend(mail::faults(&tree));
    faults.extend(values::faults(&tree));
    // A value that a rule of its own rejects is reported once.
    let reported: Vec<String> = faults.iter().filter_map(|fault| key_in(fault)).collect();
    let by_schema = rest::schema_faults::<Settings>(&tree);
    let by_schema = by_schema
        .iter()
        .map(|fault| explain::fault(fault, &tree, &schema, &known));
    faults
        .extend(by_schema.filter(|fault| key_in(fault).is_none_or(|key| !reported.contains(&key))));
    if !faults.is_empty() {
        let reported = faults.into_iter();
        return Err(ConfigError(
            reported.map(|fault| placed(fault, &origins)).collect(),
        ));
    }
    serde_json::from_value(tree).map_err(|error| ConfigError(vec![format!("  {error}")]))
}

/// The key that a fault begins with.
fn key_in(fault: &str) -> Option<String> {
    let (key, _) = fault.trim_start().split_once(": ")?;
    Some(key.to_owned())
}

/// A fault with the place of its key, when it stands somewhere.
fn placed(fault: String, origins: &BTreeMap<String, String>) -> String {
    match key_in(&fault).and_then(|key| origins.get(&key)) {
        Some(origin) => format!("{fault} ({origin})"),
        None => fault,
    }
}

impl Layers {
    fn set(&mut self, key: &str, text: &str, origin: String) {
        let mut place = &mut self.tree;
        for part in key.split('.') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[part];
        }
        *place = Value::String(text.to_owned());
        // An unknown section is reported by its own name.
        let sections = key.match_indices('.').map(|(end, _)| &key[..end]);
        for section in sections {
            let reported = self.origins.entry(section.to_owned());
            reported.or_insert_with(|| origin.clone());
        }
        self.origins.insert(key.to_owned(), origin);
    }
}

/// Lays `over` on top of `base`, key by key.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (base, over) => *base = over,
    }
}

/// A secret may stand in a file of its own, as orchestrators mount them.
fn read_secret(tree: &mut Value, section: &str, name: &str, faults: &mut Vec<String>) {
    let file_key = format!("{name}_file");
    let place = format!("/{}", section.replace('.', "/"));
    let Some(fields) = tree.pointer_mut(&place).and_then(Value::as_object_mut) else {
        return;
    };
    let path = match fields.remove(&file_key) {
        None => return,
        Some(Value::String(path)) => path,
        Some(_) => {
            faults.push(format!(
                "  {section}.{file_key}: must be the path of a file, in quotes"
            ));
            return;
        }
    };
    let said = fields.get(name).and_then(Value::as_str).unwrap_or_default();
    if !said.is_empty() {
        faults.push(format!(
            "  {section}.{file_key}: {section}.{name} is set too; remove one of them"
        ));
    }
    let text = secret_in(Path::new(&path));
    match text {
        Ok(text) => {
            fields.insert(name.to_owned(), Value::String(text.trim().to_owned()));
        }
        Err(error) => faults.push(format!(
            "  {section}.{file_key}: cannot read {}: {error}; mount the file or set {section}.{name}",
            explain::without_user(&path)
        )),
    }
}

/// What a file of a secret says; one that never ends would be read for ever.
fn secret_in(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if metadata.len() > MAX_SECRET {
        return Err("it is larger than 64 KiB".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text)
}

/// The environment and flags give text; the schema says what it stands for.
fn coerce(value: &mut Value, schema: &Value) {
    if let Value::Object(fields) = value {
        for (name, field) in fields {
            let known = schema["properties"].get(name);
            coerce(field, known.unwrap_or(&schema["additionalProperties"]));
        }
        return;
    }
    let Value::String(text) = &*value else {
        return;
    };
    let coerced = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        Some("array") => Some(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect(),
        ),
        _ => None,
    };
    if let Some(coerced) = coerced {
        *value = coerced;
    }
}

#[cfg(test)]
mod tests;
