//! Reading the layers and telling every fault at once.

use std::collections::BTreeMap;
use std::path::Path;

use config::{Config, File, FileFormat};
use serde_json::{Map, Value};
use utoipa::PartialSchema;

use super::{Settings, bus, providers, rpc, topology, values};

const DEFAULTS: &str = include_str!("../../config/default.toml");
const PREFIX: &str = "GOPRO__";
const SECRETS: [(&str, &str); 5] = [
    ("auth", "master_key"),
    ("bus", "url"),
    ("cache", "url"),
    ("database", "url"),
    ("mail", "smtp_url"),
];

/// Every fault of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} fault(s):\n{}", .0.len(), .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Reads all layers; `flags` are `(dotted key, value)` pairs of the command line.
///
/// # Errors
/// [`ConfigError`] with every fault, its key and what to do about it.
pub fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&str, String)],
) -> Result<Settings, ConfigError> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(file) = file {
        builder = builder.add_source(File::from(file).format(FileFormat::Toml));
    } else {
        builder = builder.add_source(File::new("gopro.toml", FileFormat::Toml).required(false));
    }
    let single = |error: config::ConfigError| ConfigError(vec![format!("  {error}")]);
    let tree: Value = builder
        .build()
        .and_then(Config::try_deserialize)
        .map_err(single)?;
    let mut tree = tree;
    let mut faults = Vec::new();
    for (name, value) in environment {
        if let Some(key) = name.strip_prefix(PREFIX) {
            let key = key.to_lowercase().replace("__", ".");
            set(&mut tree, &key, value);
        }
    }
    for (key, value) in flags {
        set(&mut tree, key, value);
    }
    for (section, name) in SECRETS {
        read_secret(&mut tree, section, name, &mut faults);
    }
    for name in providers::names(&tree) {
        let section = format!("auth.providers.{name}");
        read_secret(&mut tree, &section, "client_secret", &mut faults);
    }
    providers::complete(&mut tree);
    let schema = serde_json::to_value(Settings::schema()).unwrap_or_default();
    coerce(&mut tree, &schema);
    faults.extend(providers::faults(&tree));
    faults.extend(bus::faults(&tree));
    faults.extend(topology::faults(&tree));
    faults.extend(rpc::faults(&tree));
    let mut by_schema = Vec::new();
    for fault in rest::schema_faults::<Settings>(&tree) {
        let key = fault.pointer.trim_start_matches('/').replace('/', ".");
        by_schema.push(format!("  {key}: {}", fault.message));
    }
    // A value that the schema refuses is told once.
    let keys = by_schema.iter().filter_map(|fault| fault.split_once(": "));
    let keys: Vec<String> = keys.map(|(key, _)| format!("{key}:")).collect();
    let by_value = values::faults(&tree).into_iter();
    faults.extend(by_value.filter(|fault| !keys.iter().any(|key| fault.starts_with(key))));
    faults.extend(by_schema);
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    serde_json::from_value(tree).map_err(|error| ConfigError(vec![format!("  {error}")]))
}

fn set(tree: &mut Value, key: &str, text: &str) {
    let mut place = tree;
    for part in key.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[part];
    }
    *place = Value::String(text.to_owned());
}

/// A secret may stand in a file of its own, as orchestrators mount them.
fn read_secret(tree: &mut Value, section: &str, name: &str, faults: &mut Vec<String>) {
    let file_key = format!("{name}_file");
    let place = format!("/{}", section.replace('.', "/"));
    let Some(fields) = tree.pointer_mut(&place).and_then(Value::as_object_mut) else {
        return;
    };
    let Some(Value::String(path)) = fields.remove(&file_key) else {
        return;
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            fields.insert(name.to_owned(), Value::String(text.trim().to_owned()));
        }
        Err(error) => faults.push(format!(
            "  {section}.{file_key}: cannot read {path}: {error}; mount the file or set {section}.{name}"
        )),
    }
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
mod tests {
    use std::collections::BTreeMap;

