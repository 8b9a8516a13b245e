//! How a course is taken over, and what becomes of a copy.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How a course is imported.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportOptions {
    /// Whether to publish it when anything has changed.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) publish: Option<bool>,
    /// Whether to say only what would change.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) dry_run: Option<bool>,
}

/// How a course is exported.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportOptions {
    /// `zip` (the default) for an archive of its folder, `json` for one piece of JSON; an import takes both.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) format: Option<ExportFormat>,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    /// The folder of Markdown and YAML as an archive.
    Zip,
    /// One piece of JSON.
    Json,
}

/// A copy of a course.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Go from Zero, autumn" }))]
pub(crate) struct CloneCourse {
    /// The title of the copy; that of the course when absent.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: Option<String>,
    /// The slug of the copy; made from its title when absent.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    pub(crate) slug: Option<String>,
}
