//! The edge of answers.

use actix_web::{HttpResponse, get, post, put, web};
use kernel::{ExerciseId, Outcome, SubmissionId};
use rest::{
    AuthenticatedUser, Command, IdempotencyHeader, Instructor, List, Op, Paged, Paging, Path,
    Query, Routes,
};

use super::request::{
    GradeSubmission, ListExerciseSubmissions, ListSubmissions, ReadAttempt, ReadMistakes,
    ReadSubmission, SaveAttempt, SubmitAnswer,
};
use super::service::Service;
use super::view::{AttemptView, ExerciseMistakes, SubmissionSummary, SubmissionView};

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_exercise_submissions)
        .service(submit_answer)
        .service(get_exercise_mistakes)
        .service(start_attempt)
        .service(get_my_attempt)
        .service(update_my_attempt)
        .service(list_submissions)
        .service(get_submission)
        .service(claim_submission)
        .service(release_submission)
        .service(grade_submission);
}

/// List submissions to an exercise.
///
/// Learners get their own; the staff of the course gets those of all. `GET /submissions/{submission}`
/// shows what was answered and, once it is open, the explanation.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ListExerciseSubmissions, Paging),
    responses((status = 200, description = "A page of answers, the newest first.", body = Paged<SubmissionSummary>)),
    security(("bearer" = ["progress:read"])))]
#[get("/exercises/{exercise}/submissions")]
pub(crate) async fn list_exercise_submissions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    list: List<ListExerciseSubmissions>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&caller.0, *exercise, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get the most frequent mistakes in an exercise.
///
/// For the staff of the course: which answers that the machine graded did not pass, and how often each of them was
/// given, of the 2000 newest answers to the exercise.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ReadMistakes),
    responses((status = 200, description = "The ten most frequent mistakes.", body = ExerciseMistakes)),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}/mistakes")]
pub(crate) async fn get_exercise_mistakes(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    query: Query<ReadMistakes>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.mistakes(&author.0, *exercise, &query.0).await?;
    Ok(rest::ok(&view))
}

/// Submit an answer to an exercise.
///
/// Its ids are those of the task of `GET /exercises/{exercise}`. It is graded at once, but an essay or a program
/// waits for the staff of the course (`state` is `queued`), and another answer has to wait for its grade.
/// Each answer is an attempt, the example too; after the first, an exercise may give fewer points.
/// The `answer` has the kind of the task:
///
/// - `{"kind": "single_choice", "choice": "OPTION_ID"}`
/// - `{"kind": "multiple_choice", "choices": ["OPTION_ID", "OPTION_ID"]}`
/// - `{"kind": "true_false", "value": true}`
/// - `{"kind": "numeric", "value": 9.81, "unit": "m/s"}`, without `unit` where the task has none
/// - `{"kind": "short_text", "text": "SELECT"}`
/// - `{"kind": "ordering", "order": ["ITEM_ID", "ITEM_ID"]}`
/// - `{"kind": "matching", "matches": [{"left": "LEFT_ID", "right": "RIGHT_ID"}]}`
/// - `{"kind": "code_output", "output": "3"}`
/// - `{"kind": "cloze", "gaps": ["first", "second"]}`
/// - `{"kind": "essay", "text": "Text in Markdown."}`
/// - `{"kind": "code", "language": "go", "code": "package main"}`
#[utoipa::path(tag = "submissions", request_body = SubmitAnswer,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IdempotencyHeader),
    responses((status = 201, description = "The answer with its grade.", body = SubmissionView,
        headers(("Location" = String, description = "The URL of the submission.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/exercises/{exercise}/submissions")]
pub(crate) async fn submit_answer(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    command: Command<SubmitAnswer>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .submit(&learner.0, &command.operation, *exercise, command.body)
        .await?;
    let location = format!("/api/v1/submissions/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// Start an attempt at an exercise.
///
/// Where the time is limited, it begins now, by the clock of the server, and the prompt and the task are shown from
/// now on. An attempt that was started already goes on, and its time too.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ReadAttempt),
    responses((status = 201, description = "The attempt, which has begun.", body = AttemptView,
            headers(("Location" = String, description = "The URL of the attempt."))),
        (status = 200, description = "The attempt, which had begun before.", body = AttemptView)),
    security(("bearer" = ["progress:write"])))]
#[post("/exercises/{exercise}/attempts")]
pub(crate) async fn start_attempt(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    query: Query<ReadAttempt>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let started = service
        .start_attempt(&learner.0, &operation.0, *exercise, &query.0)
        .await?;
    match started {
        (attempt, false) => Ok(rest::ok(&attempt)),
        (attempt, true) => {
            let location = format!("/api/v1/exercises/{}/attempts/current", *exercise);
            Ok(rest::created(&location, &Outcome::fresh(attempt)))
        }
    }
}

/// Get the attempt that you have started.
///
/// With what was saved of its answer, so that you can go on with it elsewhere.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101")),
    responses((status = 200, description = "The attempt.", body = AttemptView),
        (status = 409, description = "You have not started one.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["progress:read"])))]
#[get("/exercises/{exercise}/attempts/current")]
pub(crate) async fn get_my_attempt(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    exercise: Path<ExerciseId>,
) -> Result<HttpResponse, rest::Error> {
    let attempt = service.find_attempt(&learner.0, *exercise).await?;
    Ok(rest::ok(&attempt))
}

/// Save the answer of the attempt that you have started.
///
/// It need not be complete, and replaces what was saved before. When the time is over, what was saved last is handed
/// in.
#[utoipa::path(tag = "submissions", request_body = SaveAttempt,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101")),
    responses((status = 200, description = "The attempt.", body = AttemptView)),
    security(("bearer" = ["progress:write"])))]
#[put("/exercises/{exercise}/attempts/current")]
pub(crate) async fn update_my_attempt(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    command: Command<SaveAttempt>,
) -> Result<HttpResponse, rest::Error> {
    let saved = service
        .save_attempt(&learner.0, &command.operation, *exercise, command.body)
        .await?;
    Ok(rest::ok(&saved))
}

/// Get a submission.
///
/// For the learner who gave it, the staff of the course and administrators.
#[utoipa::path(tag = "submissions",
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000501"), ReadSubmission),
    responses((status = 200, description = "The answer with its grade.", body = SubmissionView)),
    security(("bearer" = ["progress:read"])))]
