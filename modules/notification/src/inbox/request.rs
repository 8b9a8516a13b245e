//! What comes over HTTP about an inbox.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::Category;

/// Which notifications to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationFilter {
    /// Only notifications of this category.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) category: Option<Category>,
    /// `true` for unread notifications only, `false` for read ones only.
    #[param(required = false)]
    #[serde(default)]
    pub(crate) unread: Option<bool>,
}

/// A change of a notification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "read": true }))]
pub(crate) struct UpdateNotification {
    /// Whether you have read it; absent leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) read: Option<bool>,
}
