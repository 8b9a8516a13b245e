//! The addresses of servers, read strictly: whatever in one of them means nothing is a fault, so
//! that a mistyped parameter never turns off what it was to turn on. They may hold passwords, so
//! no fault shows any part of one.

use std::fs::File;

use redis::IntoConnectionInfo;
use url::Url;

use super::CacheSettings;
use super::nearest::did_you_mean;

/// What the value of a parameter may be.
enum Values {
    OneOf(&'static [&'static str]),
    UpTo(u64),
    /// A file that this process can read.
    File,
    /// A folder with the socket of a server.
    Folder,
}

struct Kind {
    form: &'static str,
    parameters: &'static [(&'static str, Values)],
    /// Whether nothing can be done without a path.
    names_database: bool,
    path: fn(&str) -> bool,
}

const DATABASE: Kind = Kind {
    form: "postgres://user:password@host:5432/database",
    parameters: &[
        (
            "sslmode",
            Values::OneOf(&[
                "disable",
                "allow",
                "prefer",
                "require",
                "verify-ca",
                "verify-full",
            ]),
        ),
        ("sslrootcert", Values::File),
        ("sslcert", Values::File),
        ("sslkey", Values::File),
        ("host", Values::Folder),
        ("statement-cache-capacity", Values::UpTo(10_000)),
    ],
    names_database: true,
    path: |path| !path.contains('/'),
};

const BROKER: Kind = Kind {
    form: "amqp://user:password@host:5672/vhost",
    parameters: &[
        ("heartbeat", Values::UpTo(65_535)),
        ("connection_timeout", Values::UpTo(600_000)),
        ("channel_max", Values::UpTo(65_535)),
        ("frame_max", Values::UpTo(4_294_967_295)),
    ],
    names_database: false,
    path: |path| !path.contains('/'),
};

const CACHE: Kind = Kind {
    form: "redis://user:password@host:6379/0",
    parameters: &[("protocol", Values::OneOf(&["resp2", "resp3"]))],
    names_database: false,
    path: |path| path.is_empty() || path.parse::<u32>().is_ok(),
};

pub(super) fn database(text: &str) -> Result<(), String> {
    read(text, &DATABASE).map(drop)
}

pub(super) fn broker(text: &str) -> Result<(), String> {
    read(text, &BROKER).map(drop)
}

pub(super) fn cache(text: &str) -> Result<(), String> {
    read(text, &CACHE)?;
    text.into_connection_info()
        .map(drop)
        .map_err(|_| CacheSettings::FORM.to_owned())
}

fn read(text: &str, kind: &Kind) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| url.host_str().is_some_and(|host| !host.is_empty()));
    let url = url.ok_or_else(|| {
        format!(
            "must be {}; write special characters of the password as %XX",
            kind.form
        )
    })?;
    if url.fragment().is_some() {
        return Err(format!(
            "has a fragment, which is not supported; write {}, and # in a password as %23",
            kind.form
        ));
    }
    if !(kind.path)(url.path().trim_start_matches('/')) {
        return Err(format!(
            "has a path, which is not supported; write {}",
            kind.form
        ));
    }
    let mut seen = Vec::new();
    for (name, value) in url.query_pairs() {
        let known = kind.parameters.iter().find(|(known, _)| *known == name);
        let Some((name, values)) = known else {
            return Err(unknown(&name, kind));
        };
        if seen.contains(name) {
            return Err(format!("has the parameter {name} twice; write it once"));
        }
        seen.push(*name);
        if !values.allow(&value) {
            return Err(format!(
                "has the parameter {name}, which {}",
                values.rule(&value)
            ));
        }
    }
    if kind.names_database && url.path().trim_start_matches('/').is_empty() {
        return Err(format!("names no database; write {}", kind.form));
    }
    Ok(url)
}

/// The name may be a part of a password with a question mark in it.
fn unknown(name: &str, kind: &Kind) -> String {
    let names: Vec<_> = kind.parameters.iter().map(|(known, _)| *known).collect();
    let meant = did_you_mean(name, names.iter().copied());
    format!(
        "has an unknown parameter{meant}; supported are {}; write ? in a password as %3F",
        names.join(", ")
    )
}

