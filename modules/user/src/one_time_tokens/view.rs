//! The response to a request that sends an email.

use serde::Serialize;
use utoipa::ToSchema;

/// An email is on its way.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailQueued)]
pub(crate) struct EmailQueued {
    /// What to do next.
    #[schema(max_length = 300)]
    pub detail: &'static str,
}
