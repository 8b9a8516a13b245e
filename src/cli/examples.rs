//! An example for each command, which its help shows.

/// The words of a command, and how it is called.
const EXAMPLES: [(&str, &[&str]); 32] = [
    (
        "",
        &[
            "gopro serve --demo         try it, then open http://127.0.0.1:8080/docs",
            "gopro config check         check the settings before the first start",
            "gopro doctor               find out what is wrong with an installation",
        ],
    ),
    (
        "serve",
        &[
            "gopro serve --demo",
            "gopro serve --config /etc/gopro.toml --modules user,course",
        ],
    ),
    (
        "gateway",
        &["gopro gateway --config /etc/gopro-gateway.toml"],
    ),
    ("migrate up", &["gopro migrate up"]),
    ("migrate status", &["gopro migrate status"]),
    ("seed demo", &["gopro seed demo"]),
    ("course new", &["gopro course new my-course --title Knots"]),
    ("course schema", &["gopro course schema my-course"]),
    ("course check", &["gopro course check content/go-from-zero"]),
    (
        "course import",
        &["gopro course import content/go-from-zero --owner instructor --publish"],
    ),
    (
        "course export",
        &["gopro course export go-from-zero backup/go-from-zero"],
    ),
    (
        "user create",
        &["gopro user create --username ada --email ada@example.org --role admin < password.txt"],
    ),
    (
        "user reset-mfa",
        &["gopro user reset-mfa --login ada@example.org"],
    ),
    ("keys list", &["gopro keys list"]),
    ("keys rotate", &["gopro keys rotate"]),
    (
        "keys rotate-master",
        &["gopro keys rotate-master --new-key-file /run/secrets/new-master-key"],
    ),
    ("mail dkim", &["gopro mail dkim"]),
    ("mail test", &["gopro mail test ada@example.org"]),
    ("audit verify", &["gopro audit verify"]),
    ("progress verify", &["gopro progress verify"]),
    (
        "progress rebuild",
        &[
            "gopro progress rebuild",
            "gopro progress rebuild --projection leaderboards",
        ],
    ),
    (
        "events dead-letters list",
        &["gopro events dead-letters list"],
    ),
    (
        "events dead-letters show",
        &["gopro events dead-letters show 01940000-0000-7000-8000-00000000d001"],
    ),
    (
        "events dead-letters replay",
        &["gopro events dead-letters replay 01940000-0000-7000-8000-00000000d001"],
    ),
    (
        "events dead-letters discard",
        &["gopro events dead-letters discard 01940000-0000-7000-8000-00000000d001"],
    ),
    ("sagas list", &["gopro sagas list"]),
    (
        "sagas show",
        &["gopro sagas show 01940000-0000-7000-8000-00000000e001"],
    ),
    (
        "sagas retry",
        &["gopro sagas retry 01940000-0000-7000-8000-00000000e001"],
    ),
    ("openapi", &["gopro openapi > openapi.json"]),
    (
        "config check",
        &["gopro config check --config /etc/gopro.toml --set log.level=debug"],
    ),
    (
        "config print",
        &["gopro config print --config /etc/gopro.toml"],
    ),
    ("config reference", &["gopro config reference"]),
];
/// Commands whose name says how they are called.
const PLAIN: [&str; 2] = ["doctor", "healthcheck"];

/// The command with an example in the help of each of its commands; `path` are the words that lead to it.
pub(super) fn with_examples(command: clap::Command, path: &str) -> clap::Command {
    let plain = [format!("gopro {path}")];
    let found = EXAMPLES.iter().find(|(known, _)| *known == path);
    let lines: Vec<&str> = match found {
        Some((_, lines)) => lines.to_vec(),
        None if PLAIN.contains(&path) => plain.iter().map(String::as_str).collect(),
        None => Vec::new(),
    };
    let names = command
        .get_subcommands()
        .map(|inner| inner.get_name().to_owned());
    let names: Vec<String> = names.collect();
    let command = match (lines.as_slice(), path) {
        ([], _) => command,
        (lines, "") => command.after_help(format!("First steps:\n  {}", lines.join("\n  "))),
        (lines, _) => command.after_help(format!("Example:\n  {}", lines.join("\n  "))),
    };
    names.iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |inner| with_examples(inner, path.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::{EXAMPLES, PLAIN};

    /// The words that lead to each command that does something.
    fn commands(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let mut is_last = true;
        for inner in command.get_subcommands() {
            is_last = false;
            commands(inner, format!("{path} {}", inner.get_name()).trim(), found);
        }
        if is_last {
            found.push(path.to_owned());
        }
    }

    #[test]
    fn every_command_has_an_example_and_every_example_is_a_command() {
        let mut all = Vec::new();
        commands(&Command::described(), "", &mut all);
        let known = EXAMPLES.iter().map(|(path, _)| *path).chain(PLAIN);
        let mut known: Vec<&str> = known.filter(|path| !path.is_empty()).collect();
        known.sort_unstable();
        all.sort_unstable();
        assert_eq!(known, all);
        for (path, lines) in EXAMPLES.iter().skip(1) {
            for line in *lines {
                let words = line
                    .split(" < ")
                    .next()
                    .and_then(|line| line.split(" > ").next());
                let words = words.unwrap_or_default().split_whitespace();
                let parsed = Command::described().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(line.starts_with(&format!("gopro {path}")), "{line}");
            }
        }
    }
}
