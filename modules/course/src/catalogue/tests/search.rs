//! What the catalogue finds, in which order, and what it says of it.

use kernel::{Expected, PageRequest};
use serde_json::{Value, json as value};

use crate::catalogue::request::{CountCourses, ListCourses};
use crate::catalogue::view::{CourseSummary, NamedCount};
use crate::tests::*;

impl ModuleTest {
    /// A published course with one lesson.
    async fn listed(&self, title: &str, more: Value, text: &str) {
        let course = self.course(title).await;
        let at = course.id.into();
        let (me, operation, any) = (author(), op(), Expected::Any);
        let changed = self
            .authoring
            .update_course(&me, &operation, &at, &any, json(more));
        changed.await.unwrap();
        let section = self.section(&at, "S").await;
        let lesson = value!({ "section_id": section.id, "title": "L", "minutes": 5, "completion": "read", "content": text });
        let added = self
            .authoring
            .create_lesson(&me, &operation, &at, json(lesson));
        added.await.unwrap();
        self.publish(&at).await;
    }

    async fn found(&self, query: Value) -> Vec<CourseSummary> {
        let query: ListCourses = json(query);
        let page = self.catalogue.list(None, &query, &first()).await;
        page.unwrap().page.items
    }

    async fn titles(&self, query: &str) -> Vec<String> {
        let found = self.found(value!({ "q": query })).await.into_iter();
        found.map(|course| course.title).collect()
    }
}

async fn library() -> ModuleTest {
    let test = ModuleTest::new().await;
    for (title, summary, text) in [
        (
            "Rust in depth",
            "Ownership and lifetimes",
            "Traits, generics, haskell",
        ),
        ("Systems", "Rust for the kernel", "Memory and processes"),
        (
            "Embedded",
            "Small computers",
            "We write it in Rust, or C++ where we must.",
        ),
        ("Rusty nails", "Carpentry", "Hammers"),
        ("Pythons and Python", "Snakes and scripts", "Loops"),
        ("C", "A small language", "Pointers"),
        ("C++", "A large language", "Templates"),
        ("ASP.NET with C#", "The web with .NET", "Controllers"),
        ("L’édition numérique", "Livres", "Mise en page"),
        ("微積分入門", "Calculus", "極限"),
    ] {
        test.listed(title, value!({ "summary": summary }), text)
            .await;
    }
    test
}

#[tokio::test]
async fn what_fits_best_comes_first() {
    let test = Box::pin(library()).await;
    // The whole word in the title, a part of it, then summary, then text.
    assert_eq!(
        test.titles("rust").await,
        ["Rust in depth", "Rusty nails", "Systems", "Embedded"]
    );
    assert_eq!(test.titles("depth RUST").await, ["Rust in depth"]);
    assert_eq!(
        test.titles("haskell").await,
        ["Rust in depth"],
        "a lesson has it"
    );
    let newest = value!({ "q": "rust", "sort": "-published_at" });
    let newest: Vec<_> = test
        .found(newest)
        .await
        .into_iter()
        .map(|c| c.title)
        .collect();
    assert_eq!(
        newest,
        ["Rusty nails", "Embedded", "Systems", "Rust in depth"]
    );
    // Page by page, the order is the same.
    let mut walked = Vec::new();
    let mut page_request = PageRequest {
        count: true,
        ..PageRequest::first(1)
    };
    loop {
        let query: ListCourses = json(value!({ "q": "rust" }));
        let page = test.catalogue.list(None, &query, &page_request).await;
        let page = page.unwrap().page;
        assert_eq!(page.total, Some(4));
        walked.extend(page.items.into_iter().map(|course| course.title));
        match page.next {
            Some(next) => page_request.from = Some(next),
            None => break,
        }
    }
    assert_eq!(walked, test.titles("rust").await);
}

#[tokio::test]
async fn names_signs_accents_and_every_script_are_found() {
    let test = Box::pin(library()).await;
    for (query, titles) in [
        ("c", vec!["C"]),
        ("C++", vec!["C++", "Embedded"]),
        ("c#", vec!["ASP.NET with C#"]),
        (".net", vec!["ASP.NET with C#"]),
        ("edition", vec!["L’édition numérique"]),
        ("l'ÉDITION", vec!["L’édition numérique"]),
        ("積分", vec!["微積分入門"]),
        ("極限", vec!["微積分入門"]),
        ("r", vec![]),
        ("%", vec![]),
        ("rust nothing", vec![]),
    ] {
        assert_eq!(test.titles(query).await, titles, "{query}");
    }
}

#[tokio::test]
async fn one_typo_is_forgiven_where_nothing_is_written_so() {
    let test = Box::pin(library()).await;
    for query in ["pyhton", "pythn", "pithon", "pythoon"] {
        assert_eq!(test.titles(query).await, ["Pythons and Python"], "{query}");
    }
    let meant = ["Rusty nails", "Rust in depth", "Systems", "Embedded"];
    assert_eq!(test.titles("rustt").await, meant);
    for query in ["pyhtno", "rist", "xythonx"] {
        assert_eq!(test.titles(query).await, [""; 0], "{query}");
    }
}

