//! Assets among the files of a course.

use contracts::course_ref::CourseRef;
use kernel::{Caller, Expected};
use serde_json::json as value;

use super::{import, owner};
use crate::error::Error;
use crate::files::request::{CloneCourse, ImportOptions};
use crate::files::{CourseFiles, ImportError, export, write_assets};
use crate::tests::*;

const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

fn with(assets: &[(&str, &'static [u8])]) -> CourseFiles {
    let mut files = CourseFiles::template("Pictures", "x");
    let assets = assets.iter();
    files.assets = assets
        .map(|(name, bytes)| ((*name).to_owned(), (*bytes).into()))
        .collect();
    files
}

async fn names(test: &ModuleTest, course: &CourseRef) -> Vec<String> {
    let page = test.assets.list(&author(), course, &first()).await;
    let assets = page.unwrap().items.into_iter();
    assets.map(|asset| asset.name).collect()
}

#[tokio::test]
async fn assets_are_imported_with_the_files_and_the_same_again_change_nothing() {
    let test = ModuleTest::new().await;
    let files = with(&[("a.svg", SVG), ("b.txt", b"text")]);
    let dry = test.files.import(&files, owner(), &op(), true, true).await;
    dry.unwrap();
    let kept = |test: &ModuleTest| {
        let folder = test.folder.path().join("assets");
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!(kept(&test), 0, "a dry run writes nothing");

    let first = import(&test, &files, true).await;
    let at: CourseRef = first.course_id.into();
    assert_eq!(names(&test, &at).await, ["a.svg", "b.txt"]);
    let again = import(&test, &files, true).await;
    assert!(again.unchanged(), "{again:?}");

    let other = with(&[("a.svg", b"<svg></svg>"), ("c.txt", b"text")]);
    let changed = import(&test, &other, true).await;
    assert_eq!((changed.added, changed.changed, changed.removed), (1, 1, 1));
    assert_eq!(changed.published, Some(2));
    // Files without assets say nothing of them.
    let none = import(&test, &with(&[]), true).await;
    assert!(none.unchanged(), "{none:?}");
    assert_eq!(names(&test, &at).await, ["a.svg", "c.txt"]);
}

#[tokio::test]
async fn what_is_exported_brings_its_assets_back() {
    let test = ModuleTest::new().await;
    let report = import(&test, &with(&[("a.svg", SVG), ("b.txt", b"text")]), false).await;
    let at: CourseRef = report.course_id.into();
    let folder = tempfile::TempDir::new().unwrap();
    let target = folder.path().join("course");
    let files = export(&test.database, &at).await.unwrap();
    files.write_to(&target).unwrap();
    let store = store_in(&test.folder);
    write_assets(&test.database, &store, &at, &target)
        .await
        .unwrap();
    let read = CourseFiles::from_folder(&target).unwrap();
    assert_eq!(read.assets["a.svg"], SVG);
    assert!(import(&test, &read, false).await.unchanged());

    let (_, zip) = test.files.export_zip(&author(), &at).await.unwrap();
    let zip = std::fs::read(zip.path()).unwrap();
    assert_eq!(CourseFiles::from_zip(&zip).unwrap(), read);
    let options = crate::files::request::ImportOptions::default();
    let again = test.files.import_zip(&author(), &op(), zip, options).await;
    let again = again.unwrap().value;
    assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
}

#[tokio::test]
async fn every_asset_that_cannot_be_one_is_a_fault_of_its_file() {
    let test = ModuleTest::new().await;
    let files = with(&[
        ("a.exe", b"MZ"),
        ("b.png", b"text"),
        ("c.txt", b"text"),
        ("C.txt", b"text"),
        ("deep/d.txt", b"text"),
    ]);
    let refused = test
        .files
        .import(&files, owner(), &op(), false, false)
        .await;
    let Err(ImportError::Files(faults)) = refused else {
        panic!("{refused:?}");
    };
    let faulty: Vec<_> = faults.iter().map(|fault| fault.file.as_str()).collect();
    assert_eq!(
        faulty,
        [
            "assets/a.exe",
            "assets/b.png",
            "assets/c.txt",
            "assets/deep/d.txt"
        ]
    );
}

#[tokio::test]
async fn a_clone_and_a_restored_version_have_their_assets() {
    let test = ModuleTest::new().await;
    let report = import(&test, &with(&[("a.svg", SVG), ("b.txt", b"one")]), true).await;
    let at: CourseRef = report.course_id.into();
    test.upload(&at, "b.txt", b"two").await;
    test.upload(&at, "c.txt", b"new").await;
    let copy = CloneCourse {
        title: None,
        slug: None,
    };
    let copied = test.files.clone_course(&author(), &op(), &at, copy).await;
    let copied = copied.unwrap().value.id.into();
    assert_eq!(names(&test, &copied).await, ["a.svg", "b.txt", "c.txt"]);
    let copied = test
        .asset(Some(&author()), &copied, "b.txt", &draft())
        .await;
    assert_eq!(copied.unwrap(), b"two");

    let before = test
        .reading
        .course(&author(), &at, &text_of(draft()))
        .await
        .unwrap();
    let (me, any) = (author(), Expected::Any);
    let restored = test.files.restore_version(&me, &op(), &at, 1, &any).await;
    assert!(restored.unwrap().version > before.version);
    assert_eq!(names(&test, &at).await, ["a.svg", "b.txt"]);
    let restored = test.asset(Some(&author()), &at, "b.txt", &draft()).await;
    assert_eq!(restored.unwrap(), b"one");
}

#[tokio::test]
async fn what_a_text_refers_to_has_to_be_there_when_it_is_published() {
    use kernel::Fault;
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let section = test.section(&at, "S").await;
    let lesson = test.lesson(&section, "L").await;
    let hint = value!({ "hints": ["See [it](assets/gone.pdf).", "`![x](assets/code.png)`"] });
    test.exercise(&lesson, hint).await;
    let change = json(value!({ "content": "![x](assets/Plan.png) ![y](assets/none.png)" }));
    test.authoring
        .update_lesson(&author(), &op(), lesson.id, &Expected::Any, change)
        .await
        .unwrap();
    test.upload(&at, "plan.png", b"\x89PNG\r\n\x1a\n").await;
    let change = json(value!({ "cover": "cover.svg" }));
    test.authoring
        .update_course(&author(), &op(), &at, &Expected::Any, change)
        .await
        .unwrap();
    let publish = async || {
        let new = json(value!({ "change_notes": "" }));
        let done = test
            .publishing
            .publish(&author(), &op(), &at, &Expected::Any, new)
            .await;
        done.map(|done| done.value)
    };
    let refused: Error = publish().await.unwrap_err();
    assert_eq!(refused.code(), "course.draft_incomplete");
    let places: Vec<_> = refused.fields().into_iter().map(|f| f.pointer).collect();
    assert_eq!(
        places,
        [
            "/cover",
            "/sections/0/lessons/0",
            "/sections/0/lessons/0/exercises/0/hints/0"
        ]
    );
    test.upload(&at, "none.png", b"\x89PNG\r\n\x1a\n").await;
    test.upload(&at, "gone.pdf", b"%PDF-1.7").await;
    test.upload(&at, "cover.svg", SVG).await;
    let published = publish().await.unwrap();
    assert_eq!(published.cover.as_deref(), Some("cover.svg"));

    let mut query = text_of(newest());
    query.format = Some("html".to_owned());
    let shown = async |query| {
        let read = test.reading.lesson(&learner(), lesson.id, &query).await;
        read.unwrap().content_html.unwrap()
    };
    let plain = format!("/api/v1/courses/{}/assets/Plan.png\"", course.id);
    assert!(shown(query.clone()).await.contains(&plain));
    query.version = Some(1);
    let named = plain.replace('"', "?version=1\"");
    assert!(shown(query.clone()).await.contains(&named));
    let pinned = test
        .reading
        .pinned_lesson(&learner(), lesson.id, text_of(newest()))
        .await
        .unwrap();
    query.pinned = pinned.pinned;
    assert!(shown(query).await.contains(&plain));
}

#[tokio::test]
async fn an_import_that_is_refused_leaves_nothing_in_the_store() {
    let test = ModuleTest::new().await;
    let zip = with(&[("a.svg", SVG), ("b.txt", b"text")]).to_zip();
    let import = async |caller: &Caller, zip: &[u8], publish| {
        let options = ImportOptions {
            publish: Some(publish),
            dry_run: None,
        };
        let operation = op();
        let done = test
            .files
            .import_zip(caller, &operation, zip.to_vec(), options);
        done.await.map(|done| done.value)
    };
    let done = import(&author(), &zip, true).await.unwrap();
    assert_eq!(test.kept(), 2);
    // The course of somebody else.
    let theirs = with(&[("a.svg", b"<svg>theirs</svg>"), ("b.txt", b"theirs")]).to_zip();
    let refused = import(&other(), &theirs, false).await;
    assert_eq!(code(refused), "course.slug_taken");
    assert_eq!(test.kept(), 2);
    // More than a course may have.
    let large: &'static [u8] = vec![b'x'; 700 * 1024].leak();
    let larger: &'static [u8] = vec![b'y'; 700 * 1024].leak();
    let many = with(&[("a.txt", large), ("b.txt", larger)]).to_zip();
    let refused = import(&author(), &many, false).await;
    assert_eq!(code(refused), "course.asset_limit_exceeded");
    // More than this one may have beside its versions.
    let at: CourseRef = done.course_id.into();
    test.upload(&at, "c.txt", larger).await;
    test.publish(&at).await;
    let refused = import(&author(), &with(&[("d.txt", large)]).to_zip(), false).await;
    assert_eq!(code(refused), "course.asset_limit_exceeded");
    assert_eq!(test.kept(), 3);
    // What the draft had before goes, and what versions have stays.
    let other = with(&[("a.svg", b"<svg>other</svg>")]).to_zip();
    import(&author(), &other, false).await.unwrap();
    assert_eq!(test.kept(), 4);
    import(&author(), &zip, false).await.unwrap();
    assert_eq!(test.kept(), 3);
}

#[tokio::test]
async fn imports_of_the_same_contents_under_swapped_names_do_not_wait_for_each_other() {
    let test = &ModuleTest::new().await;
    let course = |title: &str, swapped: bool| {
        let mut files = with(&[("a.txt", b"one"), ("b.txt", b"two")]);
        if swapped {
            files = with(&[("a.txt", b"two"), ("b.txt", b"one")]);
        }
        files.files = CourseFiles::template(title, "x").files;
        files
    };
    for round in 0..20 {
        let swapped = round % 2 == 0;
        let (one, other) = (course("One", swapped), course("Other", !swapped));
        tokio::join!(import(test, &one, false), import(test, &other, false));
    }
    assert_eq!(test.kept(), 2);
}
