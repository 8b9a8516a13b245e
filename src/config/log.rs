//! The rules of `log.level`. The library takes every word for the name of a target, so that a
//! misspelled level would silence the log.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::explain::quoted;
use super::nearest::did_you_mean;

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
/// The crates of this project, with which its targets begin.
const TARGETS: [&str; 12] = [
    "gopro",
    "user",
    "course",
    "progress",
    "notification",
    "kernel",
    "contracts",
    "database",
    "migrations",
    "bus",
    "rest",
    "rpc",
];

/// Whether each of the directives means something.
pub(super) fn directives(text: &str) -> Result<(), String> {
    for directive in text.split(',') {
        if directive != directive.trim() {
            return Err(format!("write {} without blanks", quoted(text)));
        }
        check(directive)?;
    }
    // What is in brackets is the library's own.
    let parsed = EnvFilter::builder().parse(text);
    parsed
        .map(drop)
        .map_err(|error| format!("{} cannot be read: {error}", quoted(text)))
}

fn check(directive: &str) -> Result<(), String> {
    let (target, level) = match directive.rsplit_once('=') {
        Some((target, level)) if !level.ends_with('}') && !level.ends_with(']') => (target, level),
        _ if directive.contains('[') => (directive, "trace"),
        _ => ("", directive),
    };
    let is_level = !level.is_empty() && level.parse::<LevelFilter>().is_ok();
    if !is_level {
        let meant = did_you_mean(level, LEVELS);
        return Err(format!(
            "{} is not a level; use error, warn, info, debug, trace or off, or directives such as info,sqlx=warn{meant}",
            quoted(level)
        ));
    }
    let name = target.split(['[', ':']).next().unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    if !name.chars().all(plain) {
        return Err(format!(
            "{name:?} is not a target; write directives with commas, such as info,sqlx=warn"
        ));
    }
    let meant = did_you_mean(name, TARGETS.into_iter().filter(|target| target.len() > 4));
    if meant.is_empty() || TARGETS.contains(&name) {
        return Ok(());
    }
    Err(format!("nothing logs as {name:?}{meant}"))
}

#[cfg(test)]
mod tests {
    use super::directives;

    #[test]
    fn a_level_is_a_level_and_a_target_has_one() {
        for good in [
            "info",
            "WARN",
            "off",
            "info,sqlx=warn",
            "info,sea_orm_migration=warn,gopro::server=debug",
            "info,user[question]=debug",
            "warn,tower=off,rest=trace",
        ] {
            assert_eq!(directives(good), Ok(()), "{good}");
        }
        for (bad, expected) in [
            ("loud", "\"loud\" is not a level"),
            ("wran", "did you mean warn?"),
            ("info, sqlx=warn", "without blanks"),
            ("info,,debug", "\"\" is not a level"),
            ("info,sqlx=", "\"\" is not a level"),
            ("info,sqlx=verbose", "\"verbose\" is not a level"),
            ("info,sqlx=debgu", "did you mean debug?"),
            ("info,sqlx", "\"sqlx\" is not a level"),
            ("info,progres=debug", "did you mean progress?"),
            ("info;sqlx=warn", "is not a target"),
        ] {
            let fault = directives(bad).expect_err(bad);
            assert!(fault.contains(expected), "{bad}: {fault}");
        }
    }
}
