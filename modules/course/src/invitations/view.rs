//! Invitations as the staff sees them.

use chrono::{DateTime, Utc};
use kernel::{CourseId, InvitationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::invitations::InvitationRecord;

/// An invitation to a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CourseInvitation)]
pub(crate) struct InvitationView {
    /// The invitation.
    pub(crate) id: InvitationId,
    /// The course.
    pub(crate) course_id: CourseId,
    /// What it is for.
    #[schema(max_length = 100)]
    pub(crate) name: String,
    /// The code, in the response that creates it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) code: Option<String>,
    /// How many people it lets in; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) max_uses: Option<i32>,
    /// How many people it has let in.
    #[schema(minimum = 0)]
    pub(crate) uses: i32,
    /// Until when it lets people in; absent when it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Who created it; absent when their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) created_by: Option<UserId>,
    /// When it was created.
    pub(crate) created_at: DateTime<Utc>,
}

impl From<InvitationRecord> for InvitationView {
    fn from(invitation: InvitationRecord) -> Self {
        Self {
            id: invitation.id,
            course_id: invitation.course_id,
            name: invitation.name,
            code: None,
            max_uses: invitation.max_uses,
            uses: invitation.uses,
            expires_at: invitation.expires_at,
            created_by: invitation.created_by,
            created_at: invitation.created_at,
        }
    }
}
