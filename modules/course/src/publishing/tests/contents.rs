//! What a lesson or an exercise says is kept once, however many versions say it.

use contracts::course_ref::CourseRef;
use kernel::Expected;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json as value;

use crate::authoring::{CourseDetail, LessonDetail, LessonRecord, lessons};
use crate::domain::bounds::MAX_VERSION_BYTES;
use crate::publishing::store::parts;
use crate::tests::*;

async fn number_of(test: &ModuleTest, sql: &str) -> i64 {
    let statement = Statement::from_string(test.database.backend(), sql);
    let row = test.database.read().query_one_raw(statement).await;
    row.unwrap().unwrap().try_get_by(0).unwrap()
}

async fn rows(test: &ModuleTest, table: &str) -> i64 {
    number_of(test, &format!("SELECT COUNT(*) FROM {table}")).await
}

/// Contents that no version has.
async fn left_over(test: &ModuleTest) -> i64 {
    let of = |table: &str| {
        format!("SELECT 1 FROM {table} p WHERE p.course_id = c.course_id AND p.sha256 = c.sha256")
    };
    let sql = format!(
        "SELECT COUNT(*) FROM version_content c WHERE NOT EXISTS ({}) AND NOT EXISTS ({})",
        of("version_lesson"),
        of("version_exercise")
    );
    number_of(test, &sql).await
}

async fn rewrite(test: &ModuleTest, lesson: &LessonDetail, content: &str) {
    let change = json(value!({ "content": content }));
    let (me, any) = (author(), Expected::Any);
    test.authoring
        .update_lesson(&me, &op(), lesson.id, &any, change)
        .await
        .unwrap();
}

async fn content_of(test: &ModuleTest, course: &CourseDetail, number: i64) -> String {
    let db = test.database.read();
    let lessons = parts::lessons(db, course.id, number).await.unwrap();
    lessons[0].body.content.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_lessons_only_the_changed_one_is_kept_again() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let db = test.database.read();
    let one = lessons::find(db, lesson.id).await.unwrap().unwrap();
    let txn = test.database.begin().await.unwrap();
    for number in 1..1000 {
        let mut more = LessonRecord {
            id: test.env.id(),
            key: format!("l-{number}"),
            position: number + 1,
            ..one.clone()
        };
        more.body.content = format!("It says {number}.");
        lessons::insert(&txn, &more).await.unwrap();
    }
    txn.commit().await.unwrap();
    let at = CourseRef::from(course.id);
    test.publish(&at).await;
    assert_eq!(rows(&test, "version_content").await, 1001);
    rewrite(&test, &lesson, "Changed").await;
    test.publish(&at).await;
    assert_eq!(rows(&test, "version_content").await, 1002);
    assert_eq!(rows(&test, "version_lesson").await, 2001);
    assert_eq!(rows(&test, "version_exercise").await, 3);
    for (number, expected) in [(1, "# Hi"), (2, "# Hi"), (3, "Changed")] {
        assert_eq!(content_of(&test, &course, number).await, expected);
    }
    let all = parts::lessons(test.database.read(), course.id, 3).await;
    assert_eq!(all.unwrap().len(), 1000);
    assert_eq!(left_over(&test).await, 0);
}

#[tokio::test]
async fn what_says_the_same_is_kept_once_and_a_restored_version_brings_nothing_new() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let at = CourseRef::from(course.id);
    assert_eq!(rows(&test, "version_content").await, 2);
    let section = test.section(&at, "T").await;
    test.lesson(&section, "L").await;
    test.publish(&at).await;
    assert_eq!(rows(&test, "version_content").await, 2, "it says the same");
    rewrite(&test, &lesson, "Changed").await;
    test.publish(&at).await;
    assert_eq!(rows(&test, "version_content").await, 3);
    let (me, any) = (author(), Expected::Any);
    let page = test.publishing.diff(&me, &at, (2, 3), &first()).await;
    let changed: Vec<_> = page.unwrap().items.iter().map(|change| change.id).collect();
    assert_eq!(changed, [lesson.id.uuid()]);
    test.files
        .restore_version(&me, &op(), &at, 1, &any)
        .await
        .unwrap();
    test.publish(&at).await;
    assert_eq!(content_of(&test, &course, 4).await, "# Hi");
    assert_eq!(rows(&test, "version_content").await, 3);

    let new = json(value!({ "title": "Another" }));
    let copy = test.files.clone_course(&me, &op(), &at, new).await;
    let copy = copy.unwrap().value;
    let own = CourseRef::from(copy.id);
    test.publish(&own).await;
    assert_eq!(content_of(&test, &copy, 1).await, "# Hi");
    // Each course has its own, so that no publish waits for that of another course.
    assert_eq!(rows(&test, "version_content").await, 5);
    assert_eq!(left_over(&test).await, 0);
}

#[tokio::test]
async fn a_refused_version_leaves_nothing_behind_and_a_kept_one_cannot_lose_what_it_says() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let at = CourseRef::from(course.id);
    rewrite(&test, &lesson, "Changed").await;
    let writer = test.database.for_migrations();
    let full = format!("UPDATE course_version SET bytes = {MAX_VERSION_BYTES}");
    writer.execute_unprepared(&full).await.unwrap();
    let (me, any, new) = (author(), Expected::Any, json(value!({})));
    let refused = test.publishing.publish(&me, &op(), &at, &any, new).await;
    assert_eq!(code(refused), "course.version_limit_exceeded");
    assert_eq!(rows(&test, "version_content").await, 2);
    let lost = writer.execute_unprepared("DELETE FROM version_content");
    assert!(lost.await.is_err(), "the version names it");
}
