//! The requests that create, change, and order sections.

use serde::Deserialize;
use utoipa::ToSchema;

use super::set;
use crate::domain::SectionBody;

/// A new section, after the others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Concurrency", "summary": "Goroutines and channels." }))]
pub(crate) struct CreateSection {
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    /// What it is about.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
}

/// A change of a section; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Foundations of Go" }))]
#[schema(as = UpdateSection)]
pub(crate) struct ChangeSection {
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// What it is about.
    #[serde(default)]
    #[schema(nullable = false, max_length = 300)]
    summary: Option<String>,
    /// Its position among the sections, from 1; the others move up or down.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub(crate) position: Option<i32>,
}

impl ChangeSection {
    pub(crate) fn apply(self, body: &mut SectionBody) {
        set(&mut body.title, self.title);
        set(&mut body.summary, self.summary);
    }
}