#[get("/submissions/{submission}")]
pub(crate) async fn get_submission(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    submission: Path<SubmissionId>,
    query: Query<ReadSubmission>,
) -> Result<HttpResponse, rest::Error> {
    let submission = service.find(&caller.0, *submission, &query.0).await?;
    Ok(rest::ok(&submission))
}

/// List submissions of courses.
///
/// Instructors get those of the courses on whose staff they are, and administrators those of all; others get
/// their own. With `state=queued` it is the grading queue.
#[utoipa::path(tag = "submissions", params(ListSubmissions, Paging),
    responses((status = 200, description = "A page of answers, the newest first; of those that wait, the oldest first.", body = Paged<SubmissionSummary>)),
    security(("bearer" = ["progress:read"])))]
#[get("/submissions")]
pub(crate) async fn list_submissions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    list: List<ListSubmissions>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_all(&caller.0, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Claim a submission for grading.
///
/// For two hours, nobody else can grade it. Claiming again begins them anew.
#[utoipa::path(tag = "submissions",
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000502")),
    responses((status = 200, description = "The answer that waits.", body = SubmissionView)),
    security(("bearer" = ["courses:write"])))]
#[post("/submissions/{submission}/claim")]
pub(crate) async fn claim_submission(
    service: web::Data<Service>,
    grader: Instructor,
    submission: Path<SubmissionId>,
) -> Result<HttpResponse, rest::Error> {
    let claimed = service.claim(&grader.0, *submission).await?;
    Ok(rest::ok(&claimed))
}

/// Release a submission that was claimed.
///
/// Your own claim; owners of the course and administrators release that of anybody.
#[utoipa::path(tag = "submissions",
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000502")),
    responses((status = 200, description = "The answer that waits.", body = SubmissionView)),
    security(("bearer" = ["courses:write"])))]
#[post("/submissions/{submission}/release")]
pub(crate) async fn release_submission(
    service: web::Data<Service>,
    grader: Instructor,
    submission: Path<SubmissionId>,
) -> Result<HttpResponse, rest::Error> {
    let released = service.release(&grader.0, *submission).await?;
    Ok(rest::ok(&released))
}

/// Grade a submission.
///
/// The learner is notified, and the grade counts for their progress as that of a machine does.
#[utoipa::path(tag = "submissions", request_body = GradeSubmission,
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000502"), IdempotencyHeader),
    responses((status = 200, description = "The graded answer.", body = SubmissionView)),
    security(("bearer" = ["courses:write"])))]
#[post("/submissions/{submission}/grade")]
pub(crate) async fn grade_submission(
    service: web::Data<Service>,
    grader: Instructor,
    submission: Path<SubmissionId>,
    command: Command<GradeSubmission>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let outcome = service
        .grade(&grader.0, &operation, *submission, body)
        .await?;
    Ok(rest::done(&outcome))
}
