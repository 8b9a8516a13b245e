//! What the catalogue finds.

mod ready;
mod search;
mod words;

use contracts::course_ref::CourseRef;
use kernel::{Expected, PageRequest};
use serde_json::json as value;

use super::request::ListCourses;
use crate::tests::*;

#[tokio::test]
async fn the_catalogue_finds_filters_sorts_and_walks() {
    let test = ModuleTest::new().await;
    for title in ["Beta 100%", "alpha_x", "Gamma"] {
        let course = test.course(title).await;
        let section = test.section(&course.id.into(), "S").await;
        test.lesson(&section, &format!("Lesson of {title}")).await;
        test.publish(&course.id.into()).await;
    }
    let hidden = test.course("Hidden").await;
    let at = hidden.id.into();
    let change = json(value!({ "visibility": "unlisted" }));
    test.authoring
        .update_course(&author(), &op(), &at, &Expected::Any, change)
        .await
        .unwrap();
    let section = test.section(&at, "S").await;
    test.lesson(&section, "L").await;
    test.publish(&at).await;
    test.course("Draft").await;

    let titles = |query: serde_json::Value| {
        let catalogue = test.catalogue.clone();
        async move {
            let query: ListCourses = json(query);
            let page = catalogue.list(None, &query, &first()).await.unwrap().page;
            page.items
                .into_iter()
                .map(|course| course.title)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(titles(value!({})).await, ["Gamma", "alpha_x", "Beta 100%"]);
    assert_eq!(
        titles(value!({ "sort": "title" })).await,
        ["alpha_x", "Beta 100%", "Gamma"]
    );
    assert_eq!(
        titles(value!({ "sort": "-title" })).await,
        ["Gamma", "Beta 100%", "alpha_x"]
    );
    assert_eq!(titles(value!({ "q": "LESSON gam" })).await, ["Gamma"]);
    assert_eq!(titles(value!({ "q": "100%" })).await, ["Beta 100%"]);
    assert_eq!(titles(value!({ "q": "Alpha_X" })).await, ["alpha_x"]);
    assert_eq!(titles(value!({ "q": "100%" })).await, ["Beta 100%"]);
    assert_eq!(titles(value!({ "tag": "rust" })).await, [""; 0]);
    assert_eq!(
        titles(value!({ "tag": "go", "difficulty": "beginner", "category": "Code" }))
            .await
            .len(),
        3
    );
    let tags = test.catalogue.tags(&first()).await.unwrap();
    assert_eq!(
        (tags.items[0].name.as_str(), tags.items[0].courses),
        ("go", 3)
    );
    let categories = test.catalogue.categories(&first()).await.unwrap();
    assert_eq!(
        (
            categories.items[0].name.as_str(),
            categories.items[0].courses
        ),
        ("Code", 3)
    );

    let mine: ListCourses = json(value!({ "mine": true, "sort": "title", "tag": "go" }));
    assert_eq!(
        code(test.catalogue.list(None, &mine, &first()).await),
        "auth.token_required"
    );
    let own = test
        .catalogue
        .list(Some(&author()), &mine, &first())
        .await
        .unwrap();
    assert_eq!(own.page.items.len(), 5);
    assert!(!own.public);
    let mut page_request = PageRequest {
        limit: 2,
        count: true,
        ..first()
    };
    let mut seen = Vec::new();
    loop {
        let page = test
            .catalogue
            .list(Some(&author()), &mine, &page_request)
            .await
            .unwrap()
            .page;
        assert_eq!(page.total, Some(5));
        seen.extend(page.items.into_iter().map(|course| course.title));
        match page.next {
            Some(next) => page_request.from = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["alpha_x", "Beta 100%", "Draft", "Gamma", "Hidden"]);
    let found = test
        .reading
        .course(
            &learner(),
            &CourseRef::Slug(hidden.slug),
            &text_of(newest()),
        )
        .await;
    assert_eq!(found.unwrap().title, "Hidden");
}
