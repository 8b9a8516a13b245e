//! What stands in the files of a course.

use contracts::course::CompletionRule;
use contracts::course_ref::is_hyphenated;
use kernel::{CourseId, ExerciseId, FieldFault, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::assets::Content;
use crate::domain::{
    CodeSample, Difficulty, Question, Variant, Visibility, content, language, schema,
};
use crate::markdown::{self, Texts};

/// `course.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourseFile {
    /// The version of the format.
    #[schema(minimum = 1, maximum = 1)]
    pub(crate) format: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<CourseId>,
    #[schema(min_length = 3, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub(crate) slug: String,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    #[serde(default)]
    #[schema(max_length = 20000)]
    pub(crate) description: String,
    pub(crate) difficulty: Difficulty,
    #[serde(default = "language::english")]
    #[schema(
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
    )]
    pub(crate) language: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::names, required = false)]
    pub(crate) author_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 100, format = "line")]
    pub(crate) license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 60, format = "line")]
    pub(crate) category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    pub(crate) cover: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::tags, required = false)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) visibility: Visibility,
    /// The slugs of the courses that have to be completed before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::courses, required = false)]
    pub(crate) prerequisites: Vec<String>,
    #[serde(default = "content::retry_percent")]
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) retry_percent: i32,
}

/// `section.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<SectionId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
}

/// A lesson without its text, as an export writes it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LessonFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<LessonId>,
    pub(crate) title: String,
    pub(crate) minutes: i32,
    pub(crate) completion: CompletionRule,
    pub(crate) objectives: Vec<String>,
    pub(crate) key_points: Vec<String>,
    pub(crate) code_samples: Vec<CodeSample>,
}

/// The head of `lesson.md`, whose programs may lie in files of their own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonHead {
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) id: Option<LessonId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    pub(crate) completion: CompletionRule,
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) objectives: Vec<String>,
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) key_points: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) code_samples: Vec<CodeSampleFile>,
}

/// A program that a lesson shows: here, or in the folder `code` beside the lesson.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeSampleFile {
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) title: String,
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9+#-]+$")]
    pub(crate) language: String,
    /// The program.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 20000)]
    pub(crate) code: Option<String>,
    /// The name of the file with the program, in place of `code`.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    pub(crate) file: Option<String>,
    /// What the program prints.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) output: Option<String>,
    /// The name of the file with what it prints, in place of `output`.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
    )]
    pub(crate) output_file: Option<String>,
}

/// An entry of `exercises.yaml`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExerciseFile {
    #[schema(min_length = 1, max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<ExerciseId>,
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    #[schema(min_length = 1, max_length = 20000)]
    pub(crate) prompt: String,
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    pub(crate) hints: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) hint_cost_percent: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) pass_percent: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) attempts: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    pub(crate) time_limit_minutes: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 10080)]
    pub(crate) cooldown_minutes: Option<i32>,
    pub(crate) question: Question,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub(crate) variants: Vec<Variant>,
    /// The objectives of the lesson that it tests, by their numbers from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::objective_numbers, required = false)]
    pub(crate) objectives: Vec<i32>,
}

/// A course as its files say it, free of faults.
#[derive(Debug)]
pub(crate) struct ParsedCourse {
    pub(crate) file: CourseFile,
    pub(crate) sections: Vec<ParsedSection>,
    pub(crate) assets: ParsedAssets,
}

/// What becomes of the assets of a course.
#[derive(Debug)]
pub(crate) enum ParsedAssets {
    /// They stay as they are.
    Kept,
    /// They are these.
    Files(Vec<Content>),
    /// They are those of a version.
    OfVersion(i64),
    /// They are those of another draft.
    OfDraft(CourseId),
}

impl ParsedCourse {
    /// What has to be in the asset store before the course can name it.
    pub(crate) fn contents(&self) -> &[Content] {
        match &self.assets {
            ParsedAssets::Files(contents) => contents,
            _ => &[],
        }
    }
}

/// A section as its folder says it.
#[derive(Debug)]
pub(crate) struct ParsedSection {
    pub(crate) key: String,
    pub(crate) file: SectionFile,
    pub(crate) lessons: Vec<ParsedLesson>,
}

/// A lesson as its folder says it.
#[derive(Debug)]
pub(crate) struct ParsedLesson {
    pub(crate) key: String,
    pub(crate) file: LessonFile,
    pub(crate) content: String,
    pub(crate) exercises: Vec<ExerciseFile>,
}

fn all() -> i32 {
    100
}

impl ExerciseFile {
    /// The numbers for which the lesson has no objective.
    pub(crate) fn unknown_objectives(&self, objectives: &[String]) -> Vec<FieldFault> {
        let known = |number: i32| usize::try_from(number).is_ok_and(|n| n <= objectives.len());
        let numbers = self.objectives.iter().enumerate();
        let unknown = numbers.filter(|(_, number)| !known(**number));
        let fault = |(index, number): (usize, &i32)| {
            let message = format!(
                "is {number}, but the lesson has {} objectives; name one of them by its number, from 1",
                objectives.len()
            );
            FieldFault::new(format!("/objectives/{index}"), "unknown_objective", message)
        };
        unknown.map(fault).collect()
    }

    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_exercise(
            Some(&self.prompt),
            Some(&self.hints),
            self.explanation.as_ref(),
            Some(&self.question),
            Some(&self.variants),
        )
    }
}

/// The key that a folder such as `01-foundations` stands for.
pub(crate) fn folder_key(folder: &str) -> Option<&str> {
    let key = folder.trim_start_matches(|c: char| c.is_ascii_digit());
    let key = key.strip_prefix('-').unwrap_or(folder);
    (key.len() <= 80 && is_hyphenated(key)).then_some(key)
}

/// YAML that an import reads back to the same value.
pub(crate) fn to_yaml<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}
