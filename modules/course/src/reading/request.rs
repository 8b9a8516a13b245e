//! How lessons and exercises are read.

use kernel::CourseId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::markdown::AssetLinks;
use crate::publishing::EditionQuery;

/// Which edition of a text is read, and how.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadText {
    /// A published version of the course, by its number. Absent: the version in which you are enrolled, or else the newest.
    #[param(minimum = 1, maximum = 1_000_000, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
    /// The draft, for the staff of the course.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) draft: Option<bool>,
    /// `markdown` (the default), or `html`: sanitized, in the field whose name ends with `_html`.
    #[param(
        max_length = 10,
        pattern = "^(markdown|html)$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) format: Option<String>,
    /// That the version is the one that the caller gets, who named none.
    #[param(ignore)]
    #[serde(skip)]
    pub(crate) pinned: bool,
}

impl ReadText {
    pub(crate) fn edition(&self) -> EditionQuery {
        EditionQuery {
            version: self.version,
            draft: self.draft,
        }
    }

    /// The same text of the edition that the caller gets.
    pub(crate) fn of(self, EditionQuery { version, draft }: EditionQuery) -> Self {
        Self {
            pinned: self.version.is_none(),
            version,
            draft,
            ..self
        }
    }

    /// Where the text's assets are, in the words of the caller.
    pub(crate) fn links(&self, course: CourseId) -> AssetLinks {
        let version = self.version.filter(|_| !self.pinned);
        AssetLinks::of(course, version, self.draft.unwrap_or(false))
    }

    pub(crate) fn is_html(&self) -> bool {
        self.format.as_deref() == Some("html")
    }
}