impl Values {
    fn allow(&self, value: &str) -> bool {
        match self {
            Self::OneOf(words) => words.contains(&value),
            Self::UpTo(most) => value.parse::<u64>().is_ok_and(|number| number <= *most),
            Self::File => File::open(value).is_ok_and(|file| is_file(&file)),
            Self::Folder => value.starts_with('/'),
        }
    }

    fn rule(&self, value: &str) -> String {
        match self {
            Self::OneOf(words) => {
                let meant = did_you_mean(value, words.iter().copied());
                format!("must be one of {}{meant}", words.join(", "))
            }
            Self::UpTo(most) => format!("must be a whole number up to {most}"),
            Self::File => "must name a file that this user can read".to_owned(),
            Self::Folder => "must be the folder of a socket, beginning with /".to_owned(),
        }
    }
}

fn is_file(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::{broker, cache, database};

    type Check = fn(&str) -> Result<(), String>;

    #[test]
    fn a_parameter_that_means_nothing_is_a_fault_that_names_the_nearest_and_shows_no_password() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().display();
        for good in [
            "postgres://u:hunter2@h/d".to_owned(),
            "postgres://u:hunter2@h:5432/d?sslmode=require".to_owned(),
            format!("postgresql://u:hunter2@h/d?sslmode=verify-full&sslrootcert={path}"),
            "postgres://u@localhost/d?host=/run/postgresql".to_owned(),
        ] {
            assert_eq!(database(&good), Ok(()), "{good}");
        }
        for good in [
            "amqp://u:hunter2@h",
            "amqps://u:hunter2@h:5671/%2f?heartbeat=10",
        ] {
            assert_eq!(broker(good), Ok(()), "{good}");
        }
        for good in [
            "redis://:hunter2@h",
            "rediss://u:hunter2@h:6379/1?protocol=resp3",
        ] {
            assert_eq!(cache(good), Ok(()), "{good}");
        }
        let database: Check = database;
        let nothing = "has an unknown parameter";
        for (check, bad, expected) in [
            (
                database,
                "postgres://u:hunter2@h/d?sslmod=require",
                "did you mean sslmode?",
            ),
            (
                database,
                "postgres://u:hunter2@h/d?ssl-mode=require",
                "did you mean sslmode?",
            ),
            (
                database,
                "postgres://u:hunter2@h/d?ssl-mode=",
                "did you mean sslmode?",
            ),
            (database, "postgres://u:hunter2@h/d?tls=required", nothing),
            (
                database,
                "postgres://u:hunter2@h/d?sslmode=requird",
                "did you mean require?",
            ),
            (
                database,
                "postgres://u:hunter2@h/d?sslmode=",
                "must be one of disable",
            ),
            (
                database,
                "postgres://u:hunter2@h/d?sslmode=require&sslmode=disable",
                "twice",
            ),
            (
                database,
                "postgres://u:hunter2@h/d?sslrootcert=/nowhere",
                "must name a file",
            ),
            (
                database,
                "postgres://u:hunter2@h/d#sslmode=require",
                "has a fragment",
            ),
            (database, "postgres://u:1?hunter2@h/d", nothing),
            (database, "postgres://u:hunter2@h", "names no database"),
            (
                database,
                "postgres://u:hunter2@h:5432/?sslmode=require",
                "names no database",
            ),
            (
                database,
                "postgres://u:hunter2@h/d/sslmode=require",
                "has a path",
            ),
            (
                broker,
                "amqp://u:hunter2@h/v?heartbeet=1",
                "did you mean heartbeat?",
            ),
            (
                broker,
                "amqp://u:hunter2@h/v?heartbeat=soon",
                "must be a whole number",
            ),
            (broker, "amqps://u:hunter2@h/v?verify=verify_none", nothing),
            (broker, "amqp://u:hunter2@h/v#x", "has a fragment"),
            (cache, "redis://u:hunter2@h/0?db=1", nothing),
            (cache, "redis://u:hunter2@h/0#x", "has a fragment"),
            (cache, "rediss://u:hunter2@h/0#insecure", "has a fragment"),
            (cache, "redis://u:hunter2@h/one", "has a path"),
        ] {
            let refused = check(bad).expect_err(bad);
            assert!(refused.contains(expected), "{bad}: {refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
