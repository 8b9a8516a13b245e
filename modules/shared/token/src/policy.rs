//! Whose tokens count.

use std::time::Duration;

/// What every API token begins with, so that scanners of leaked secrets find one.
pub const API_TOKEN_PREFIX: &str = "gopro_pat_";

/// Whose tokens count, and for whom they must have been made.
#[derive(Debug, Clone)]
pub struct TokenPolicy {
    /// The `iss` claim: the public address of this installation.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// How long the tokens live that this process makes; those of another process may live longer.
    pub lifetime: Duration,
}
