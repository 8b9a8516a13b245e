//! What is asked of certificates.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which certificate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CertificatePath {
    /// The number of the certificate.
    #[param(
        max_length = 40,
        pattern = "^[0-9A-Za-z -]+$",
        example = "ABCD-EFGH-JKMN-PQR8"
    )]
    pub(crate) code: String,
}

/// Why a certificate is not valid any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The final project was written by somebody else." }))]
pub(crate) struct RevokeCertificate {
    /// The reason, for the learner and the staff; it is not shown to others.
    #[schema(min_length = 1, max_length = 1000, format = "line")]
    pub(crate) reason: String,
}

/// Who can check a certificate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "public": false }))]
pub(crate) struct UpdateCertificate {
    /// Whether anybody who has its number can check it, with its page, picture, document, and credential.
    pub(crate) public: bool,
}