#[tokio::test]
async fn what_is_found_is_marked_and_counted() {
    let test = Box::pin(library()).await;
    let found = test.found(value!({ "q": "pyhton" })).await;
    let marked = found[0].highlights.as_ref().unwrap();
    assert_eq!(
        marked.title.as_deref(),
        Some("Pythons and <mark>Python</mark>")
    );
    assert_eq!(marked.summary, None);
    assert_eq!(test.found(value!({})).await[0].highlights, None);
    let escaped = value!({ "summary": "<b>Tags</b> & more" });
    test.listed("HTML", escaped, "").await;
    let found = test.found(value!({ "q": "more" })).await;
    let marked = found[0].highlights.clone().unwrap().summary;
    let html = "&lt;b&gt;Tags&lt;/b&gt; &amp; <mark>more</mark>";
    assert_eq!(marked.as_deref(), Some(html));

    let more = value!({ "category": "code", "tags": ["rust"], "difficulty": "expert" });
    test.listed("Rust again", more, "More").await;
    let query: CountCourses = json(value!({ "q": "rust" }));
    let facets = test.catalogue.facets(&query).await.unwrap();
    let told = |counts: &[NamedCount]| -> Vec<(String, i64)> {
        counts
            .iter()
            .map(|one| (one.name.clone(), one.courses))
            .collect()
    };
    let count = |name: &str, courses| (name.to_owned(), courses);
    assert_eq!(
        told(&facets.difficulties),
        [count("beginner", 4), count("expert", 1)]
    );
    assert_eq!(told(&facets.categories), [count("Code", 5)], "code is Code");
    assert_eq!(told(&facets.tags), [count("go", 4), count("rust", 1)]);
    let query: CountCourses = json(value!({ "category": "CODE", "tag": "rust" }));
    let facets = test.catalogue.facets(&query).await.unwrap();
    assert_eq!(told(&facets.difficulties), [count("expert", 1)]);
}

#[tokio::test]
async fn what_is_published_anew_or_archived_is_found_by_what_it_says_now() {
    let test = ModuleTest::new().await;
    test.listed("Kotlin", value!({ "summary": "Coroutines" }), "Flows")
        .await;
    assert_eq!(test.titles("coroutnes").await, ["Kotlin"]);
    let course = test.found(value!({})).await.remove(0);
    let (me, operation, any, at) = (author(), op(), Expected::Any, course.id.into());
    let change = json(value!({ "title": "Scala", "summary": "Actors" }));
    let changed = test
        .authoring
        .update_course(&me, &operation, &at, &any, change);
    changed.await.unwrap();
    assert_eq!(
        test.titles("kotlin").await,
        ["Kotlin"],
        "a draft is not listed"
    );
    test.publish(&at).await;
    for (query, titles) in [
        ("kotlin", vec![]),
        ("coroutnes", vec![]),
        ("scala", vec!["Scala"]),
        ("flows", vec!["Scala"]),
    ] {
        assert_eq!(test.titles(query).await, titles, "{query}");
    }
    let archived = test.publishing.archive(&me, &operation, &at, &any);
    archived.await.unwrap();
    assert_eq!(test.titles("scala").await, [""; 0]);
    let restored = test.publishing.restore(&me, &operation, &at, &any);
    restored.await.unwrap();
    assert_eq!(test.titles("scala").await, ["Scala"]);
}

#[tokio::test]
async fn courses_are_found_by_their_language_and_counted_by_it() {
    let test = ModuleTest::new().await;
    for (title, language) in [
        ("Go", "en"),
        ("Rust", "en-gb"),
        ("Ada", "de"),
        ("Ente", "enm"),
    ] {
        test.listed(title, value!({ "language": language }), "Text")
            .await;
    }
    let titles = async |language: &str| -> Vec<String> {
        let found = test
            .found(value!({ "language": language, "sort": "title" }))
            .await;
        found.into_iter().map(|course| course.title).collect()
    };
    assert_eq!(titles("EN").await, ["Go", "Rust"]);
    assert_eq!(titles("en-GB").await, ["Rust"]);
    assert_eq!(titles("fr").await, [""; 0]);
    let found = test.found(value!({ "q": "ada" })).await;
    assert_eq!(
        (found[0].language.as_str(), found[0].duration_minutes),
        ("de", 5)
    );
    let own: ListCourses = json(value!({ "mine": true, "language": "en" }));
    let own = test.catalogue.list(Some(&author()), &own, &first()).await;
    let own = own.unwrap().page.items;
    let told: Vec<_> = own
        .iter()
        .map(|course| (course.title.as_str(), course.duration_minutes))
        .collect();
    assert_eq!(told, [("Rust", 5), ("Go", 5)]);
    let query: CountCourses = json(value!({ "language": "en" }));
    let facets = test.catalogue.facets(&query).await.unwrap();
    let told: Vec<_> = facets
        .languages
        .iter()
        .map(|one| (one.name.as_str(), one.courses))
        .collect();
    assert_eq!(told, [("en", 1), ("en-GB", 1)]);
    let wrong: CountCourses = json(value!({ "language": "english" }));
    let facets = test.catalogue.facets(&wrong).await.unwrap();
    assert!(facets.languages.is_empty() && facets.difficulties.is_empty());
}
