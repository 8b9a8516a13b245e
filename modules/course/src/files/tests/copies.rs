//! Drafts that say what something else says.

use contracts::course_ref::CourseRef;
use kernel::Expected;
use serde_json::json as value;

use crate::files::request::CloneCourse;
use crate::tests::*;

fn named(title: Option<&str>, slug: Option<&str>) -> CloneCourse {
    CloneCourse {
        title: title.map(str::to_owned),
        slug: slug.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_clone_is_a_course_of_its_own() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let at = course.id.into();
    let (me, operation) = (author(), op());
    let clone = |new| test.files.clone_course(&me, &operation, &at, new);
    let copy = clone(named(None, None)).await.unwrap().value;
    assert_eq!(
        (copy.title.as_str(), copy.slug.as_str()),
        ("Go", "course-2")
    );
    assert_eq!((copy.published_version, copy.version), (None, 1));
    let second = clone(named(Some("Go, autumn"), None)).await.unwrap().value;
    assert_eq!(
        (second.title.as_str(), second.slug.as_str()),
        ("Go, autumn", "go-autumn")
    );
    let taken = clone(named(None, Some("course-2"))).await;
    assert_eq!(code(taken), "course.slug_taken");
    let tree = test
        .files
        .export_tree(&author(), &copy.id.into())
        .await
        .unwrap();
    let own = &tree.sections[0].lessons[0];
    assert_eq!((own.title.as_str(), own.exercises.len()), ("L", 1));
    assert_ne!(own.id, Some(lesson.id));
    assert_ne!(own.exercises[0].id, Some(exercise.id));
    let others = test
        .files
        .clone_course(&other(), &op(), &at, named(None, None))
        .await;
    assert_eq!(code(others), "course.staff_required");
}

#[tokio::test]
async fn a_version_comes_back_as_the_draft_with_the_ids_that_it_had() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let before = test.files.export_tree(&author(), &at).await.unwrap();
    // The draft loses the exercise, gets another lesson, and is published.
    let (me, operation, any) = (author(), op(), Expected::Any);
    let gone = test
        .authoring
        .delete_exercise(&me, &operation, exercise.id, &any);
    gone.await.unwrap();
    let section = test.section(&at, "New").await;
    test.lesson(&section, "Another").await;
    let second = test.publish(&at).await;
    assert_eq!(second.published_version, Some(2));

    let stale = Expected::OneOf(vec![1]);
    let restore = |number, expected| {
        test.files
            .restore_version(&me, &operation, &at, number, expected)
    };
    assert_eq!(code(restore(1, &stale).await), "request.version_conflict");
    assert_eq!(code(restore(3, &any).await), "course.not_found");
    let restored = restore(1, &any).await.unwrap();
    assert!(restored.version > second.version);
    assert_eq!(restored.published_version, Some(2), "nothing was published");
    let after = test.files.export_tree(&author(), &at).await.unwrap();
    let mut after = serde_json::to_value(after).unwrap();
    // The exercise was gone from the draft, and its key with it.
    let key = &mut after["sections"][0]["lessons"][0]["exercises"][0]["key"];
    assert_eq!(*key, value!("e"));
    assert_eq!(after, serde_json::to_value(before).unwrap());
    let others = test
        .files
        .restore_version(&other(), &op(), &at, 1, &any)
        .await;
    assert_eq!(code(others), "course.staff_required");
    // What is restored can be published, and a learner of version 1 finds the exercise in it.
    assert_eq!(test.publish(&at).await.published_version, Some(3));
    let found = test
        .reading
        .exercise(&learner(), exercise.id, &Default::default())
        .await;
    assert!(found.is_ok());
}

#[tokio::test]
async fn a_clone_an_import_and_an_export_keep_what_a_course_says_of_itself() {
    let test = &ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let change =
        json(value!({ "language": "de-ch", "author_names": ["Ada"], "license": "CC0-1.0" }));
    let (me, operation, any) = (author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_course(&me, &operation, &at, &any, change);
    changed.await.unwrap();
    let copy = test
        .files
        .clone_course(&me, &operation, &at, named(None, None));
    let copy = copy.await.unwrap().value;
    let files = crate::files::export(&test.database, &at).await.unwrap();
    let text = String::from_utf8(files.files["course.yaml"].clone()).unwrap();
    assert!(
        text.contains("language: de-CH") && text.contains("license: CC0-1.0"),
        "{text}"
    );
    let again = test
        .files
        .import(&files, me.user_id, &operation, false, false);
    assert!(again.await.unwrap().unchanged());
    for at in [copy.id.into(), at] {
        let shown = test
            .reading
            .course(&me, &at, &text_of(draft()))
            .await
            .unwrap();
        assert_eq!(
            (
                shown.language.as_str(),
                shown.author_names.join(" ").as_str(),
                shown.license.as_deref()
            ),
            ("de-CH", "Ada", Some("CC0-1.0"))
        );
    }
}
