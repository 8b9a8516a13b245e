//! The variables of the environment: which of them are settings, and which only look like some.

use std::collections::BTreeMap;

use super::nearest::nearest;

const PREFIX: &str = "GOPRO__";
/// Variables of the project's own tests, which the programs that they start inherit.
const TESTS: &str = "GOPRO_TEST_";

/// The environment as the layers read it; nothing else in the program reads it.
pub fn environment() -> BTreeMap<String, String> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let all = std::env::vars_os();
    all.map(|(name, value)| (lossy(name), lossy(value)))
        .collect()
}

/// The dotted key that a variable sets, if it sets one. In another case it would be a second variable of
/// the same key.
pub(super) fn key_of(name: &str) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?;
    let upper = !key.contains(char::is_lowercase);
    upper.then(|| key.to_lowercase().replace("__", "."))
}

/// How the variable of a setting is called.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// The variables that begin with our name and set nothing, and those that cannot be read.
pub(super) fn faults(environment: &BTreeMap<String, String>, known: &[String]) -> Vec<String> {
    let ours = environment.iter().filter(|(name, _)| is_ours(name));
    ours.filter_map(|(name, value)| fault(name, value, known))
        .collect()
}

fn fault(name: &str, value: &str, known: &[String]) -> Option<String> {
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Some(format!(
            "  {name}: is not UTF-8; set it again, or put the value into a configuration file"
        ));
    }
    if key_of(name).is_some() || name.starts_with(TESTS) || is_of_an_orchestrator(name, value) {
        return None;
    }
    let word = name.get("GOPRO".len()..).unwrap_or_default();
    let meant = nearest(word, known.iter().map(String::as_str)).map(variable_of);
    let meant = match meant {
        Some(meant) => format!("; did you mean {meant}?"),
        None => {
            "; settings are written GOPRO__SECTION__NAME, such as GOPRO__SERVER__ADDRESS".to_owned()
        }
    };
    Some(format!(
        "  {name}: is not the variable of a setting; unset it{meant}"
    ))
}

/// Our name as a word of its own; GOPROXY is one of Go's.
fn is_ours(name: &str) -> bool {
    let (first, rest) = name.split_at_checked("GOPRO".len()).unwrap_or((name, ""));
    first.eq_ignore_ascii_case("GOPRO") && !rest.starts_with(|next: char| next.is_alphanumeric())
}

/// Kubernetes and Docker inform every container where the services of its network are, in variables
/// that begin with their names.
fn is_of_an_orchestrator(name: &str, value: &str) -> bool {
    let service = name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_");
    let protocol = ["_TCP", "_UDP", "_SCTP"];
    let port = name.contains("_PORT_") && protocol.iter().any(|end| name.contains(end));
    service || port || (name.ends_with("_PORT") && value.contains("://"))
}