    use super::load;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        let settings = load(None, &BTreeMap::new(), &[]).expect("the defaults");
        assert_eq!(settings.auth.access_token_minutes, 15);
    }

    #[test]
    fn the_environment_overrides_and_flags_override_the_environment() {
        let environment = environment(&[
            ("GOPRO__LIMITS__REQUESTS_PER_MINUTE", "7"),
            (
                "GOPRO__CORS__ALLOWED_ORIGINS",
                "https://a.example, https://b.example",
            ),
            ("GOPRO__DATA__FOLDER", "/srv/a"),
        ]);
        let flags = [("data.folder", "/srv/b".to_owned())];
        let settings = load(None, &environment, &flags).expect("valid");
        assert_eq!(settings.limits.requests_per_minute, 7);
        assert_eq!(
            settings.cors.allowed_origins,
            ["https://a.example", "https://b.example"]
        );
        assert_eq!(settings.data.folder.to_str(), Some("/srv/b"));
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_key() {
        let environment = environment(&[
            ("GOPRO__SERVER__ADDRES", "127.0.0.1:1"),
            ("GOPRO__LIMITS__REQUESTS_PER_MINUTE", "many"),
            ("GOPRO__AUTH__MASTER_KEY", "short"),
            ("GOPRO__DATABASE__URL_FILE", "/nowhere/at/all"),
        ]);
        let faults = load(None, &environment, &[]).expect_err("four faults").0;
        assert_eq!(faults.len(), 4, "{faults:?}");
        let all = faults.join("\n");
        for key in [
            "server.addres",
            "limits.requests_per_minute",
            "auth.master_key",
            "database.url_file",
        ] {
            assert!(all.contains(key), "{key} is missing in {all}");
        }
        assert!(!all.contains("short"), "a secret was told: {all}");
    }

    #[test]
    fn values_that_could_never_work_are_told_with_their_keys() {
        let flags = [
            ("server.address", "127.0.0.1:99999"),
            ("database.url", "postgres://[::bad"),
            ("auth.mfa_roles", "boss"),
            ("auth.breached_passwords_file", "/nowhere/at/all"),
            ("cache.url", "redis://:hush@cache:port"),
            ("cors.allowed_origins", "*"),
            ("mail.from", "GO-PRO"),
            ("mail.smtp_url", "smtp://me:secret@mail.example:25"),
            ("log.level", "info,,=,"),
        ];
        let flags = flags.map(|(key, value)| (key, value.to_owned()));
        let faults = load(None, &BTreeMap::new(), &flags).expect_err("faults").0;
        for (key, _) in &flags {
            let told = faults
                .iter()
                .filter(|fault| fault.contains(&format!("{key}: ")));
            assert_eq!(told.count(), 1, "{key} in {faults:?}");
        }
        for secret in ["secret", "hush"] {
            assert!(!faults.join("").contains(secret), "{faults:?}");
        }
        for (key, value) in [
            (
                "cors.allowed_origins",
                "http://localhost:3000,https://a.example",
            ),
            ("database.url", "postgres://gopro@db.internal/gopro"),
            ("cache.url", "rediss://me:hush@cache.internal/1"),
            ("server.address", "[::1]:8080"),
            ("auth.mfa_roles", "admin,instructor"),
        ] {
            let flags = [(key, value.to_owned())];
            load(None, &BTreeMap::new(), &flags).expect(value);
        }
    }

    #[test]
    fn the_transport_of_events_needs_its_broker_and_its_build() {
        let wanted = [("bus.kind", "rabbitmq".to_owned())];
        let faults = load(None, &BTreeMap::new(), &wanted)
            .expect_err("no broker")
            .0;
        let all = faults.join("\n");
        assert!(all.contains("bus.url"), "{all}");
        let built = cfg!(feature = "rabbitmq");
        assert_eq!(all.contains("--features rabbitmq"), !built, "{all}");
    }

    #[test]
    fn the_address_of_the_cache_may_come_from_a_file_and_is_not_printed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("url");
        std::fs::write(&file, "redis://:hush@cache:6379/0\n").expect("written");
        let flags = [("cache.url_file", file.display().to_string())];
        let settings = load(None, &BTreeMap::new(), &flags).expect("valid");
        let printed = serde_json::to_value(&settings).expect("JSON");
        assert_eq!(printed["cache"]["url"], "(set)");
    }

    #[test]
    fn a_part_of_the_modules_needs_a_way_to_the_others() {
        let flags = [("modules.run", "progress, boss".to_owned())];
        let faults = load(None, &BTreeMap::new(), &flags).expect_err("faults").0;
        let all = faults.join("\n");
        for told in [
            "\"boss\" is no module",
            "bus.kind: ",
            "database.url: ",
            "auth.master_key: ",
            "rpc.user: ",
            "rpc.course: ",
        ] {
            assert!(all.contains(told), "{told} is missing in {all}");
        }
        assert_eq!(faults.len(), 6, "{all}");
    }

    #[test]
    fn a_provider_is_configured_by_the_environment_alone_and_its_secret_is_not_printed() {
        let environment = environment(&[
            ("GOPRO__AUTH__PROVIDERS__GOOGLE__CLIENT_ID", "us"),
            ("GOPRO__AUTH__PROVIDERS__GOOGLE__CLIENT_SECRET", "hush"),
            ("GOPRO__AUTH__PROVIDERS__GITHUB__CLIENT_ID", "us"),
            ("GOPRO__AUTH__PROVIDERS__GITHUB__CLIENT_SECRET", "hush"),
            (
                "GOPRO__AUTH__PROVIDERS__GITHUB__SCOPES",
                "user:email, read:user",
            ),
            ("GOPRO__AUTH__RETURN_URLS", "https://app.example.org/in"),
        ]);
        let settings = load(None, &environment, &[]).expect("valid");
        let google = &settings.auth.providers["google"];
        assert_eq!(google.issuer, "https://accounts.google.com");
        let github = &settings.auth.providers["github"];
        assert_eq!(github.issuer, "https://github.com");
        assert_eq!(github.kind, super::super::ProviderKind::Github);
        assert_eq!(github.scopes, ["user:email", "read:user"]);
        let printed = serde_json::to_string(&settings).expect("JSON");
        assert!(!printed.contains("hush"), "{printed}");
    }

    #[test]
    fn every_fault_of_a_provider_is_told() {
        let environment = environment(&[
            (
                "GOPRO__AUTH__PROVIDERS__SCHOOL__CLIENT_SECRET_FILE",
                "/nowhere",
            ),
            ("GOPRO__AUTH__PROVIDERS__SCHOOL__COLOUR", "red"),
            ("GOPRO__AUTH__PROVIDERS__WORK__CLIENT_ID", "us"),
            ("GOPRO__AUTH__PROVIDERS__WORK__CLIENT_SECRET", "hush"),
            ("GOPRO__AUTH__PROVIDERS__WORK__KIND", "saml"),
            (
                "GOPRO__AUTH__PROVIDERS__WORK__ISSUER",
                "http://id.example.org",
            ),
            ("GOPRO__AUTH__PROVIDERS__9__CLIENT_ID", "us"),
            ("GOPRO__AUTH__RETURN_URLS", "http://app.example.org/in"),
        ]);
        let faults = load(None, &environment, &[]).expect_err("faults").0;
        let all = faults.join("\n");
        for key in [
            "auth.providers.school.client_secret_file",
            "auth.providers.school.client_id",
            "auth.providers.school.issuer",
            "auth.providers.school.colour",
            "auth.providers.work.kind",
            "auth.providers.work.issuer",
            "auth.providers.9: ",
            "auth.return_urls",
        ] {
            assert!(all.contains(key), "{key} is missing in {all}");
        }
    }
}
