//! Courses from files and back.

mod assets;
mod copies;
mod uploads;

use contracts::course_ref::CourseRef;
use kernel::{CourseId, Expected, UserId};
use serde_json::json as value;
use utoipa::PartialSchema;

use super::{CourseFiles, ImportError, ImportReport, export};
use crate::tests::*;

fn owner() -> UserId {
    author().user_id
}

async fn import(test: &ModuleTest, files: &CourseFiles, publish: bool) -> ImportReport {
    let done = test
        .files
        .import(files, owner(), &op(), publish, false)
        .await;
    done.unwrap()
}

#[tokio::test]
async fn the_demo_course_is_imported_once_and_has_its_ids() {
    let test = ModuleTest::new().await;
    let demo = CourseFiles::demo();
    let dry = test
        .files
        .import(&demo, owner(), &op(), true, true)
        .await
        .unwrap();
    assert!(dry.created);
    let course: CourseId = "01940000-0000-7000-8000-000000000001".parse().unwrap();
    assert_eq!(
        code(
            test.reading
                .course(&author(), &course.into(), &text_of(newest()))
                .await
        ),
        "course.not_found"
    );

    let report = import(&test, &demo, true).await;
    assert_eq!(
        (
            report.course_id,
            report.created,
            report.added,
            report.published
        ),
        (course, true, 37, Some(1))
    );
    let again = import(&test, &demo, true).await;
    assert!(again.unchanged(), "{again:?}");
    let exercise = "01940000-0000-7000-8000-000000020101".parse().unwrap();
    assert!(
        test.reading
            .exercise(&learner(), exercise, &Default::default())
            .await
            .is_ok()
    );
    let (outline, _) = test
        .reading
        .course_outline(&learner(), &course.into(), &newest())
        .await
        .unwrap();
    assert_eq!(outline.sections[0].lessons.len(), 5);
    assert!(
        outline.sections[0]
            .lessons
            .iter()
            .all(|lesson| lesson.exercises.len() == 6)
    );
}

