//! What two versions say differently.

use contracts::course_ref::CourseRef;
use kernel::{Expected, Fault};
use serde_json::json as value;

use crate::domain::difference::{ChangeKind, PartKind, WordChangeKind};
use crate::publishing::store::parts;
use crate::tests::*;

#[tokio::test]
async fn two_versions_are_compared_by_part_field_and_word() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let change = json(value!({ "explanation": "because it is so" }));
    let (me, operation, any) = (author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_exercise(&me, &operation, exercise.id, &any, change);
    changed.await.unwrap();
    let added = test.exercise(&lesson, value!({ "title": "F" })).await;
    test.publish(&at).await;

    let diff = |numbers| {
        let at = at.clone();
        async move {
            test.publishing
                .diff(&author(), &at, numbers, &first())
                .await
        }
    };
    let page = diff((1, 2)).await.unwrap();
    let told: Vec<_> = page
        .items
        .iter()
        .map(|change| (change.part, change.id, change.change, change.moved))
        .collect();
    assert_eq!(
        told,
        [
            (
                PartKind::Exercise,
                exercise.id.uuid(),
                ChangeKind::Changed,
                false
            ),
            (
                PartKind::Exercise,
                added.id.uuid(),
                ChangeKind::Added,
                false
            ),
        ]
    );
    let field = &page.items[0].fields[0];
    assert_eq!((field.name.as_str(), field.complete), ("explanation", true));
    let words: Vec<_> = field
        .words
        .iter()
        .map(|w| (w.change, w.text.as_str()))
        .collect();
    assert_eq!(
        words,
        [
            (WordChangeKind::Same, "because"),
            (WordChangeKind::Added, " it is so")
        ]
    );
    assert_eq!(diff((2, 2)).await.unwrap().items, []);
    assert_eq!(
        diff((2, 1)).await.unwrap().items[1].change,
        ChangeKind::Removed
    );
    assert_eq!(code(diff((1, 3)).await), "course.not_found");
    let theirs = test
        .publishing
        .diff(&learner(), &at, (1, 2), &first())
        .await;
    assert_eq!(
        code(theirs),
        "course.staff_required",
        "it shows the answers"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_is_found_by_its_words_however_the_draft_changes_meanwhile() {
    let test = &ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let (me, any, at) = (author(), Expected::Any, CourseRef::from(course.id));
    let write = async {
        for number in 0..60 {
            let change = json(value!({ "content": format!("zebra{number}") }));
            test.authoring
                .update_lesson(&me, &op(), lesson.id, &any, change)
                .await
                .unwrap();
        }
    };
    let publish = async {
        let mut published = 0;
        for _ in 0..20 {
            let new = json(value!({ "change_notes": "new" }));
            let done = test.publishing.publish(&me, &op(), &at, &any, new).await;
            match done {
                Ok(done) => {
                    published += 1;
                    let number = done.value.published_version.unwrap();
                    let db = test.database.read();
                    let kept = parts::lessons(db, course.id, number).await.unwrap();
                    let word = kept[0].body.content.clone();
                    let query = json(value!({ "q": word }));
                    let found = test.catalogue.list(None, &query, &first()).await.unwrap();
                    assert_eq!(found.page.items.len(), 1, "{word} of version {number}");
                }
                Err(error) => assert!(
                    ["course.draft_unchanged", "server.busy"].contains(&error.code()),
                    "{error}"
                ),
            }
        }
        published
    };
    let ((), published) = tokio::join!(write, publish);
    assert!(published > 0);
}
