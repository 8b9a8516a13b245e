//! What learners are shown.

use contracts::course::CourseApi;
use kernel::Expected;
use serde_json::json as value;

use super::request::ReadLesson;
use crate::tests::*;

#[tokio::test]
async fn publishing_makes_a_version_that_no_edit_touches() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let publish = || async {
        let (me, any) = (author(), Expected::Any);
        test.publishing
            .publish(&me, &op(), &at, &any, json(value!({})))
            .await
    };
    assert_eq!(code(publish().await), "course.draft_empty");
    let section = test.section(&at, "S").await;
    assert_eq!(code(publish().await), "course.draft_empty");
    let lesson = test.lesson(&section, "First").await;
    assert_eq!(test.reading.outline(course.id).await.unwrap(), None);
    assert_eq!(publish().await.unwrap().value.published_version, Some(1));
    assert_eq!(code(publish().await), "course.draft_unchanged");

    let change = json(value!({ "title": "Second" }));
    test.authoring
        .update_lesson(&author(), &op(), lesson.id, &Expected::Any, change)
        .await
        .unwrap();
    let read = |query| json::<ReadLesson>(query);
    let shown = test
        .reading
        .lesson(&learner(), lesson.id, &read(value!({})))
        .await
        .unwrap();
    assert_eq!(
        (shown.title.as_str(), shown.draft, shown.version),
        ("First", false, 1)
    );
    let shown = test
        .reading
        .lesson(&author(), lesson.id, &read(value!({ "draft": true })))
        .await
        .unwrap();
    assert_eq!(
        (shown.title.as_str(), shown.draft, shown.version),
        ("Second", true, 2)
    );
    let refused = test
        .reading
        .lesson(&learner(), lesson.id, &read(value!({ "draft": true })))
        .await;
    assert_eq!(code(refused), "course.staff_required");

    publish().await.unwrap();
    let outline = test.reading.outline(course.id).await.unwrap().unwrap();
    assert_eq!(
        (
            outline.version,
            outline.sections[0].lessons[0].title.as_str()
        ),
        (2, "Second")
    );
    let old = test
        .reading
        .lesson(
            &learner(),
            lesson.id,
            &read(value!({ "version": 1, "format": "html" })),
        )
        .await
        .unwrap();
    assert_eq!(old.title, "First");
    assert_eq!(old.content_html.as_deref(), Some("<h1>Hi</h1>\n"));
    let versions = test
        .publishing
        .list(&learner(), &at, &first())
        .await
        .unwrap();
    let numbers: Vec<_> = versions
        .items
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(
        test.publishing
            .find(&learner(), &at, 1)
            .await
            .unwrap()
            .outline
            .sections[0]
            .lessons[0]
            .title,
        "First"
    );
    assert_eq!(
        code(test.publishing.find(&learner(), &at, 3).await),
        "course.not_found"
    );
}

#[tokio::test]
async fn hints_are_told_one_by_one() {
    let test = ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    let hint = test
        .reading
        .hint(&learner(), exercise.id, 2, &newest())
        .await
        .unwrap();
    assert_eq!((hint.number, hint.of, hint.text.as_str()), (2, 2, "strong"));
    assert_eq!(
        code(
            test.reading
                .hint(&learner(), exercise.id, 3, &newest())
                .await
        ),
        "course.not_found"
    );
}
