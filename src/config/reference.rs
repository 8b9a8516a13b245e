//! The reference of all settings, written from their types.

use std::fmt::Write;

use serde_json::Value;
use utoipa::PartialSchema;

use super::Settings;

const HEAD: &str = "# Configuration

Defaults < file (`--config`, else `./gopro.toml`) < environment < flags.
The variable of a setting is its key in capitals: `GOPRO__SERVER__ADDRESS` is `server.address`.
A list is written with commas in a variable and behind `--set`: `GOPRO__AUTH__MFA_ROLES=admin,instructor`.
A secret (`auth.master_key`, `bus.url`, `cache.url`, `database.url`, `mail.smtp_url`, the `client_secret` of a provider) can come from a file: set `…_file` instead, `GOPRO__AUTH__MASTER_KEY_FILE`.
`gopro config check` tells every fault at once; `gopro config print` shows what is in force, without secrets.
This page is written by `make docs` from the settings' types.

| key | what it says | default | bounds |
|---|---|---|---|
";

/// The page `docs/operations/configuration.md`.
pub fn reference() -> String {
    let schema = serde_json::to_value(Settings::schema()).unwrap_or_default();
    let defaults = super::load(None, &std::collections::BTreeMap::new(), &[]);
    let defaults = defaults
        .ok()
        .and_then(|settings| serde_json::to_value(settings).ok());
    let defaults = defaults.unwrap_or_default();
    let mut page = HEAD.to_owned();
    let sections = schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    for (section, fields) in sections {
        let fields = fields["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        for (name, field) in fields {
            let text = field["description"].as_str().unwrap_or_default();
            let default = &defaults[&section][&name];
            let _ = writeln!(
                page,
                "| `{section}.{name}` | {text} | `{default}` | {} |",
                bounds(&field)
            );
            // Sections with names of the operator's choice have the same fields each.
            let inner = field["additionalProperties"]["properties"].as_object();
            for (inner, field) in inner.into_iter().flatten() {
                let text = field["description"].as_str().unwrap_or_default();
                let _ = writeln!(
                    page,
                    "| `{section}.{name}.<name>.{inner}` | {text} | | {} |",
                    bounds(field)
                );
            }
        }
    }
    page
}

fn bounds(field: &Value) -> String {
    let choices = field["pattern"].as_str().and_then(|pattern| {
        let inner = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
        let plain = inner
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'|');
        plain.then(|| inner.replace('|', ", "))
    });
    if let Some(choices) = choices {
        return choices;
    }
    match (field["minimum"].as_i64(), field["maximum"].as_i64()) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    }
}
