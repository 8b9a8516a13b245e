//! The lessons of a course.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use contracts::course::CompletionRule;
use kernel::{LessonId, SectionId};
use rest::{
    Command, IdempotencyHeader, IfMatch, Instructor, Learner, List, Op, Paged, Paging, Path, Query,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::courses::set;
use super::{EditionQuery, edition};
use crate::content::{CodeSample, LessonBody};
use crate::reference::CourseRef;
use crate::schema;
use crate::service::Service;
use crate::view::{LessonDetail, LessonSummary};

/// A new lesson, after the others of its section.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "section_id": "01940000-0000-7000-8000-000000000002",
    "title": "Structs and methods",
    "minutes": 40,
    "completion": "read",
    "objectives": ["Define a struct and its methods"],
    "content": "## What a struct is\n\nA struct groups named fields into one value.",
}))]
pub(crate) struct CreateLesson {
    /// Its section.
    section_id: SectionId,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    minutes: i32,
    /// When it is complete.
    completion: CompletionRule,
    /// What one can do after it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    objectives: Vec<String>,
    /// What to keep in mind.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    key_points: Vec<String>,
    /// Programs to run.
    #[serde(default)]
    #[schema(max_items = 20)]
    code_samples: Vec<CodeSample>,
    /// The text, in Markdown.
    #[serde(default)]
    #[schema(max_length = 100000)]
    content: String,
}

impl CreateLesson {
    pub(crate) fn into_parts(self) -> (SectionId, LessonBody) {
        let body = LessonBody {
            title: self.title,
            minutes: self.minutes,
            completion: self.completion,
            objectives: self.objectives,
            key_points: self.key_points,
            code_samples: self.code_samples,
            content: self.content,
        };
        (self.section_id, body)
    }
}

/// A change of a lesson: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "minutes": 35 }))]
pub(crate) struct ChangeLesson {
    /// Its section; a lesson that moves comes after the others there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) section_id: Option<SectionId>,
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// How long it takes, in minutes.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 600)]
    minutes: Option<i32>,
    /// When it is complete.
    #[serde(default)]
    #[schema(nullable = false)]
    completion: Option<CompletionRule>,
    /// What one can do after it, all of it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    objectives: Option<Vec<String>>,
    /// What to keep in mind, all of it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    key_points: Option<Vec<String>>,
    /// Programs to run, all of them.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    code_samples: Option<Vec<CodeSample>>,
    /// The text, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100000)]
    content: Option<String>,
}

impl ChangeLesson {
    pub(crate) fn apply(self, body: &mut LessonBody) {
        set(&mut body.title, self.title);
        set(&mut body.minutes, self.minutes);
        set(&mut body.completion, self.completion);
        set(&mut body.objectives, self.objectives);
        set(&mut body.key_points, self.key_points);
        set(&mut body.code_samples, self.code_samples);
        set(&mut body.content, self.content);
    }
}

/// The order of a course: every section and every lesson, each once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "sections": [{
    "section_id": "01940000-0000-7000-8000-000000000002",
    "lessons": [
        "01940000-0000-7000-8000-000000000101",
        "01940000-0000-7000-8000-000000000102",
        "01940000-0000-7000-8000-000000000103",
        "01940000-0000-7000-8000-000000000104",
        "01940000-0000-7000-8000-000000000105",
    ],
}] }))]
pub(crate) struct OrderLessons {
    /// The sections in order.
    #[schema(max_items = 100)]
    pub(crate) sections: Vec<OrderedSection>,
}

/// A section with its lessons in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderedSection {
    /// The section.
    pub(crate) section_id: SectionId,
    /// Its lessons.
    #[schema(max_items = 500)]
    pub(crate) lessons: Vec<LessonId>,
}

/// Which edition of a lesson is read, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadLesson {
    /// A published version of the course, by its number.
    #[param(minimum = 1, maximum = 1_000_000, required = false, nullable = false)]
    #[serde(default)]
    pub(crate) version: Option<i64>,
    /// The draft, for the staff of the course.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) draft: Option<bool>,
    /// `markdown` (the default), or `html`: sanitised, in `content_html`.
    #[param(
        max_length = 10,
        pattern = "^(markdown|html)$",
        required = false,
        nullable = false
    )]
    #[serde(default)]
    pub(crate) format: Option<String>,
}

/// List the lessons of a course.
#[utoipa::path(tag = "lessons",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery, Paging),
    responses((status = 200, description = "A page of lessons in order.", body = Paged<LessonSummary>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/lessons")]
pub(crate) async fn list_lessons(
    service: web::Data<Service>,
    caller: Learner,
    course: Path<CourseRef>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .lessons(&caller.0, &course, &list.filter, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Add a lesson to the draft.
#[utoipa::path(tag = "lessons", request_body = CreateLesson,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The address of the lesson.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/lessons")]
pub(crate) async fn create_lesson(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateLesson>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .add_lesson(&author.0, &command.operation, &course, command.body)
        .await?;
    let location = format!("/api/v1/lessons/{}", outcome.value.id);
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Put the sections and lessons of the draft in order.
///
/// Names every section and every lesson of the course exactly once; `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "lessons", request_body = OrderLessons,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 204, description = "The order is kept.")),
    security(("bearer" = ["courses:write"])))]
#[put("/courses/{course}/lessons/order")]
pub(crate) async fn order_lessons(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<OrderLessons>,
) -> Result<HttpResponse, rest::Error> {
    service
        .order_lessons(
            &author.0,
            &command.operation,
            &course,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::no_content())
}

/// Read a lesson.
///
/// Readers get it as the newest published version of its course has it, or the version that they name.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), ReadLesson),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "Of the draft, the version for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/lessons/{lesson}")]
pub(crate) async fn read_lesson(
    service: web::Data<Service>,
    caller: Learner,
    lesson: Path<LessonId>,
    query: Query<ReadLesson>,
) -> Result<HttpResponse, rest::Error> {
    let lesson = service.lesson(&caller.0, *lesson, &query.0).await?;
    Ok(edition(lesson.draft, lesson.version, &lesson))
}

/// Change a lesson of the draft.
#[utoipa::path(tag = "lessons", request_body = ChangeLesson,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/lessons/{lesson}")]
pub(crate) async fn change_lesson(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    expected: IfMatch,
    command: Command<ChangeLesson>,
) -> Result<HttpResponse, rest::Error> {
    let changed = service
        .change_lesson(
            &author.0,
            &command.operation,
            *lesson,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete a lesson from the draft.
///
/// Its exercises go with it; published versions keep both.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 204, description = "The lesson is gone from the draft.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/lessons/{lesson}")]
pub(crate) async fn delete_lesson(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .remove_lesson(&author.0, &operation.0, *lesson, &expected.0)
        .await?;
    Ok(rest::no_content())
}
