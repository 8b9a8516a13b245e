//! How the module is set up.

use std::path::PathBuf;
use std::time::Duration;

use kernel::{Role, SecretString};
use token::TokenPolicy;

use crate::domain::RegistrationMode;
use crate::federation::ProviderSettings;

/// How the module is set up.
#[derive(Clone)]
pub struct Settings {
    /// Whose tokens these are and how long they live.
    pub token: TokenPolicy,
    /// Seals secrets in the database.
    pub master_key: SecretString,
    /// How long a session lives without a refresh.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_absolute: Duration,
    /// How many passwords are hashed at once.
    pub hash_concurrency: usize,
    /// Who may make an account.
    pub registration: RegistrationMode,
    /// The address of the pages that the links of emails open, without a slash at its end.
    pub account_url: String,
    /// The roles that must have a second factor.
    pub mfa_roles: Vec<Role>,
    /// A file of hashes of passwords that are known to attackers.
    pub breached_passwords: Option<PathBuf>,
    /// After what time the signing key is replaced; never when absent.
    pub key_rotation: Option<Duration>,
    /// CA certificates (PEM) that these providers may have beside those of the system.
    pub ca_pem: String,
    /// The other providers that users may sign in with.
    pub providers: Vec<ProviderSettings>,
    /// The exact addresses of applications to which a sign-in with one of them may return.
    pub return_urls: Vec<String>,
}
