//! The edge of what is read.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use contracts::course_ref::CourseRef;
use kernel::{ExerciseId, LessonId};
use rest::{AuthenticatedUser, List, MaybeCaller, Op, Paged, Paging, Path, Query, Routes};

use super::request::ReadText;
use super::service::Service;
use super::view::{ExerciseView, HintView};
use crate::assets::{self, serve};
use crate::authoring::{CourseDetail, LessonDetail, LessonSummary, SectionView};
use crate::catalogue::{Readers, Ready, Shows, for_everybody};
use crate::publishing::{CourseOutline, EditionQuery, edition};

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_course)
        .service(get_course_outline)
        .service(list_sections)
        .service(list_lessons)
        .service(get_lesson)
        .service(list_exercises)
        .service(get_exercise)
        .service(get_hint)
        .service(take_hint)
        .service(get_asset);
}

/// Get a course.
///
/// Learners get the version in which they are enrolled, others the newest published one; each may name another
/// one, and the staff may ask for the draft. The newest version of a public course needs no account.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), ReadText),
    responses((status = 200, description = "The course.", body = CourseDetail,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security((), ("bearer" = ["courses:read"])))]
#[get("/courses/{course}")]
pub(crate) async fn get_course(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    course: Path<CourseRef>,
    query: Query<ReadText>,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let Some(caller) = caller.0 else {
        let make = async || {
            let course = service.public_course(&course, &query.0).await?;
            Ok((for_everybody(&course, String::new()), Readers::Everybody))
        };
        return ready.serve(&req, None, None, Shows::Names, make).await;
    };
    let edition = service.pinned(&caller, &course, query.0.edition()).await?;
    let query = query.0.of(edition);
    let make = async || {
        let course = service.course(&caller, &course, &query).await?;
        let readers = Readers::of_edition(course.shown_version);
        Ok((
            rest::with_version_and_body(course.version, &course),
            readers,
        ))
    };
    let asker = Some(caller.user_id);
    let version = query.version;
    ready.serve(&req, asker, version, Shows::Names, make).await
}

/// Get the outline of a course.
///
/// Its sections, lessons and exercises in order, without their text. That of a public course needs no account.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery),
    responses((status = 200, description = "The outline.", body = CourseOutline,
        headers(("ETag" = String, description = "Names the edition.")))),
    security((), ("bearer" = ["courses:read"])))]
#[get("/courses/{course}/outline")]
pub(crate) async fn get_course_outline(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    course: Path<CourseRef>,
    query: Query<EditionQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let Some(caller) = caller.0 else {
        let make = async || {
            let outline = service.public_outline(&course, &query.0).await?;
            Ok((for_everybody(&outline, String::new()), Readers::Everybody))
        };
        return ready.serve(&req, None, None, Shows::Content, make).await;
    };
    let query = service.pinned(&caller, &course, query.0).await?;
    let make = async || {
        let (outline, version) = service.course_outline(&caller, &course, &query).await?;
        let response = match outline.version {
            Some(_) => edition(false, version, &outline),
            None => rest::ok(&outline),
        };
        Ok((response, Readers::of_edition(outline.version)))
    };
    let asker = Some(caller.user_id);
    let version = query.version;
    ready
        .serve(&req, asker, version, Shows::Content, make)
        .await
}

