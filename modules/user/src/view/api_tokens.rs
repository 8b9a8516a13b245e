//! Tokens for programs.

use chrono::{DateTime, Utc};
use kernel::ApiTokenId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;
use crate::store::api_tokens::ApiToken;

/// A token for programs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ApiTokenView {
    /// The token.
    pub id: ApiTokenId,
    /// What its owner knows it by.
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(schema_with = schema::scopes)]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it counts no longer.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// The secret for `Authorization: Bearer`; shown in the answer that made it and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub token: Option<String>,
}

impl ApiTokenView {
    pub(crate) fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            scopes: token.scopes.split(' ').map(str::to_owned).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            token: None,
        }
    }

    pub(crate) fn with_secret(mut self, secret: String) -> Self {
        self.token = Some(secret);
        self
    }
}
