//! What is kept of a sign-in on its way.
//!
//! The state works once, for ten minutes, and only in the browser that began: its cookie holds what
//! the master key makes of the state. An application that the user returns to gets a code of ours
//! that is worth something with its own verifier alone (RFC 7636).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::sealing::hash;

pub(super) const BROWSER: &str = "provider_browser";

/// What is kept sealed of a sign-in.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub verifier: String,
    pub challenge: Option<String>,
}

/// What an application's code stands for.
#[derive(Serialize, Deserialize)]
pub(super) struct Returning {
    pub provider: String,
    pub challenge: String,
}

pub(super) fn seal_name(state: &str) -> String {
    format!(
        "provider_flow/{}",
        BASE64_URL_SAFE_NO_PAD.encode(hash(state))
    )
}