/// List sections of a course.
#[utoipa::path(tag = "sections",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery, Paging),
    responses((status = 200, description = "A page of sections in order.", body = Paged<SectionView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/sections")]
pub(crate) async fn list_sections(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .sections(&caller.0, &course, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// List lessons of a course.
#[utoipa::path(tag = "lessons",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery, Paging),
    responses((status = 200, description = "A page of lessons in order.", body = Paged<LessonSummary>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/lessons")]
pub(crate) async fn list_lessons(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .lessons(&caller.0, &course, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get a lesson.
///
/// Learners get it as the version has it in which they are enrolled, others as the newest published one; each
/// may name another version.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), ReadText),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "Of the draft, the version for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/lessons/{lesson}")]
pub(crate) async fn get_lesson(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: AuthenticatedUser,
    lesson: Path<LessonId>,
    query: Query<ReadText>,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let query = service.pinned_lesson(&caller.0, *lesson, query.0).await?;
    let make = async || {
        let lesson = service.lesson(&caller.0, *lesson, &query).await?;
        let readers = Readers::of_edition((!lesson.draft).then_some(lesson.version));
        Ok((edition(lesson.draft, lesson.version, &lesson), readers))
    };
    let asker = Some(caller.0.user_id);
    let version = query.version;
    ready
        .serve(&req, asker, version, Shows::Content, make)
        .await
}

/// List exercises of a lesson.
///
/// Learners get them without their answers; with `draft=true` the staff gets them whole.
#[utoipa::path(tag = "exercises",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), ReadText, Paging),
    responses((status = 200, description = "A page of exercises in order.", body = Paged<ExerciseView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/lessons/{lesson}/exercises")]
pub(crate) async fn list_exercises(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    lesson: Path<LessonId>,
    list: List<ReadText>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .exercises(&caller.0, *lesson, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get an exercise.
///
/// Learners get it without its answer; with `draft=true` the staff gets it whole.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ReadText),
    responses((status = 200, description = "The exercise.", body = ExerciseView,
        headers(("ETag" = String, description = "Of the draft, the version for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}")]
pub(crate) async fn get_exercise(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    query: Query<ReadText>,
) -> Result<HttpResponse, rest::Error> {
    let exercise = service.exercise(&caller.0, *exercise, &query.0).await?;
    // A learner's attempts change without a new version, so that what they get has no ETag.
    Ok(match &exercise {
        ExerciseView::Staff(draft) => rest::with_version(draft.version, &exercise),
        ExerciseView::Learner(_) => rest::ok(&exercise),
    })
}

/// Get a hint of an exercise.
///
/// Where hints cost points, one that you have taken: `POST` takes it.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"),
        ("number" = i32, Path, description = "Which hint, from 1.", minimum = 1, maximum = 5, example = 1), ReadText),
    responses((status = 200, description = "The hint.", body = HintView),
        (status = 409, description = "It costs points, or the time is limited, and you have not taken or started it.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}/hints/{number}")]
pub(crate) async fn get_hint(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    path: Path<(ExerciseId, i32)>,
    query: Query<ReadText>,
) -> Result<HttpResponse, rest::Error> {
    let (exercise, number) = *path;
    let hint = service
        .hint(&caller.0, (exercise, number), &query.0)
        .await?;
    Ok(rest::ok(&hint))
}

/// Take a hint of an exercise.
///
/// Where hints cost points, it is shown from now on, and later answers give less; a hint that is free, or was taken
/// before, costs nothing.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"),
        ("number" = i32, Path, description = "Which hint, from 1.", minimum = 1, maximum = 5, example = 1), ReadText),
    responses((status = 200, description = "The hint.", body = HintView)),
    security(("bearer" = ["progress:write"])))]
#[post("/exercises/{exercise}/hints/{number}")]
pub(crate) async fn take_hint(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    path: Path<(ExerciseId, i32)>,
    query: Query<ReadText>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let taken = service
        .take_hint(&learner.0, &operation.0, *path, &query.0)
        .await?;
    Ok(rest::ok(&taken))
}

/// Get an asset of a course.
///
/// The file itself, or with `Range` a part of it. Learners get it as the version has it in which they are enrolled,
/// others as the newest published one; each may name another version, and the staff may ask for the draft. Those of
/// the newest version of a public course need no account. Pictures, audio, video, and PDF files may be shown, the rest
/// is downloaded, and no script in it runs.
#[utoipa::path(tag = "assets",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("name" = String, Path, description = "The name of the asset.", max_length = 100, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", example = "cover.svg"),
        EditionQuery),
    responses((status = 200, description = "The file.", content((Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "The hash of the content."),
                ("Accept-Ranges" = String, description = "That `Range` is understood."),
                ("Content-Disposition" = String, description = "Its name, and whether it may be shown."))),
        (status = 206, description = "The part of it that `Range` names.", content((Vec<u8> = "application/octet-stream")),
            headers(("Content-Range" = String, description = "Which part it is.")))),
    security((), ("bearer" = ["courses:read"])))]
#[get("/courses/{course}/assets/{name}")]
pub(crate) async fn get_asset(
    service: web::Data<Service>,
    assets: web::Data<assets::Service>,
    caller: MaybeCaller,
    path: Path<(CourseRef, String)>,
    query: Query<EditionQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let (course, name) = &*path;
    let read = service.asset(caller.0.as_ref(), course, name, &query.0);
    let (asset, caching) = read.await?;
    serve(&req, &assets, &asset, caching).await
}
