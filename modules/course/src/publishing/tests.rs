//! Publishing, and how much the versions of a course may pile up.

mod contents;
mod schedule;
mod versions;

use contracts::course::CourseApi;
use kernel::{Expected, Fault, Kind};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json as value;

use super::store::draft;
use crate::authoring::{CourseDetail, courses};
use crate::domain::Status;
use crate::domain::bounds::{MAX_VERSION_BYTES, MAX_VERSIONS};
use crate::error::Error;
use crate::tests::*;

#[tokio::test]
async fn a_published_course_cannot_be_deleted_but_archived() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let at = course.id.into();
    let remove = test
        .authoring
        .delete_course(&author(), &op(), &at, &Expected::Any)
        .await;
    assert_eq!(code(remove), "course.deletion_forbidden");
    assert_eq!(
        code(
            test.publishing
                .archive(&other(), &op(), &at, &Expected::Any)
                .await
        ),
        "course.staff_required"
    );
    let archived = test
        .publishing
        .archive(&author(), &op(), &at, &Expected::Any)
        .await
        .unwrap();
    assert_eq!(archived.status, Status::Archived);
    assert!(
        test.catalogue
            .list(None, &Default::default(), &first())
            .await
            .unwrap()
            .page
            .items
            .is_empty()
    );
    assert_eq!(test.reading.outline(course.id).await.unwrap(), None);
    let read = test
        .reading
        .lesson(&learner(), lesson.id, &Default::default())
        .await;
    assert_eq!(read.unwrap().title, "L");
    let (me, operation, any) = (author(), op(), Expected::Any);
    let restore = || test.publishing.restore(&me, &operation, &at, &any);
    let back = restore().await.unwrap();
    assert_eq!(
        (back.status, back.published_version),
        (Status::Published, Some(1))
    );
    let listed = test
        .catalogue
        .list(None, &Default::default(), &first())
        .await;
    assert_eq!(listed.unwrap().page.items.len(), 1);
    let open = test.reading.outline(course.id).await.unwrap().unwrap();
    assert_eq!(open.version, 1);
    assert_eq!(code(restore().await), "course.not_archived");
    let again = test.publishing.archive(&me, &operation, &at, &any);
    again.await.unwrap();
    let new = json(value!({ "change_notes": "" }));
    let refused = test.publishing.publish(&me, &operation, &at, &any, new);
    assert_eq!(code(refused.await), "course.already_archived");
    restore().await.unwrap();
    let never = test.course("Never").await;
    test.authoring
        .delete_course(&author(), &op(), &never.id.into(), &Expected::Any)
        .await
        .unwrap();
    assert_eq!(
        code(
            test.reading
                .course(&author(), &never.id.into(), &text_of(newest()))
                .await
        ),
        "course.not_found"
    );
}

#[tokio::test]
async fn what_no_learner_could_get_past_is_named_with_its_place() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let section = test.section(&at, "First").await;
    test.lesson(&section, "Read").await;
    let unread = test.lesson(&section, "Answer").await;
    let change = json(value!({ "completion": "exercises" }));
    let (me, operation, any) = (author(), op(), Expected::Any);
    let changed = test
        .authoring
        .update_lesson(&me, &operation, unread.id, &any, change);
    changed.await.unwrap();
    test.section(&at, "Empty").await;
    let refused = try_publish(&test, &course).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.kind()),
        ("course.draft_incomplete", Kind::Conflict)
    );
    let places: Vec<_> = refused
        .fields()
        .into_iter()
        .map(|fault| (fault.pointer, fault.code))
        .collect();
    let expected = [
        ("/sections/0/lessons/1", "exercises_missing"),
        ("/sections/1", "section_empty"),
    ];
    assert_eq!(
        places,
        expected.map(|(at, code)| (at.to_owned(), code.to_owned()))
    );
    test.exercise(&unread, value!({})).await;
    let empty = test.section(&at, "Also empty").await;
    let deleted = test
        .authoring
        .delete_section(&me, &operation, &at, empty.id, &any);
    deleted.await.unwrap();
    assert_eq!(
        try_publish(&test, &course)
            .await
            .unwrap_err()
            .fields()
            .len(),
        1
    );
}

/// A course whose draft differs from its only version.
async fn changed(test: &ModuleTest) -> CourseDetail {
    let (course, ..) = test.published(value!({})).await;
    touch(test, &course, "changed").await;
    course
}

