//! The commands of the operator: one file each.

mod audit;
mod config;
mod course;
mod doctor;
mod events;
mod gateway;
mod healthcheck;
mod keys;
mod migrate;
mod openapi;
mod saga;
mod seed;
mod serve;
mod user;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::config::Settings;

/// GO-PRO: a learning platform served as an API.
#[derive(Debug, Parser)]
#[command(name = "gopro", version, about, propagate_version = true)]
pub struct Command {
    /// A TOML file with settings; ./gopro.toml is read when it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, such as --set server.address=0.0.0.0:8080; may be repeated.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Serve the API.
    Serve(serve::Serve),
    /// Answer the API in front of services in other processes.
    Gateway,
    /// Bring the databases up to date, or say whether they are.
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Load demo data.
    #[command(subcommand)]
    Seed(seed::Seed),
    /// Check, import and export courses.
    #[command(subcommand)]
    Course(course::Course),
    /// Make accounts.
    #[command(subcommand)]
    User(user::User),
    /// List and rotate the keys that sign tokens.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Check the audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// See and replay events that could not be handled.
    #[command(subcommand)]
    Events(events::Events),
    /// See and retry exports and erasures of accounts.
    #[command(subcommand)]
    Saga(saga::Saga),
    /// Print the OpenAPI document.
    Openapi,
    /// Check and print the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look for what is wrong with this installation.
    Doctor,
    /// Ask a running server whether it is ready; for containers without a shell.
    Healthcheck,
}

impl Command {
    /// Reads the command line of this process; wrong words end it with a hint.
    pub fn from_command_line() -> Self {
        Self::parse_from(settings_first(std::env::args_os()))
    }

    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong and what to do about it.
    pub fn run(self) -> Result<()> {
        if let Action::Openapi = self.action {
            return openapi::run();
        }
        let settings = self.settings();
        if let Action::Config(command) = self.action {
            return command.run(settings);
        }
        let settings = settings?;
        match self.action {
            Action::Serve(command) => command.run(settings),
            Action::Gateway => gateway::run(&settings),
            Action::Migrate(command) => background(command.run(settings)),
            Action::Seed(command) => background(command.run(settings)),
            Action::Course(command) => background(command.run(settings)),
            Action::User(command) => background(command.run(settings)),
            Action::Keys(command) => background(command.run(settings)),
            Action::Audit(command) => background(command.run(settings)),
            Action::Events(command) => background(command.run(settings)),
            Action::Saga(command) => background(command.run(settings)),
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

/// The parser forgets what stood before a subcommand when the same option stands behind it too, so
/// all settings are put in front; their order stays.
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

/// Runs a command that needs no web server.
fn background(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work)
}

/// Writes a line for the person at the terminal; a closed pipe is not an error.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn key_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "write KEY=VALUE, such as server.address=0.0.0.0:8080".to_owned())
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
