//! `gopro user` creates accounts, and removes a lost authenticator.

use std::io::BufRead;

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use kernel::{Env, Operation, Role, SecretString};
use user::NewAccount;

use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Create an account; the password is read as one line from standard input.
    Create {
        /// The username.
        #[arg(long)]
        username: String,
        /// The email address.
        #[arg(long)]
        email: String,
        /// The role of the user; a higher role includes the lower ones.
        #[arg(long, value_enum, default_value = "student")]
        role: RoleName,
    },
    /// Remove the authenticator of a user who has lost it and the recovery codes; verify their
    /// identity first.
    ResetMfa {
        /// The username or email address of the user.
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
            Self::ResetMfa { login } => reset_mfa(&settings, &login).await,
        }
    }
}

async fn create(
    settings: &Settings,
    username: String,
    email: String,
    role: RoleName,
) -> Result<()> {
    let (_folder, modules) = Modules::start(settings, &Env::system()).await?;
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
    say(&format!("Account created: {id}"));
    Ok(())
}

async fn reset_mfa(settings: &Settings, login: &str) -> Result<()> {
    let user = Modules::attach_user(settings).await?;
    let operation = Operation::system("gopro user reset-mfa");
    user.reset_mfa(&operation, login)
        .await
        .map_err(crate::seed::explained)?;
    say(
        "The authenticator was removed and all sessions have ended; the user can now log in with the password alone.",
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
    say("Enter a password of at least 12 characters:");
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned().into())
}