async fn touch(test: &ModuleTest, course: &CourseDetail, summary: &str) {
    let change = json(value!({ "summary": summary }));
    let (me, any, at) = (author(), Expected::Any, course.id.into());
    let done = test
        .authoring
        .update_course(&me, &op(), &at, &any, change)
        .await;
    done.unwrap();
}

async fn try_publish(test: &ModuleTest, course: &CourseDetail) -> Result<(), Error> {
    let (me, any, at) = (author(), Expected::Any, course.id.into());
    let new = json(value!({ "change_notes": "new" }));
    let done = test.publishing.publish(&me, &op(), &at, &any, new).await;
    done.map(drop)
}

async fn kept(test: &ModuleTest, course: &CourseDetail) -> (u64, u64) {
    let kept = draft::kept(test.database.read(), course.id);
    kept.await.unwrap()
}

async fn run(test: &ModuleTest, sql: &str) {
    let writer = test.database.for_migrations();
    writer.execute_unprepared(sql).await.unwrap();
}

#[tokio::test]
async fn publishing_the_same_again_keeps_nothing_new() {
    let test = ModuleTest::new().await;
    let (course, ..) = test.published(value!({})).await;
    let before = kept(&test, &course).await;
    assert_eq!(before.0, 1);
    let again = try_publish(&test, &course).await;
    assert_eq!(code(again), "course.draft_unchanged");
    assert_eq!(kept(&test, &course).await, before);
}

#[tokio::test]
async fn the_versions_of_a_course_weigh_what_is_kept_of_them() {
    let test = ModuleTest::new().await;
    let course = changed(&test).await;
    let weight = || async {
        let mut weight = 0;
        for sql in [
            "SELECT SUM(octet_length(meta) + octet_length(outline) + octet_length(change_notes)) FROM course_version",
            "SELECT SUM(octet_length(body)) FROM version_content",
        ] {
            let backend = test.database.backend();
            let row = test.database.read().query_one_raw(Statement::from_string(
                backend,
                format!("SELECT CAST(({sql}) AS BIGINT)"),
            ));
            let bytes: i64 = row.await.unwrap().unwrap().try_get_by(0).unwrap();
            weight += u64::try_from(bytes).unwrap();
        }
        weight
    };
    let first = weight().await;
    assert_eq!(kept(&test, &course).await, (1, first));
    try_publish(&test, &course).await.unwrap();
    let second = weight().await;
    assert_eq!(kept(&test, &course).await, (2, second));
    // Only the summary has changed, which is no content.
    assert!(second > first && second < 2 * first, "{first} {second}");
}

#[tokio::test]
async fn the_versions_of_a_course_have_a_bound_together_and_who_meets_it_is_told_what_to_do() {
    let test = ModuleTest::new().await;
    let course = changed(&test).await;
    run(
        &test,
        &format!(
            "UPDATE course_version SET bytes = {}",
            MAX_VERSION_BYTES - 100
        ),
    )
    .await;
    let refused = try_publish(&test, &course).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.code()),
        (Kind::Conflict, "course.version_limit_exceeded")
    );
    let told = refused.to_string();
    for part in [
        "1 versions",
        "268435456 bytes",
        "export and import",
        "archive",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(kept(&test, &course).await.0, 1, "nothing of it is kept");
    let at = course.id.into();
    let found = courses::find(test.database.read(), &at).await;
    assert_eq!(found.unwrap().unwrap().published_version, 1);
}

#[tokio::test]
async fn a_course_has_at_most_a_thousand_versions() {
    let test = ModuleTest::new().await;
    let course = changed(&test).await;
    let earlier = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO course_version (course_id, number, title, change_notes, published_at, meta, outline, bytes) \
         SELECT course_id, -n.i, title, change_notes, published_at, meta, outline, bytes \
         FROM course_version CROSS JOIN n",
        MAX_VERSIONS - 2
    );
    run(&test, &earlier).await;
    try_publish(&test, &course).await.unwrap();
    assert_eq!(kept(&test, &course).await.0, MAX_VERSIONS);
    touch(&test, &course, "changed again").await;
    let refused = try_publish(&test, &course).await;
    assert_eq!(code(refused), "course.version_limit_exceeded");
}
