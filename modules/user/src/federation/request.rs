//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How to start a sign-in.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginQuery {
    /// Answer 303 to the provider instead of JSON, for a link that a browser follows.
    #[serde(default)]
    #[param(required = false)]
    pub redirect: bool,
    /// Where the browser is sent in the end: exactly one of the URLs in the setting
    /// `auth.return_urls`, or Swagger UI at `/docs/` of the server, followed by `#code=…` for `POST /auth/providers/exchange`,
    /// `#linked=…` or `#error=…`.
    #[serde(default)]
    #[param(min_length = 1, max_length = 500, required = false)]
    pub return_to: Option<String>,
    /// Required with `return_to`: the SHA-256 of a verifier that the application keeps, in
    /// base64url (RFC 7636, `S256`).
    #[serde(default)]
    #[param(
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        required = false
    )]
    pub code_challenge: Option<String>,
}

/// What a provider sends back. Whatever else it adds is ignored, as RFC 6749 requires.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// The code of the provider.
    #[serde(default)]
    #[param(max_length = 4096, required = false)]
    pub code: Option<String>,
    /// The state of the sign-in.
    #[serde(default)]
    #[param(max_length = 200, required = false)]
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    #[serde(default)]
    #[param(max_length = 500, required = false)]
    pub iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    #[param(max_length = 200, required = false)]
    pub error: Option<String>,
}

/// The code in the URL of an application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "the value of #code=, 43 characters",
    "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
}))]
#[schema(as = ExchangeLoginCode)]
pub(crate) struct ExchangeSignIn {
    /// The code behind `#code=`; it works once, for a minute.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    pub code: SecretString,
    /// The verifier of the `code_challenge` that the sign-in was started with.
    #[schema(value_type = String, min_length = 43, max_length = 128, pattern = "^[A-Za-z0-9._~-]+$", format = Password)]
    pub code_verifier: SecretString,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    pub device: Option<String>,
}