#[tokio::test]
async fn the_course_to_begin_with_has_every_kind_and_is_published_as_it_is() {
    let test = ModuleTest::new().await;
    let files = CourseFiles::template("Rust: \"ownership\" # 1", "1f");
    assert_eq!(files.check(), []);
    let report = import(&test, &files, true).await;
    assert_eq!(
        (report.slug.as_str(), report.published),
        ("rust-ownership-1", Some(1))
    );
    let at = report.course_id.into();
    let course = test
        .reading
        .course(&learner(), &at, &text_of(newest()))
        .await;
    assert_eq!(course.unwrap().title, "Rust: \"ownership\" # 1");
    let schema = serde_json::to_value(crate::domain::Question::schema()).unwrap();
    let kinds = schema["oneOf"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds
        .map(|kind| kind["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds.len(), 11);
    let exercises = files
        .files
        .iter()
        .find(|(path, _)| path.ends_with("exercises.yaml"));
    let exercises = String::from_utf8_lossy(exercises.unwrap().1).into_owned();
    for kind in kinds {
        assert!(exercises.contains(&format!("kind: {kind}\n")), "{kind}");
    }
}

#[tokio::test]
async fn files_with_an_id_replace_no_other_course_of_that_slug() {
    let test = ModuleTest::new().await;
    let own = test.course("Go from Zero").await;
    assert_eq!(own.slug, "go-from-zero");
    let demo = CourseFiles::demo();
    let refused = test.files.import(&demo, owner(), &op(), true, false).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("another course than the id"), "{refused}");
    let at = own.id.into();
    let kept = test
        .reading
        .course(&author(), &at, &text_of(newest()))
        .await;
    assert!(kept.is_ok(), "it is as it was");
    let mut nameless = CourseFiles::demo();
    let text = String::from_utf8(nameless.files["course.yaml"].clone()).unwrap();
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("id: "))
        .collect();
    let text = text.join("\n").into_bytes();
    nameless.files.insert("course.yaml".to_owned(), text);
    let report = import(&test, &nameless, false).await;
    assert_eq!((report.course_id, report.created), (own.id, false));
}

#[tokio::test]
async fn what_is_exported_is_imported_unchanged() {
    let test = ModuleTest::new().await;
    import(&test, &CourseFiles::demo(), true).await;
    let course = test.course("Häkeln: für \"alle\"").await;
    let at = course.id.into();
    let odd = json(
        value!({ "description": "tab\there\n\n  two blanks  \n- yes: [no]\n# x\n", "summary": "'quoted': yes", "category": "~" }),
    );
    test.authoring
        .update_course(&author(), &op(), &at, &Expected::Any, odd)
        .await
        .unwrap();
    let section = test.section(&at, "…").await;
    let lesson = test.lesson(&section, "123").await;
    let text = json(
        value!({ "content": "\n\n---\nnot a head\n---\n\ttext  ", "objectives": ["true", "0x10", " a "] }),
    );
    test.authoring
        .update_lesson(&author(), &op(), lesson.id, &Expected::Any, text)
        .await
        .unwrap();
    test.exercise(&lesson, value!({ "attempts": 3, "question": { "kind": "numeric", "value": 17.0, "tolerance": 1e-7 } })).await;
    test.exercise(&lesson, value!({ "question": { "kind": "code_output", "language": "go", "code": "\tx\n", "expected": "  6\n\n" } })).await;
    for at in [at, CourseRef::Slug("go-from-zero".to_owned())] {
        let files = export(&test.database, &at).await.unwrap();
        assert_eq!(files.check(), [], "{files:?}");
        let report = import(&test, &files, false).await;
        assert!(report.unchanged(), "{report:?}");
        let folder = tempfile::tempdir().unwrap();
        files.write_to(&folder.path().join("out")).unwrap();
        assert_eq!(
            CourseFiles::from_folder(&folder.path().join("out")).unwrap(),
            files
        );
        assert!(files.write_to(&folder.path().join("out")).is_err());
    }
}

#[tokio::test]
async fn an_import_follows_what_was_changed_moved_and_left_out() {
    let test = ModuleTest::new().await;
    import(&test, &CourseFiles::demo(), true).await;
    let mut files = CourseFiles::demo();
    let lesson = "01-foundations/01-syntax-and-basic-types";
    files.files.remove(&format!("{lesson}/exercises.yaml"));
    let path = format!("{lesson}/lesson.md");
    let text = String::from_utf8(files.files[&path].clone()).unwrap();
    let moved = text.replacen("minutes: 30", "minutes: 31", 1);
    files.files.remove(&path);
    files.files.insert(
        "02-more/01-other-name/lesson.md".to_owned(),
        moved.into_bytes(),
    );
    files
        .files
        .insert("02-more/section.yaml".to_owned(), b"title: More\n".to_vec());
    let report = import(&test, &files, true).await;
    assert_eq!(
        (report.added, report.removed, report.published),
        (1, 6, Some(2))
    );
    let id = "01940000-0000-7000-8000-000000000101".parse().unwrap();
    let read = test
        .reading
        .lesson(&learner(), id, &Default::default())
        .await
        .unwrap();
    assert_eq!((read.minutes, read.version), (31, 2));
}

/// The files with two paths, or two texts in them, exchanged.
fn exchanged(files: &CourseFiles, one: &str, other: &str) -> CourseFiles {
    let exchange = |text: &str| {
        let parts = text.split(one).map(|part| part.replace(other, one));
        parts.collect::<Vec<_>>().join(other)
    };
    let mut changed = files.clone();
    let all = std::mem::take(&mut changed.files);
    changed.files = all
        .into_iter()
        .map(|(path, text)| {
            let text = String::from_utf8(text).unwrap();
            (exchange(&path), exchange(&text).into_bytes())
        })
        .collect();
    changed
}

#[tokio::test]
async fn parts_exchange_their_keys() {
    let test = ModuleTest::new().await;
    import(&test, &CourseFiles::demo(), true).await;
    let at = CourseRef::Slug("go-from-zero".to_owned());
    let files = export(&test.database, &at).await.unwrap();
    let lesson = "01-foundations/01-syntax-and-basic-types/";
    for (one, other) in [
        ("syntax-and-basic-types/", "pointers-and-memory/"),
        ("key: zero-values", "key: length-in-bytes"),
        (lesson, "02-more/01-syntax-and-basic-types/"),
    ] {
        let mut changed = exchanged(&files, one, other);
        if one == lesson {
            let more = b"title: More\n".to_vec();
            changed
                .files
                .insert("02-more/section.yaml".to_owned(), more);
        }
        let version = async || {
            let course = test.reading.course(&author(), &at, &text_of(draft())).await;
            course.unwrap().version
        };
        let before = version().await;
        let report = import(&test, &changed, false).await;
        assert!(version().await > before, "its ETag changes: {one}");
        assert_eq!(report.removed, 0, "{one}: {report:?}");
        assert!(report.changed > 0, "{one}: {report:?}");
    }
}

#[tokio::test]
async fn files_with_faults_change_nothing() {
    let test = ModuleTest::new().await;
    let mut files = CourseFiles::demo();
    files.files.insert(
        "01-foundations/section.yaml".to_owned(),
        b"titel: x\n".to_vec(),
    );
    let refused = test.files.import(&files, owner(), &op(), true, false).await;
    let Err(ImportError::Files(faults)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(faults.len(), 2, "{faults:?}");
    let at = CourseRef::Slug("go-from-zero".to_owned());
    assert_eq!(
        code(
            test.reading
                .course(&author(), &at, &text_of(newest()))
                .await
        ),
        "course.not_found"
    );
}
