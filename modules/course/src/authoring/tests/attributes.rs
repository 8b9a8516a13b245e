//! What a course says of itself.

use contracts::course_ref::CourseRef;
use kernel::{Expected, Fault};
use serde_json::{Value, json as value};

use crate::tests::*;

#[tokio::test]
async fn a_course_says_its_language_authors_license_and_duration_and_a_version_keeps_them() {
    let test = &ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    assert_eq!(
        (
            course.language.as_str(),
            course.license,
            course.duration_minutes
        ),
        ("en", None, 5)
    );
    let at: CourseRef = course.id.into();
    let update = async |change: Value| {
        let (me, operation, any) = (author(), op(), Expected::Any);
        let change = test
            .authoring
            .update_course(&me, &operation, &at, &any, json(change));
        change.await
    };
    let change = value!({ "language": "zh-hant-tw", "author_names": [" Ada Lovelace ", "Grace Hopper"], "license": "CC-BY-4.0" });
    let changed = update(change).await.unwrap();
    assert_eq!(changed.language, "zh-Hant-TW");
    assert_eq!(changed.author_names, ["Ada Lovelace", "Grace Hopper"]);
    assert_eq!(changed.license.as_deref(), Some("CC-BY-4.0"));
    let section = test.section(&at, "More").await;
    test.lesson(&section, "Longer").await;
    test.publish(&at).await;
    update(value!({ "language": "de", "license": null }))
        .await
        .unwrap();

    let mut told = Vec::new();
    for number in [1, 2] {
        let version = test.publishing.find(&learner(), &at, number).await.unwrap();
        told.push((version.language, version.license, version.duration_minutes));
    }
    assert_eq!(
        told,
        [
            ("en".to_owned(), None, 5),
            ("zh-Hant-TW".to_owned(), Some("CC-BY-4.0".to_owned()), 10)
        ]
    );
    let (me, student) = (author(), learner());
    let (newest, draft) = (text_of(newest()), text_of(draft()));
    let shown = test.reading.course(&student, &at, &newest).await.unwrap();
    assert_eq!(
        (shown.language.as_str(), shown.duration_minutes),
        ("zh-Hant-TW", 10)
    );
    let draft = test.reading.course(&me, &at, &draft).await.unwrap();
    assert_eq!((draft.language.as_str(), draft.license), ("de", None));
    let page = first();
    let diff = test.publishing.diff(&me, &at, (1, 2), &page).await.unwrap();
    let fields: Vec<_> = diff.items[0]
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(fields, ["author_names", "language", "license"]);

    for (wrong, pointer) in [
        (value!({ "language": "english" }), "/language"),
        (value!({ "language": "xx" }), "/language"),
        (
            value!({ "author_names": ["Ada", "Ada "] }),
            "/author_names/1",
        ),
    ] {
        let refused = update(wrong.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "course.invalid", "{wrong}");
        assert_eq!(refused.fields()[0].pointer, pointer, "{wrong}");
    }
}

#[actix_web::test]
async fn a_description_is_markdown_and_html_on_request() {
    let test = ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let change = json(value!({ "description": "**Bold** <script>alert(1)</script>" }));
    let (me, operation, any) = (author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_course(&me, &operation, &at, &any, change);
    changed.await.unwrap();
    test.publish(&at).await;
    for caller in [None, Some(learner())] {
        let path = format!("/courses/{}", course.id);
        let (_, plain) = get(&test.course, caller.clone(), &path).await;
        assert_eq!(plain["description"], "**Bold** <script>alert(1)</script>");
        assert_eq!(plain.get("description_html"), None);
        let (_, shown) = get(&test.course, caller, &format!("{path}?format=html")).await;
        let html = shown["description_html"].as_str().unwrap();
        assert!(html.contains("<strong>Bold</strong>"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(shown.get("description"), None);
    }
}
