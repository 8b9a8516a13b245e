//! Many changes of one draft at once.

use contracts::course_ref::CourseRef;
use kernel::{Expected, Fault, IdempotencyKey, Operation, Outcome};
use serde_json::{Value, json as value};

use crate::authoring::CourseBatchResult;
use crate::authoring::request::CourseBatch;
use crate::error::Error;
use crate::tests::*;

const SECTION: &str = "00000000-0000-4000-8000-000000000001";
const LESSON: &str = "00000000-0000-4000-8000-000000000002";

impl ModuleTest {
    async fn batch(
        &self,
        at: &CourseRef,
        expected: &Expected,
        operation: &Operation,
        operations: Value,
    ) -> Result<Outcome<CourseBatchResult>, Error> {
        let request = value!({ "operations": operations });
        assert_eq!(rest::schema_faults::<CourseBatch>(&request), []);
        let me = author();
        let applied = self
            .authoring
            .apply_batch(&me, operation, at, expected, json(request));
        applied.await
    }
}

fn creations() -> Value {
    value!([
        { "kind": "create_section", "reference": SECTION, "section": { "title": "New" } },
        { "kind": "create_lesson", "reference": LESSON, "lesson": {
            "section_id": SECTION, "title": "First", "minutes": 7, "completion": "read" } },
        { "kind": "create_exercise", "lesson_id": LESSON, "exercise": {
            "title": "E", "prompt": "P", "points": 3, "question": { "kind": "true_false", "correct": true } } },
    ])
}

#[tokio::test]
async fn changes_refer_to_what_earlier_ones_created_and_move_and_delete() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let (operation, expected) = (op(), Expected::OneOf(vec![course.version]));
    let mut changes = creations();
    let more = value!([
        { "kind": "update_exercise", "exercise_id": exercise.id, "change": { "lesson_id": LESSON, "points": 4 } },
        { "kind": "delete_lesson", "lesson_id": lesson.id },
        { "kind": "delete_section", "section_id": lesson.section_id },
        { "kind": "update_section", "section_id": SECTION, "change": { "title": "Only", "position": 1 } },
        { "kind": "update_lesson", "lesson_id": LESSON, "change": { "minutes": 8 } },
    ]);
    changes
        .as_array_mut()
        .unwrap()
        .extend(more.as_array().unwrap().clone());
    let done = test.batch(&at, &expected, &operation, changes).await;
    let done = done.unwrap().value;
    assert_eq!(done.version, course.version + 1);
    assert_eq!(done.results.len(), 8);
    assert_eq!(done.results[1].id, done.results[7].id, "the same lesson");
    let tree = test.files.export_tree(&author(), &at).await.unwrap();
    assert_eq!(tree.sections.len(), 1);
    let section = &tree.sections[0];
    assert_eq!((section.title.as_str(), section.lessons.len()), ("Only", 1));
    let own = &section.lessons[0];
    assert_eq!((own.title.as_str(), own.minutes), ("First", 8));
    let points: Vec<_> = own.exercises.iter().map(|one| one.points).collect();
    assert_eq!(points, [3, 4]);
    let stale = test.batch(&at, &expected, &operation, creations()).await;
    assert_eq!(code(stale), "request.version_conflict");
}

#[tokio::test]
async fn all_changes_are_made_or_none_and_the_pointer_names_the_one_that_failed() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let (_, elsewhere, _) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let before = test.files.export_tree(&author(), &at).await.unwrap();
    let before = serde_json::to_value(&before).unwrap();
    let (operation, any) = (op(), Expected::Any);
    for (change, code, pointer) in [
        (
            value!({ "kind": "delete_section", "section_id": lesson.section_id }),
            "course.section_not_empty",
            "/operations/3",
        ),
        (
            value!({ "kind": "update_exercise", "exercise_id": exercise.id, "change": { "question": {
                "kind": "single_choice", "options": [{ "text": "a" }, { "text": "b" }] } } }),
            "course.invalid",
            "/operations/3/change/question/options",
        ),
        (
            value!({ "kind": "update_lesson", "lesson_id": elsewhere.id, "change": { "minutes": 1 } }),
            "course.not_found",
            "/operations/3",
        ),
        (
            value!({ "kind": "update_exercise", "exercise_id": exercise.id, "change": { "lesson_id": elsewhere.id } }),
            "course.invalid",
            "/operations/3/change/lesson_id",
        ),
        (
            value!({ "kind": "create_section", "reference": SECTION, "section": { "title": "Again" } }),
            "course.invalid",
            "/operations/3/reference",
        ),
        (
            value!({ "kind": "create_lesson", "lesson": {
                "section_id": LESSON, "title": "L", "minutes": 7, "completion": "read" } }),
            "course.invalid",
            "/operations/3/lesson/section_id",
        ),
    ] {
        let mut changes = creations();
        changes.as_array_mut().unwrap().push(change.clone());
        let refused = test.batch(&at, &any, &operation, changes).await;
        let refused = refused.unwrap_err();
        let pointers: Vec<_> = refused
            .fields()
            .into_iter()
            .map(|one| one.pointer)
            .collect();
        assert_eq!(
            (refused.code(), pointers),
            (code, vec![pointer.to_owned()]),
            "{change}"
        );
    }
    let after = test.files.export_tree(&author(), &at).await.unwrap();
    assert_eq!(serde_json::to_value(&after).unwrap(), before);
    let many: Vec<_> = (0..101)
        .map(|_| value!({ "kind": "create_section", "section": { "title": "S" } }))
        .collect();
    let faults = rest::schema_faults::<CourseBatch>(&value!({ "operations": many }));
    assert_eq!(faults[0].pointer, "/operations");
}

#[tokio::test]
async fn a_repeated_batch_is_applied_once_and_only_by_who_may_change_the_course() {
    let test = &ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "me".to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..op()
    };
    let first = test
        .batch(&at, &Expected::Any, &operation, creations())
        .await;
    let again = test
        .batch(&at, &Expected::Any, &operation, creations())
        .await;
    let (first, again) = (first.unwrap(), again.unwrap());
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.value, again.value);
    let tree = test.files.export_tree(&author(), &at).await.unwrap();
    assert_eq!(tree.sections.len(), 1);
    let request = json(value!({ "operations": creations() }));
    let (stranger, operation, any) = (other(), op(), Expected::Any);
    let refused = test
        .authoring
        .apply_batch(&stranger, &operation, &at, &any, request);
    assert_eq!(code(refused.await), "course.not_found");
}

#[test]
fn what_fails_inside_is_told_of_in_no_field() {
    let inside = sea_orm::DbErr::Custom("SELECT the_seed".to_owned());
    for (error, fields) in [
        (Error::from(inside), 0),
        (Error::Busy, 0),
        (Error::Archived, 1),
    ] {
        let failed = Error::InBatch(1, "/lesson", Box::new(error));
        assert_eq!(failed.fields().len(), fields, "{failed}");
    }
}
