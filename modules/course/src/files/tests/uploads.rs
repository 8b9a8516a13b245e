//! Courses that instructors send and fetch.

use contracts::course_ref::CourseRef;
use kernel::{Caller, Fault};
use serde_json::{Value, json as value};

use crate::error::Error;
use crate::files::CourseFiles;
use crate::files::request::ImportOptions;
use crate::files::view::CourseImport;
use crate::tests::*;

fn tree() -> Value {
    value!({
        "course": { "format": 1, "slug": "sql-basics", "title": "SQL", "difficulty": "beginner" },
        "sections": [{ "title": "Reading", "lessons": [{
            "title": "SELECT", "minutes": 10, "completion": "exercises", "content": "# SELECT",
            "exercises": [{
                "key": "word", "title": "The word", "prompt": "Which?", "points": 5,
                "question": { "kind": "short_text", "accepted": ["SELECT"] },
            }],
        }] }],
    })
}

const PUBLISH: ImportOptions = ImportOptions {
    publish: Some(true),
    dry_run: None,
};

impl ModuleTest {
    async fn import_tree(
        &self,
        caller: &Caller,
        tree: &Value,
        options: ImportOptions,
    ) -> Result<CourseImport, Error> {
        let operation = op();
        let done = self
            .files
            .import_tree(caller, &operation, json(tree.clone()), options);
        done.await.map(|outcome| outcome.value)
    }
}

#[tokio::test]
async fn a_course_is_created_in_one_request_and_the_same_again_changes_nothing() {
    let test = &ModuleTest::new().await;
    let dry = ImportOptions {
        dry_run: Some(true),
        ..PUBLISH
    };
    let told = test.import_tree(&author(), &tree(), dry).await.unwrap();
    assert_eq!(
        (told.created, told.added, told.published_version),
        (true, 3, Some(1))
    );
    let slug = CourseRef::parse("sql-basics").unwrap();
    assert!(
        test.files.export_tree(&author(), &slug).await.is_err(),
        "nothing was made"
    );
    let made = test.import_tree(&author(), &tree(), PUBLISH).await.unwrap();
    assert_eq!(
        (made.created, made.added, made.published_version),
        (true, 3, Some(1))
    );
    let again = test.import_tree(&author(), &tree(), PUBLISH).await.unwrap();
    assert_eq!(
        (again.created, again.added, again.changed, again.removed),
        (false, 0, 0, 0)
    );

    // What is exported, in both forms, says the same.
    let exported = test.files.export_tree(&author(), &slug).await.unwrap();
    let exported = serde_json::to_value(&exported).unwrap();
    let again = test
        .import_tree(&author(), &exported, PUBLISH)
        .await
        .unwrap();
    assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
    let (name, zip) = test.files.export_zip(&author(), &slug).await.unwrap();
    let zip = std::fs::read(zip.path()).unwrap();
    assert_eq!(name, "sql-basics");
    let again = test
        .files
        .import_zip(&author(), &op(), zip, PUBLISH)
        .await
        .unwrap()
        .value;
    assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
}

#[tokio::test]
async fn nobody_imports_into_the_course_of_others_or_exports_it() {
    let test = &ModuleTest::new().await;
    test.import_tree(&author(), &tree(), PUBLISH).await.unwrap();
    let taken = test.import_tree(&other(), &tree(), PUBLISH).await;
    assert_eq!(code(taken), "course.slug_taken");
    let slug = CourseRef::parse("sql-basics").unwrap();
    let mut with_id =
        serde_json::to_value(test.files.export_tree(&author(), &slug).await.unwrap()).unwrap();
    with_id["course"]["slug"] = "another-slug".into();
    let taken = test.import_tree(&other(), &with_id, PUBLISH).await;
    assert_eq!(code(taken), "course.id_taken");
    for caller in [other(), learner()] {
        let fetched = test.files.export_zip(&caller, &slug).await;
        assert_eq!(code(fetched), "course.staff_required");
    }
}

