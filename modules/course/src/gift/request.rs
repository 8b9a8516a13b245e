//! The text that is imported.

use serde::Deserialize;
use utoipa::ToSchema;

/// Exercises in GIFT.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "text": "// Loops\n::How often::How often does `for range 3` run its body? { #3 }\n\n::A keyword::Go has the keyword `while`. { FALSE }",
    "points": 5,
    "dry_run": true,
}))]
pub(crate) struct GiftImport {
    /// The file: questions with an empty line between them.
    #[schema(min_length = 1, max_length = 500_000)]
    pub(crate) text: String,
    /// The points of each exercise, because GIFT has none.
    #[serde(default = "points")]
    #[schema(minimum = 1, maximum = 1000, default = 10)]
    pub(crate) points: i32,
    /// Whether to say only what would be created.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

fn points() -> i32 {
    10
}
