//! What is asked of the catalogue.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::Difficulty;

/// Which courses of the catalogue to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCourses {
    /// Words that must all occur in title, summary, tags, category, description, lesson titles or lesson texts, in any
    /// order. Accents, letter case, and kinds of quotes make no difference; a word of three letters or more is found by
    /// its beginning, and one of five or more with a typo, but in lesson texts only as it is. The first eight count.
    #[param(max_length = 200, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// How difficult the courses are.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) difficulty: Option<Difficulty>,
    /// The language of the courses, as a BCP 47 tag; `en` finds `en-GB` too.
    #[param(
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) language: Option<String>,
    /// The category.
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
    /// The order: `-relevance` (the default with `q`: what fits best comes first), `-published_at` (the default without),
    /// `title` or `-title`, by the Unicode collation.
    #[param(
        max_length = 20,
        pattern = "^(-relevance|-published_at|title|-title)$",
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

/// Which courses of the catalogue to count.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountCourses {
    /// Words that must all occur, as in `GET /courses`.
    #[param(max_length = 200, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// How difficult the courses are.
    #[param(inline, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) difficulty: Option<Difficulty>,
    /// The language of the courses, as a BCP 47 tag; `en` finds `en-GB` too.
    #[param(
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) language: Option<String>,
    /// The category.
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
}
