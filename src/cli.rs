//! The command line: one file for each command.

mod audit;
mod config;
mod course;
mod doctor;
mod events;
mod examples;
mod gateway;
mod healthcheck;
mod keys;
mod mail;
mod master_key;
mod migrate;
mod openapi;
mod output;
mod progress;
mod sagas;
mod seed;
mod serve;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use kernel::text;

pub use output::complain;

use crate::config::Settings;

/// GO-PRO: a learning platform served as an API.
#[derive(Debug, Parser)]
#[command(name = "gopro", version, about, propagate_version = true)]
pub struct Command {
    /// A TOML file with settings; if omitted, ./gopro.toml is read if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override one setting, such as --set server.address=0.0.0.0:8080; can be repeated.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Serve the API.
    Serve(serve::Serve),
    /// Serve the API as a gateway in front of services in other processes.
    Gateway,
    /// Migrate the databases, or show pending migrations.
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Load demo data.
    #[command(subcommand)]
    Seed(seed::Seed),
    /// Check, import and export courses.
    #[command(subcommand)]
    Course(course::Course),
    /// Create accounts, and reset the second factor of a user.
    #[command(subcommand)]
    User(user::User),
    /// List and rotate the signing keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Send a test email, and print the record of the key that signs emails.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Verify the audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Verify the progress of learners.
    #[command(subcommand)]
    Progress(progress::Progress),
    /// List, show, replay, and discard dead letters.
    #[command(subcommand)]
    Events(events::Events),
    /// List, show, and retry exports and erasures of accounts.
    #[command(subcommand)]
    Sagas(sagas::Sagas),
    /// Print the OpenAPI document.
    Openapi,
    /// Check and print the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check this installation for problems.
    Doctor,
    /// Check whether a running server is ready; for containers without a shell.
    Healthcheck,
}

impl Command {
    /// The command line with all commands and their help.
    pub fn described() -> clap::Command {
        examples::with_examples(Self::command(), "")
    }

    /// Parses the command line of this process; exits with a hint if it is invalid.
    pub fn from_command_line() -> Self {
        let words = settings_first(std::env::args_os());
        let matches = Self::described().try_get_matches_from(words);
        let parsed = matches.and_then(|matches| Self::from_arg_matches(&matches));
        parsed.unwrap_or_else(|error| harmless(error).exit())
    }

    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong and what to do about it.
    pub fn run(self) -> Result<()> {
        if let Action::Openapi = self.action {
            return openapi::run();
        }
        if let Action::Config(command) = &self.action {
            command.run(|| self.settings())?;
            return output::check_output();
        }
        let settings = self.settings()?;
        match self.action {
            Action::Serve(command) => command.run(settings),
            Action::Gateway => gateway::run(&settings),
            Action::Migrate(command) => background(command.run(settings)),
            Action::Seed(command) => background(command.run(settings)),
            Action::Course(command) => background(command.run(settings)),
            Action::User(command) => background(command.run(settings)),
            Action::Keys(command) => background(command.run(settings)),
            Action::Mail(command) => background(command.run(settings)),
            Action::Audit(command) => background(command.run(settings)),
            Action::Progress(command) => background(command.run(settings)),
            Action::Events(command) => background(command.run(settings)),
            Action::Sagas(command) => background(command.run(settings)),
            Action::Doctor => background(doctor::run(settings)),
            Action::Healthcheck => healthcheck::run(&settings),
            Action::Openapi | Action::Config(_) => Ok(()),
        }
    }

    fn settings(&self) -> Result<Settings> {
        let mut flags: Vec<(&str, String)> = self
            .set
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        if let Action::Serve(command) = &self.action {
            flags.extend(command.settings());
        }
        let environment = crate::config::environment();
        Ok(crate::config::load(
            self.config.as_deref(),
            &environment,
            &flags,
        )?)
    }
}

/// The parser drops an option before a subcommand when the same option also comes after it, so all
/// settings are moved to the front; their order is kept.
fn settings_first(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    let mut front: Vec<OsString> = arguments.next().into_iter().collect();
    let mut rest = Vec::new();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--set" || text == "--config" {
            front.push(argument);
            front.extend(arguments.next());
        } else if text.starts_with("--set=") || text.starts_with("--config=") {
            front.push(argument);
        } else {
            rest.push(argument);
        }
    }
    front.extend(rest);
    front
}

/// The parser echoes unknown arguments verbatim, so they are escaped here.
fn harmless(mut error: clap::Error) -> clap::Error {
    let words = [
        ContextKind::InvalidArg,
        ContextKind::InvalidSubcommand,
        ContextKind::InvalidValue,
    ];
    for word in words {
        if let Some(ContextValue::String(said)) = error.get(word) {
            let ends: &[char] = match word {
                ContextKind::InvalidValue => &[':', '=', '/', '@'],
                _ => &[':', '@'],
            };
            let shown = text::shown(&without_value(said, ends));
            error.insert(word, ContextValue::String(shown));
        }
    }
    error
}

/// A value may contain a secret, so only the name in front of it is shown.
fn without_value(said: &str, ends: &[char]) -> String {
    match said.find(ends) {
        Some(end) => format!("{}…", &said[..=end]),
        None => said.to_owned(),
    }
}

/// Runs a command that needs no web server.
fn background(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work)?;
    output::check_output()
}

fn key_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "expected KEY=VALUE, such as server.address=0.0.0.0:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser;

    use super::{Command, settings_first};

    #[test]
    fn settings_count_before_and_behind_the_subcommand() {
        let words = [
            "gopro",
            "--set",
            "a=1",
            "serve",
            "--set",
            "b=2",
            "--demo",
            "--set=c=3",
        ];
        let command = Command::parse_from(settings_first(words.map(OsString::from)));
        let keys: Vec<_> = command.set.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }
}
