//! What learners are shown.

use contracts::course::CourseApi;
use kernel::Expected;
use serde_json::json as value;

use super::request::ReadText;
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
    let read = |query| json::<ReadText>(query);
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
        .hint(&learner(), (exercise.id, 2), &Default::default())
        .await
        .unwrap();
    assert_eq!((hint.number, hint.of, hint.text.as_str()), (2, 2, "strong"));
    assert_eq!(
        code(
            test.reading
                .hint(&learner(), (exercise.id, 3), &Default::default())
                .await
        ),
        "course.not_found"
    );
}

#[tokio::test]
async fn prompts_hints_explanations_and_comments_come_as_html_when_asked() {
    let test = ModuleTest::new().await;
    let more = value!({ "prompt": "Is `Vec<u8>` **so**?", "hints": ["*Think*"], "explanation": "It _is_." });
    let (_, lesson, exercise) = test.published(more).await;
    let me = learner();
    let html: ReadText = json(value!({ "format": "html" }));
    let prompt = "<p>Is <code>Vec&lt;u8&gt;</code> <strong>so</strong>?</p>\n";
    let shown = |exercise: crate::reading::ExerciseView| match exercise {
        crate::reading::ExerciseView::Learner(shown) => shown.prompt_html,
        crate::reading::ExerciseView::Staff(_) => panic!("a learner got the answer"),
    };
    let one = test.reading.exercise(&me, exercise.id, &html).await;
    assert_eq!(shown(one.unwrap()).as_deref(), Some(prompt));
    let all = test
        .reading
        .exercises(&me, lesson.id, &html, &first())
        .await;
    assert_eq!(shown(all.unwrap().items.remove(0)).as_deref(), Some(prompt));
    let plain = test
        .reading
        .exercise(&me, exercise.id, &ReadText::default())
        .await;
    assert_eq!(shown(plain.unwrap()), None);
    let hint = test
        .reading
        .hint(&me, (exercise.id, 1), &html)
        .await
        .unwrap();
    assert_eq!(hint.text_html.as_deref(), Some("<p><em>Think</em></p>\n"));
    let right = json(value!({ "answer": { "kind": "true_false", "value": true } }));
    let operation = op();
    let submitted = test
        .assessment
        .submit(&me, &operation, exercise.id, right)
        .await;
    let id = submitted.unwrap().value.id;
    let html = json(value!({ "format": "html" }));
    let read = test.assessment.find(&me, id, &html).await.unwrap();
    assert_eq!(
        read.explanation_html.as_deref(),
        Some("<p>It <em>is</em>.</p>\n")
    );
}

#[tokio::test]
async fn pictures_of_a_description_need_no_account_unless_a_version_is_named() {
    let test = ModuleTest::new().await;
    let new =
        value!({ "title": "Go", "difficulty": "beginner", "description": "![P](assets/p.txt)" });
    let (me, operation) = (author(), op());
    let made = test.authoring.create_course(&me, &operation, json(new));
    let course = made.await.unwrap().value;
    let at = course.id.into();
    test.upload(&at, "p.txt", b"a picture").await;
    let section = test.section(&at, "S").await;
    test.lesson(&section, "L").await;
    test.publish(&at).await;
    for (query, link) in [
        ("format=html", "/assets/p.txt\""),
        ("format=html&version=1", "/assets/p.txt?version=1\""),
    ] {
        let path = format!("/courses/{}?{query}", course.id);
        let (_, shown) = get(&test.course, Some(learner()), &path).await;
        let html = shown["description_html"].as_str().unwrap();
        assert!(html.contains(link), "{query}: {html}");
    }
}
