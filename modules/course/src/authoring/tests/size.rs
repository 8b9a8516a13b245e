//! How large a course may be, and that only what shows its texts reads them.

use contracts::course_ref::CourseRef;
use kernel::{Expected, Fault, Kind};
use sea_orm::ConnectionTrait;
use serde_json::json as value;

use crate::authoring::request::PutStaff;
use crate::authoring::store::{
    ExerciseRecord, StaffRecord, courses, exercises, lessons, sections, staff,
};
use crate::authoring::view::{CourseDetail, ExerciseDetail, LessonDetail, SectionView};
use crate::domain::StaffRole;
use crate::domain::bounds::{MAX_COURSE_BYTES, MAX_COURSES_OF_OWNER, MAX_EXERCISES_OF_COURSE};
use crate::domain::content::kept_bytes;
use crate::error::Error;
use crate::files::{ImportError, export};
use crate::tests::*;
use serde_json::Value;

async fn size(test: &ModuleTest, course: &CourseDetail) -> u64 {
    let size = courses::size(test.database.read(), course.id);
    u64::try_from(size.await.unwrap()).unwrap()
}

async fn long(
    test: &ModuleTest,
    section: &SectionView,
    title: &str,
    letters: usize,
) -> LessonDetail {
    let new = json(
        value!({ "section_id": section.id, "title": title, "minutes": 5, "completion": "read", "content": "a".repeat(letters) }),
    );
    let course = section.course_id.into();
    let (me, operation) = (author(), op());
    let added = test.authoring.create_lesson(&me, &operation, &course, new);
    added.await.unwrap().value
}

async fn rewrite(
    test: &ModuleTest,
    lesson: &LessonDetail,
    change: Value,
) -> Result<LessonDetail, Error> {
    let (me, any) = (author(), Expected::Any);
    test.authoring
        .update_lesson(&me, &op(), lesson.id, &any, json(change))
        .await
}

