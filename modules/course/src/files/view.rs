//! What came of an import.

use kernel::CourseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ImportReport;

/// What an import has done, or with `dry_run` would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseImport {
    /// The course; after a dry run of a new one, an id that it will not have.
    pub(crate) course_id: CourseId,
    /// Its slug.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Whether the course is new.
    pub(crate) created: bool,
    /// How many sections, lessons, exercises and assets are new.
    #[schema(minimum = 0)]
    pub(crate) added: usize,
    /// How many of them say something else than before; the course itself counts as one.
    #[schema(minimum = 0)]
    pub(crate) changed: usize,
    /// How many of them are gone.
    #[schema(minimum = 0)]
    pub(crate) removed: usize,
    /// The version that was published, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) published_version: Option<i64>,
    /// Whether nothing was changed, because it was only asked what would be.
    pub(crate) dry_run: bool,
}

impl CourseImport {
    pub(crate) fn new(report: ImportReport, dry_run: bool) -> Self {
        Self {
            course_id: report.course_id,
            slug: report.slug,
            created: report.created,
            added: report.added,
            changed: report.changed,
            removed: report.removed,
            published_version: report.published,
            dry_run,
        }
    }
}
