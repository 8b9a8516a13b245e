//! `gopro user` makes accounts, and opens them to people who have lost their authenticator.

use std::io::BufRead;

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use kernel::{Ambient, Operation, Role, SecretString};
use user::NewAccount;

use super::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make an account; the password is read from standard input, one line.
    Create {
        /// A short name.
        #[arg(long)]
        username: String,
        /// An address that reads mail.
        #[arg(long)]
        email: String,
        /// What the person is; a higher role holds the lower ones.
        #[arg(long, value_enum, default_value = "student")]
        role: RoleName,
    },
    /// Take the authenticator away from somebody who has lost it and the recovery codes; make sure
    /// first that it is them.
    RemoveFactor {
        /// Their username or address.
        #[arg(long)]
        login: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    Student,
    Instructor,
    Admin,
}

impl User {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::Create {
                username,
                email,
                role,
            } => create(&settings, username, email, role).await,
            Self::RemoveFactor { login } => remove_factor(&settings, &login).await,
        }
    }
}

async fn create(
    settings: &Settings,
    username: String,
    email: String,
    role: RoleName,
) -> Result<()> {
    let (_folder, modules) = Modules::start(settings, &Ambient::system()).await?;
    let account = NewAccount {
        id: None,
        username,
        email,
        password: read_password()?,
        display_name: None,
        locale: None,
        time_zone: None,
        roles: role.roles().into(),
    };
    let id = modules
        .user()?
        .create(&Operation::system("gopro user create"), account)
        .await
        .map_err(crate::seed::explained)?;
    say(&format!("The account is made: {id}"));
    Ok(())
}

async fn remove_factor(settings: &Settings, login: &str) -> Result<()> {
    let user = Modules::visit_user(settings, &Ambient::system()).await?;
    let operation = Operation::system("gopro user remove-factor");
    user.remove_factor(&operation, login)
        .await
        .map_err(crate::seed::explained)?;
    say(
        "The authenticator is removed and every session has ended; the password alone opens the account.",
    );
    Ok(())
}

impl RoleName {
    fn roles(self) -> Vec<Role> {
        match self {
            Self::Student => vec![Role::Student],
            Self::Instructor => vec![Role::Student, Role::Instructor],
            Self::Admin => vec![Role::Student, Role::Instructor, Role::Admin],
        }
    }
}

fn read_password() -> Result<SecretString> {
    say("Password (12 characters or more), then Enter:");
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("the password cannot be read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned().into())
}
