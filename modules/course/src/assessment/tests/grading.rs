//! What the staff grades.

use chrono::Duration;
use contracts::course::{
    ExerciseSubmissionGraded, ExerciseSubmissionQueued, ExerciseSubmissionReviewed,
};
use database::outbox;
use kernel::{Caller, Event, ExerciseId, Fault, SubmissionId};
use sea_orm::EntityTrait;
use serde_json::{Value, json as value};

use crate::assessment::request::{GradeSubmission, ListSubmissions, SubmitAnswer};
use crate::assessment::view::{SubmissionSummary, SubmissionView};
use crate::domain::{SubmissionState, Task};
use crate::error::Error;
use crate::tests::*;

fn essay() -> Value {
    value!({ "points": 10, "pass_percent": 60, "question": { "kind": "essay", "min_words": 3, "rubric": [
        { "title": "Content", "description": "Right and **complete**", "points": 7 },
        { "title": "Language", "points": 3 },
    ] } })
}

fn text(text: &str) -> SubmitAnswer {
    json(value!({ "answer": { "kind": "essay", "text": text } }))
}

impl ModuleTest {
    async fn write(&self, exercise: ExerciseId, words: &str) -> Result<SubmissionView, Error> {
        let (me, operation) = (learner(), op());
        let submitted = self
            .assessment
            .submit(&me, &operation, exercise, text(words));
        submitted.await.map(|outcome| outcome.value)
    }

    async fn queue(&self, caller: &Caller, query: Value) -> Vec<SubmissionSummary> {
        let query: ListSubmissions = json(query);
        let page = self.assessment.list_all(caller, &query, &first()).await;
        page.unwrap().items
    }

    async fn grade(
        &self,
        caller: &Caller,
        id: SubmissionId,
        grade: Value,
    ) -> Result<SubmissionView, Error> {
        let new: GradeSubmission = json(grade);
        let graded = self.assessment.grade(caller, &op(), id, new).await;
        graded.map(|outcome| outcome.value)
    }
}