#[tokio::test]
async fn every_fault_of_a_course_is_told_by_its_place() {
    let test = &ModuleTest::new().await;
    let mut bad = tree();
    let lesson = bad["sections"][0]["lessons"][0].clone();
    bad["sections"][0]["lessons"] = value!([lesson, lesson]);
    bad["sections"][0]["lessons"][1]["title"] = " ".into();
    let exercise = bad["sections"][0]["lessons"][0]["exercises"][0].clone();
    bad["sections"][0]["lessons"][0]["exercises"] = value!([exercise, exercise]);
    bad["sections"][0]["lessons"][1]["exercises"][0]["question"]["accepted"] = value!(["\u{200B}"]);
    let refused = test
        .import_tree(&author(), &bad, PUBLISH)
        .await
        .unwrap_err();
    let mut places: Vec<_> = refused
        .fields()
        .into_iter()
        .map(|fault| fault.pointer)
        .collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/sections/0/lessons/0/exercises/1/key",
            "/sections/0/lessons/1/exercises/0/question/accepted/0",
            "/sections/0/lessons/1/title",
        ]
    );
    let mut deep = tree();
    deep["sections"][0]["lessons"][0]["content"] = ">".repeat(5000).into();
    let refused = test
        .import_tree(&author(), &deep, PUBLISH)
        .await
        .unwrap_err();
    assert_eq!(refused.fields()[0].pointer, "/sections/0/lessons/0/content");

    let mut files = CourseFiles::demo();
    files
        .files
        .insert("course.yaml".to_owned(), b"format: 1\nslug: x\n".to_vec());
    let zip = files.to_zip();
    let refused = test
        .files
        .import_zip(&author(), &op(), zip, PUBLISH)
        .await
        .unwrap_err();
    let fields = refused.fields();
    assert!(
        fields.iter().all(|fault| fault.pointer == "/course.yaml"),
        "{fields:?}"
    );
    assert!(fields[0].message.starts_with("line "), "{fields:?}");
}

#[tokio::test]
async fn nobody_takes_an_id_under_which_another_course_was_published() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    // The draft has lost both, but learners of the version still answer the exercise.
    let (me, operation, any) = (author(), op(), kernel::Expected::Any);
    let gone = test
        .authoring
        .delete_lesson(&me, &operation, lesson.id, &any);
    gone.await.unwrap();
    let mut taken = tree();
    taken["sections"][0]["lessons"][0]["id"] = value!(lesson.id);
    let refused = test.import_tree(&other(), &taken, PUBLISH).await;
    assert_eq!(code(refused), "course.id_taken");
    let mut taken = tree();
    taken["sections"][0]["lessons"][0]["exercises"][0]["id"] = value!(exercise.id);
    let refused = test.import_tree(&other(), &taken, PUBLISH).await;
    assert_eq!(code(refused), "course.id_taken");
    let mut taken = tree();
    taken["course"]["id"] = value!(course.id);
    let refused = test.import_tree(&other(), &taken, PUBLISH).await;
    assert_eq!(code(refused), "course.id_taken");
    // The course itself gets them back.
    let at = course.id.into();
    let restored = test.files.restore_version(&me, &operation, &at, 1, &any);
    assert!(restored.await.is_ok());
}

#[tokio::test]
async fn a_prerequisite_that_does_not_exist_is_named_by_its_place() {
    let test = &ModuleTest::new().await;
    let mut tree = tree();
    tree["course"]["prerequisites"] = value!(["no-such-course"]);
    let refused = test.import_tree(&author(), &tree, PUBLISH).await;
    let fault = refused.unwrap_err().fields().remove(0);
    assert_eq!(fault.pointer, "/course/prerequisites/0");
    let required = test.taught("Basics").await;
    tree["course"]["prerequisites"] = value!([required.slug]);
    let made = test.import_tree(&author(), &tree, PUBLISH).await.unwrap();
    let at = made.course_id.into();
    let exported = test.files.export_tree(&author(), &at).await.unwrap();
    assert_eq!(exported.course.prerequisites, [required.slug]);
}

/// Whoever reads slowly holds their own place, and none of others.
#[tokio::test]
async fn a_user_downloads_one_course_at_a_time() {
    let test = ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let (_, slow) = test.files.export_zip(&author(), &at).await.unwrap();
    let second = test.files.export_zip(&author(), &at).await;
    let second = second.map(|(slug, _)| slug);
    assert_eq!(code(second), "course.export_download_running");
    assert!(test.files.export_zip(&administrator(), &at).await.is_ok());
    drop(slow);
    assert!(test.files.export_zip(&author(), &at).await.is_ok());
}