/// A course that has not one byte left, with its section, a short lesson and an exercise of it.
async fn full(test: &ModuleTest) -> (CourseDetail, SectionView, LessonDetail, ExerciseDetail) {
    let course = test.course("Go").await;
    let section = test.section(&course.id.into(), "S").await;
    let lesson = test.lesson(&section, "Short").await;
    let exercise = test.exercise(&lesson, value!({})).await;
    for number in 0..41 {
        long(test, &section, &format!("L{number}"), 100_000).await;
    }
    let last = long(test, &section, "Last", 0).await;
    let room = usize::try_from(MAX_COURSE_BYTES - size(test, &course).await).unwrap();
    let rest = value!({ "content": "a".repeat(room) });
    rewrite(test, &last, rest).await.unwrap();
    assert_eq!(size(test, &course).await, MAX_COURSE_BYTES);
    (course, section, lesson, exercise)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_makes_a_course_larger_than_its_bound() {
    let test = ModuleTest::new().await;
    let (course, section, lesson, exercise) = full(&test).await;
    let (me, any, at) = (author(), Expected::Any, course.id.into());

    let longer = json(value!({ "description": "a" }));
    let change = test
        .authoring
        .update_course(&me, &op(), &at, &any, longer)
        .await;
    let refused = change.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.code()),
        (Kind::Invalid, "course.size_limit_exceeded")
    );
    let told = refused.to_string();
    for part in ["4194305 bytes", "4194304", "split the course"] {
        assert!(told.contains(part), "{told}");
    }
    let new = json(value!({ "title": "T" }));
    let added = test.authoring.create_section(&me, &op(), &at, new).await;
    assert_eq!(code(added), "course.size_limit_exceeded");
    let longer = json(value!({ "summary": "a" }));
    let operation = op();
    let changed = test
        .authoring
        .update_section(&me, &operation, &at, section.id, &any, longer);
    assert_eq!(code(changed.await), "course.size_limit_exceeded");
    let new = json(
        value!({ "section_id": section.id, "title": "T", "minutes": 1, "completion": "read" }),
    );
    let added = test.authoring.create_lesson(&me, &op(), &at, new).await;
    assert_eq!(code(added), "course.size_limit_exceeded");
    let changed = rewrite(&test, &lesson, value!({ "content": "# Hi!" })).await;
    assert_eq!(code(changed), "course.size_limit_exceeded");
    let question = value!({ "kind": "true_false", "correct": true });
    let new = json(value!({ "title": "T", "prompt": "P", "points": 1, "question": question }));
    let added = test
        .authoring
        .create_exercise(&me, &op(), lesson.id, new)
        .await;
    assert_eq!(code(added), "course.size_limit_exceeded");
    let longer = json(value!({ "prompt": "P?" }));
    let changed = test
        .authoring
        .update_exercise(&me, &operation, exercise.id, &any, longer);
    assert_eq!(code(changed.await), "course.size_limit_exceeded");
    assert_eq!(size(&test, &course).await, MAX_COURSE_BYTES);

    let same = rewrite(&test, &lesson, value!({ "content": "# Ho" })).await;
    assert_eq!(same.unwrap().version, 2);
    rewrite(&test, &lesson, value!({ "content": "#" }))
        .await
        .unwrap();
    let longer = json(value!({ "description": "aaa" }));
    let changed = test
        .authoring
        .update_course(&me, &op(), &at, &any, longer)
        .await;
    assert_eq!(changed.unwrap().description.as_deref(), Some("aaa"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_course_count_as_the_draft_that_they_become() {
    let test = ModuleTest::new().await;
    let (course, ..) = full(&test).await;
    let at: CourseRef = course.id.into();
    let mut files = export(&test.database, &at).await.unwrap();
    assert_eq!(files.check(), []);
    let file = files.files.get_mut("course.yaml").unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    *file = text.replace("title: Go", "title: Gos").into_bytes();
    let done = test
        .files
        .import(&files, author().user_id, &op(), false, false)
        .await;
    let Err(ImportError::Files(faults)) = done else {
        panic!("{done:?}")
    };
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].message.contains("4194305 bytes"), "{faults:?}");
    assert_eq!(size(&test, &course).await, MAX_COURSE_BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_lesson_is_exported_and_imported_again() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let section = test.section(&course.id.into(), "S").await;
    let lesson = test.lesson(&section, "L").await;
    let text = "a\n\t\"ü\"\n".repeat(2000);
    for _ in 0..50 {
        let more = value!({ "prompt": text, "explanation": text });
        test.exercise(&lesson, more).await;
    }
    let at = course.id.into();
    let files = export(&test.database, &at);
    let files = files.await.unwrap();
    let largest = files.files.values().map(Vec::len).max().unwrap();
    assert!(largest > 1024 * 1024, "{largest}");
    let report = test
        .files
        .import(&files, author().user_id, &op(), false, false)
        .await
        .unwrap();
    assert!(report.unchanged(), "{report:?}");
}

#[tokio::test]
async fn a_course_is_measured_in_bytes() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let section = test.section(&course.id.into(), "S").await;
    let lesson = test.lesson(&section, "L").await;
    let exercise = test.exercise(&lesson, value!({})).await;
    let before = size(&test, &course).await;
    rewrite(&test, &lesson, value!({ "content": "# Hi\nüü𝔄" }))
        .await
        .unwrap();
    assert_eq!(size(&test, &course).await - before, 10);
    let db = test.database.read();
    let (id, at) = (course.id, CourseRef::from(course.id));
    let record = courses::find(db, &at).await.unwrap().unwrap();
    let sections = sections::list(db, id).await.unwrap();
    let lesson = lessons::find(db, lesson.id).await.unwrap().unwrap();
    let exercise = exercises::find(db, exercise.id).await.unwrap().unwrap();
    let kept = kept_bytes(&record.body)
        + kept_bytes(&sections[0].body)
        + kept_bytes(&lesson.body)
        + kept_bytes(&exercise.body);
    assert_eq!(size(&test, &course).await, u64::try_from(kept).unwrap());
    let other = test.course("Rust").await;
    assert!(size(&test, &other).await < 300);
}

#[tokio::test]
async fn a_course_has_a_bounded_number_of_exercises() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let section = test.section(&course.id.into(), "S").await;
    let first = test.lesson(&section, "L").await;
    let one = test.exercise(&first, value!({})).await;
    let db = test.database.read();
    let one = exercises::find(db, one.id).await.unwrap().unwrap();
    let txn = test.database.begin().await.unwrap();
    for number in 1..MAX_EXERCISES_OF_COURSE {
        let more = ExerciseRecord {
            id: test.env.id(),
            key: format!("e-{number}"),
            ..one.clone()
        };
        exercises::insert(&txn, &more).await.unwrap();
    }
    txn.commit().await.unwrap();
    let second = test.lesson(&section, "M").await;
    let new = json(
        value!({ "title": "E", "prompt": "P", "points": 1, "question": { "kind": "true_false", "correct": true } }),
    );
    let added = test
        .authoring
        .create_exercise(&author(), &op(), second.id, new)
        .await;
    assert_eq!(code(added), "course.item_limit_exceeded");
}