#[tokio::test]
async fn an_essay_waits_for_the_staff_and_is_graded_once() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(essay()).await;
    let faults = test
        .write(exercise.id, "too short")
        .await
        .unwrap_err()
        .fields();
    assert_eq!(faults[0].pointer, "/answer/text");
    let one = test.write(exercise.id, "It is right").await.unwrap();
    assert_eq!(
        (one.state, one.score, one.passed, one.graded_at),
        (SubmissionState::Queued, None, None, None)
    );
    assert_eq!((&one.explanation, &one.answer_text), (&None, &None));
    let again = test.write(exercise.id, "It is right too").await;
    assert_eq!(code(again), "course.grading_pending");

    let queue = test.queue(&author(), value!({ "state": "queued" })).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(queue[0].learner_name.as_deref(), Some("Ada"));
    let course_only = value!({ "state": "queued", "course": course.slug });
    assert_eq!(test.queue(&author(), course_only).await.len(), 1);
    assert_eq!(
        test.queue(&other(), value!({})).await,
        [],
        "another course's staff"
    );
    let unknown: ExerciseId = test.env.id();
    for nowhere in [
        value!({ "course": "no-such-course" }),
        value!({ "exercise": unknown }),
    ] {
        assert_eq!(test.queue(&author(), nowhere).await, []);
    }
    let own = test.queue(&learner(), value!({})).await;
    assert_eq!((own.len(), &own[0].learner_name), (1, &None));

    let read = test
        .assessment
        .find(&author(), one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!(read.answer_text.as_deref(), Some("It is right"));
    let grade = value!({ "criteria": [6, 2], "comment": "Well *done*" });
    assert_eq!(
        code(test.grade(&other(), one.id, grade.clone()).await),
        "course.not_found"
    );
    assert_eq!(
        code(test.grade(&learner(), one.id, grade.clone()).await),
        "course.staff_required"
    );
    let graded = test.grade(&author(), one.id, grade.clone()).await.unwrap();
    assert_eq!(
        (graded.state, graded.score, graded.percent, graded.passed),
        (SubmissionState::Graded, Some(8), Some(80), Some(true))
    );
    assert_eq!(graded.graded_by, Some(author().user_id));
    assert_eq!(
        code(test.grade(&author(), one.id, grade).await),
        "course.submission_already_graded"
    );

    let seen = test
        .assessment
        .find(&learner(), one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!(
        (seen.criteria, seen.comment.as_deref()),
        (Some(vec![6, 2]), Some("Well *done*"))
    );
    assert_eq!(
        (seen.graded_by, seen.learner_name),
        (None, None),
        "for the staff"
    );
    assert_eq!(
        seen.explanation.as_deref(),
        Some("because"),
        "they have passed"
    );
    assert!(test.write(exercise.id, "It is right too").await.is_ok());

    let rows = outbox::Entity::find()
        .all(test.database.read())
        .await
        .unwrap();
    let of = |kind: &str| {
        rows.iter()
            .filter(|row| row.envelope.contains(kind))
            .count()
    };
    assert_eq!(
        (
            of(ExerciseSubmissionQueued::TYPE),
            of(ExerciseSubmissionGraded::TYPE),
            of(ExerciseSubmissionReviewed::TYPE)
        ),
        (2, 1, 1),
        "what waits has no grade yet"
    );
}

#[tokio::test]
async fn two_of_the_staff_do_not_grade_the_same_answer() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(essay()).await;
    let one = test.write(exercise.id, "It is right").await.unwrap();
    let (owner, admin) = (author(), user(9, &[kernel::Role::Admin]));
    let claimed = test.assessment.claim(&admin, one.id).await.unwrap();
    assert_eq!(claimed.claimed_by, Some(admin.user_id));
    assert_eq!(
        code(test.assessment.claim(&owner, one.id).await),
        "course.submission_claimed"
    );
    let grade = value!({ "criteria": [1, 1] });
    let refused = test.grade(&owner, one.id, grade.clone()).await;
    assert_eq!(code(refused), "course.submission_claimed");
    let seen = test
        .assessment
        .find(&learner(), one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!(seen.claimed_by, None, "for the staff");
    // An owner of the course takes it back from whoever forgot it; so does time.
    let released = test.assessment.release(&owner, one.id).await.unwrap();
    assert_eq!(released.claimed_by, None);
    test.assessment.claim(&admin, one.id).await.unwrap();
    test.clock.advance(Duration::hours(2));
    let graded = test.grade(&owner, one.id, grade).await.unwrap();
    assert_eq!((graded.passed, graded.claimed_by), (Some(false), None));
}

#[tokio::test]
async fn a_grade_keeps_to_the_points_of_the_exercise() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(essay()).await;
    let one = test.write(exercise.id, "It is right").await.unwrap();
    for (grade, pointer) in [
        (value!({}), "/criteria"),
        (value!({ "score": 5 }), "/score"),
        (value!({ "score": 5, "criteria": [1, 1] }), "/score"),
        (value!({ "criteria": [1] }), "/criteria"),
        (value!({ "criteria": [1, 4] }), "/criteria/1"),
    ] {
        let faults = test.grade(&author(), one.id, grade.clone()).await;
        assert_eq!(faults.unwrap_err().fields()[0].pointer, pointer, "{grade}");
    }
    let own = author();
    let operation = op();
    let mine = test
        .assessment
        .submit(&own, &operation, exercise.id, text("It is mine"));
    let mine = mine.await.unwrap().value;
    let graded = test
        .grade(&own, mine.id, value!({ "criteria": [7, 3] }))
        .await;
    assert_eq!(code(graded), "course.own_submission");

    let test = &ModuleTest::new().await;
    let code_task = value!({ "points": 4, "question": { "kind": "code",
        "languages": [{ "language": "go", "starter": "package main" }],
        "tests": [
            { "title": "adds", "input": "1 2", "expected": "3" },
            { "title": "secret", "input": "2 2", "expected": "4", "hidden": true },
        ] } });
    let (_, _, exercise) = test.published(code_task).await;
    let Task::Code(task) = super::task(test, exercise.id).await else {
        panic!("no task of a program");
    };
    assert_eq!((task.tests.len(), task.hidden_tests), (1, 1));
    assert!(!serde_json::to_string(&task).unwrap().contains("secret"));
    let program = |language: &str| {
        json(
            value!({ "answer": { "kind": "code", "language": language, "code": "func main() {}" } }),
        )
    };
    let (me, operation) = (learner(), op());
    let submit = |language| {
        test.assessment
            .submit(&me, &operation, exercise.id, program(language))
    };
    let unknown = submit("rust").await.unwrap_err();
    assert_eq!(unknown.fields()[0].pointer, "/answer/language");
    let one = submit("go").await.unwrap().value;
    for (grade, pointer) in [
        (value!({}), "/score"),
        (value!({ "score": 5 }), "/score"),
        (value!({ "criteria": [4] }), "/criteria"),
    ] {
        let faults = test.grade(&author(), one.id, grade.clone()).await;
        assert_eq!(faults.unwrap_err().fields()[0].pointer, pointer, "{grade}");
    }
    let graded = test.grade(&author(), one.id, value!({ "score": 4 })).await;
    assert_eq!(graded.unwrap().passed, Some(true));
}

#[tokio::test]
async fn an_erased_grader_leaves_neither_grades_nor_claims_in_their_name() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(essay()).await;
    let one = test.write(exercise.id, "It is right").await.unwrap();
    test.grade(&author(), one.id, value!({ "criteria": [7, 3] }))
        .await
        .unwrap();
    let two = test.write(exercise.id, "It is right too").await.unwrap();
    test.assessment.claim(&author(), two.id).await.unwrap();
    let txn = test.database.begin().await.unwrap();
    let erased = crate::assessment::store::erase_grader(&txn, author().user_id).await;
    assert_eq!(erased.unwrap(), 1);
    txn.commit().await.unwrap();
    let admin = user(9, &[kernel::Role::Admin]);
    for id in [one.id, two.id] {
        let seen = test
            .assessment
            .find(&admin, id, &Default::default())
            .await
            .unwrap();
        assert_eq!((seen.graded_by, seen.claimed_by), (None, None));
    }
}
