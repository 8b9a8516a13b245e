//! The tags and categories of the catalogue.

use kernel::{Expected, Page, PageRequest};
use serde_json::json as value;

use crate::catalogue::view::NamedCount;
use crate::tests::*;

async fn listed(test: &ModuleTest, number: usize, tags: &[&str], category: &str) {
    let course = test.course(&format!("Course {number}")).await;
    let at = course.id.into();
    let section = test.section(&at, "S").await;
    test.lesson(&section, "L").await;
    let change = json(value!({ "tags": tags, "category": category }));
    let (me, any) = (author(), Expected::Any);
    let changed = test
        .authoring
        .update_course(&me, &op(), &at, &any, change)
        .await;
    changed.unwrap();
    test.publish(&at).await;
}

fn words(page: &Page<NamedCount>) -> Vec<(String, i64)> {
    let words = page.items.iter();
    words.map(|one| (one.name.clone(), one.courses)).collect()
}

fn counted(words: &[(&str, i64)]) -> Vec<(String, i64)> {
    let words = words.iter();
    words
        .map(|(word, count)| ((*word).to_owned(), *count))
        .collect()
}

#[tokio::test]
async fn words_are_walked_forth_and_back_in_their_order_each_once() {
    let test = ModuleTest::new().await;
    let of = [
        (["go", "web"].as_slice(), "apple"),
        (&["go", "c++"], "Zebra"),
        (&["go"], "\u{e9}t\u{e9}"),
        (&["web", "a-b"], "apple"),
        (&["ab"], "Zebra"),
    ];
    for (number, (tags, category)) in of.into_iter().enumerate() {
        listed(&test, number, tags, category).await;
    }
    let tags = [("a-b", 1), ("ab", 1), ("c++", 1), ("go", 3), ("web", 2)];
    let mut page_request = PageRequest {
        count: true,
        ..PageRequest::first(2)
    };
    let mut seen = Vec::new();
    let last = loop {
        let page = test.catalogue.tags(&page_request).await.unwrap();
        assert!(page.items.len() <= 2);
        assert_eq!(page.total, Some(5));
        seen.extend(words(&page));
        match page.next.clone() {
            Some(next) => page_request.from = Some(next),
            None => break page,
        }
    };
    assert_eq!(seen, counted(&tags));
    let back = PageRequest {
        from: last.prev,
        backward: true,
        ..PageRequest::first(2)
    };
    let page = test.catalogue.tags(&back).await.unwrap();
    assert_eq!(words(&page), counted(&tags[2..4]));
    assert!(page.prev.is_some() && page.next.is_some());

    let categories = [("apple", 2), ("\u{e9}t\u{e9}", 1), ("Zebra", 2)];
    let mut page_request = PageRequest {
        count: true,
        ..PageRequest::first(1)
    };
    let mut seen = Vec::new();
    loop {
        let page = test.catalogue.categories(&page_request).await.unwrap();
        assert_eq!((page.items.len(), page.total), (1, Some(3)));
        seen.extend(words(&page));
        match page.next {
            Some(next) => page_request.from = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, counted(&categories));
}

#[tokio::test]
async fn categories_that_differ_in_letter_case_are_one_in_one_spelling() {
    let test = ModuleTest::new().await;
    let of = [
        (["b", "a-b"].as_slice(), "machine learning"),
        (&["ab", "a-b"], "Machine Learning"),
        (&["a1", "b"], "MACHINE learning"),
        (&["a"], "machines"),
    ];
    for (number, (tags, category)) in of.into_iter().enumerate() {
        listed(&test, number, tags, category).await;
    }
    let page = test.catalogue.categories(&first()).await.unwrap();
    let merged = [("MACHINE learning", 3), ("machines", 1)];
    assert_eq!(words(&page), counted(&merged));
    let query = json(value!({ "category": "Machine LEARNING" }));
    let found = test.catalogue.list(None, &query, &first()).await.unwrap();
    assert_eq!(found.page.items.len(), 3);
    let facets = test.catalogue.facets(&json(value!({}))).await.unwrap();
    let told = |counts: &[NamedCount]| {
        let counts = counts.iter();
        counts
            .map(|one| (one.name.clone(), one.courses))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&facets.categories), counted(&merged));
    // The most common first, then hyphens before digits before letters, as a dictionary has it.
    let tags = [("a-b", 2), ("b", 2), ("a", 1), ("a1", 1), ("ab", 1)];
    assert_eq!(told(&facets.tags), counted(&tags));
    let page = test.catalogue.tags(&first()).await.unwrap();
    let tags = [("a", 1), ("a-b", 2), ("a1", 1), ("ab", 1), ("b", 2)];
    assert_eq!(words(&page), counted(&tags));
}