#[tokio::test]
async fn a_course_has_a_bounded_staff() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let (me, any, at) = (author(), Expected::Any, course.id.into());
    let txn = test.database.begin().await.unwrap();
    for number in 100..199 {
        let staff = StaffRecord {
            course_id: course.id,
            user_id: user(number, &[]).user_id,
            role: StaffRole::Assistant,
            accepted: true,
            since: test.env.now(),
        };
        staff::upsert(&txn, &staff).await.unwrap();
    }
    txn.commit().await.unwrap();
    let put = |number| {
        let (authoring, me, at, any) = (&test.authoring, &me, &at, &any);
        async move {
            let user = user(number, &[]).user_id;
            let role = StaffRole::CoInstructor;
            let new = PutStaff { role };
            authoring.put_staff(me, &op(), at, any, user, new).await
        }
    };
    assert_eq!(code(put(199).await), "course.item_limit_exceeded");
    assert!(put(198).await.is_ok(), "another role is no other user");
}

#[tokio::test]
async fn what_shows_no_texts_reads_none() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(value!({})).await;
    let (me, any, at) = (author(), Expected::Any, CourseRef::from(course.id));
    let txn = test.database.begin().await.unwrap();
    for table in ["lesson", "exercise", "version_content"] {
        let spoil = format!("UPDATE {table} SET body = 'never read'");
        txn.execute_unprepared(&spoil).await.unwrap();
    }
    txn.commit().await.unwrap();
    let added = test.section(&at, "T").await;
    test.lesson(&added, "M").await;
    let lines = test
        .reading
        .lessons(&me, &at, &draft(), &first())
        .await
        .unwrap();
    let titles: Vec<_> = lines.items.iter().map(|line| line.title.as_str()).collect();
    assert_eq!(titles, ["L", "M"]);
    let order = json(value!({ "sections": [
        { "section_id": added.id, "lessons": [lines.items[0].id] },
        { "section_id": lesson.section_id, "lessons": [lines.items[1].id] },
    ] }));
    test.authoring
        .reorder_lessons(&me, &op(), &at, &any, order)
        .await
        .unwrap();
    let (outline, _) = test
        .reading
        .course_outline(&me, &at, &draft())
        .await
        .unwrap();
    let found: Vec<_> = outline.sections[0].lessons.iter().collect();
    assert_eq!(found[0].exercises[0].title, "E");
    for (query, count) in [(newest(), 1), (draft(), 2)] {
        let lines = test
            .reading
            .lessons(&me, &at, &query, &first())
            .await
            .unwrap();
        assert_eq!(lines.items.len(), count);
    }
    let versions = test.publishing.list(&me, &at, &first()).await.unwrap();
    assert_eq!(versions.items[0].title, "Go");
}

#[tokio::test]
async fn a_version_differs_by_any_text_of_it() {
    let test = ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let (me, any, at) = (author(), Expected::Any, CourseRef::from(course.id));
    let again = || async {
        let new = json(value!({}));
        let done = test.publishing.publish(&me, &op(), &at, &any, new).await;
        done.map(|done| done.value.published_version)
    };
    assert_eq!(code(again().await), "course.draft_unchanged");
    rewrite(&test, &lesson, value!({ "content": "Hi" }))
        .await
        .unwrap();
    assert_eq!(again().await.unwrap(), Some(2));
    let other = json(value!({ "explanation": null }));
    test.authoring
        .update_exercise(&me, &op(), exercise.id, &any, other)
        .await
        .unwrap();
    assert_eq!(again().await.unwrap(), Some(3));
    assert_eq!(code(again().await), "course.draft_unchanged");
    let removed = test
        .authoring
        .delete_exercise(&me, &op(), exercise.id, &any)
        .await;
    removed.unwrap();
    assert_eq!(again().await.unwrap(), Some(4));
    let read = |version| json(value!({ "version": version }));
    let old = test.reading.lesson(&me, lesson.id, &read(1)).await;
    assert_eq!(old.unwrap().content.as_deref(), Some("# Hi"));
}

#[tokio::test]
async fn one_person_owns_so_many_courses_and_others_are_not_concerned() {
    let test = ModuleTest::new().await;
    let course = test.course("First").await;
    let at = CourseRef::from(course.id);
    let kept = test.authoring.find(test.database.read(), &at).await;
    let body = kept.unwrap().body;
    let (me, operation) = (author(), op());
    let txn = test.database.begin().await.unwrap();
    for number in 1..MAX_COURSES_OF_OWNER {
        let (slug, body) = (format!("course-{number}"), body.clone());
        test.authoring
            .insert_course(&txn, &operation, None, slug, body, me.user_id)
            .await
            .unwrap();
    }
    txn.commit().await.unwrap();
    let new = || json(value!({ "title": "One more", "difficulty": "beginner" }));
    let refused = test.authoring.create_course(&me, &op(), new()).await;
    assert_eq!(code(refused), "course.course_limit_exceeded");
    let copy = json(value!({}));
    let refused = test.files.clone_course(&me, &op(), &at, copy).await;
    assert_eq!(code(refused), "course.course_limit_exceeded");
    let others = test.authoring.create_course(&other(), &op(), new()).await;
    others.unwrap();
}
