//! What is asked of the catalogue.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::content::Difficulty;

/// What of the catalogue is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCourses {
    /// Words that must all occur in title, summary, description, tags or lesson titles.
    #[param(max_length = 200, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// How much the courses ask.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) difficulty: Option<Difficulty>,
    /// The shelf.
    #[param(min_length = 1, max_length = 60, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) category: Option<String>,
    /// A tag that the courses have.
    #[param(
        min_length = 1,
        max_length = 40,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) tag: Option<String>,
    /// The order: `-published_at` (the default), `title` or `-title`.
    #[param(
        max_length = 20,
        pattern = "^(-published_at|title|-title)$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) sort: Option<String>,
    /// The courses on whose staff you are, drafts too; needs a token.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) mine: Option<bool>,
}
