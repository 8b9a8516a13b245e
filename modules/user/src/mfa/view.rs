//! The response bodies of this room.

use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// An authenticator app that must be confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpEnrollment {
    /// The URI for the authenticator app (`otpauth://totp/…`).
    #[schema(max_length = 1000)]
    pub otpauth_url: String,
    /// The secret in base32, to type if the QR code cannot be scanned.
    #[schema(max_length = 100)]
    pub secret: String,
    /// The URI as a QR code, an SVG document.
    #[schema(max_length = 200000)]
    pub qr_svg: String,
}

/// Recovery codes for a lost authenticator app; each works once, and they are shown only once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    #[schema(schema_with = schema::recovery_codes)]
    pub codes: Vec<String>,
}
