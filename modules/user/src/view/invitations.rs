//! Invitations without their secrets.

use chrono::{DateTime, Utc};
use kernel::{ProofId, Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An invitation, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationView {
    /// The invitation.
    pub id: ProofId,
    /// Where it was mailed to.
    #[schema(max_length = 254)]
    pub email: String,
    /// What the person will be.
    #[schema(min_items = 1, max_items = 3)]
    pub roles: Vec<Role>,
    /// Who invites.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it counts no longer.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accepted_at: Option<DateTime<Utc>>,
}
