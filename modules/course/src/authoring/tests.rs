//! Drafts, their order and their staff.

mod attributes;
mod batch;
mod prerequisites;
mod size;

use contracts::course_ref::CourseRef;
use kernel::{Caller, Expected, Fault, IdempotencyKey, Operation, Role};
use serde_json::json as value;

use super::request::PutStaff;
use crate::domain::StaffRole;
use crate::tests::*;

#[tokio::test]
async fn a_draft_is_its_staffs_alone() {
    let test = ModuleTest::new().await;
    let course = test.course("Go from Zero").await;
    assert_eq!(course.slug, "go-from-zero");
    assert_eq!(course.authors[0].display_name.as_deref(), Some("Ada"));
    let at = CourseRef::Slug(course.slug.clone());
    for stranger in [other(), learner()] {
        for query in [newest(), draft()] {
            let read = test.reading.course(&stranger, &at, &text_of(query)).await;
            assert_eq!(code(read), "course.not_found");
        }
    }
    let change = || json(value!({ "title": "Mine" }));
    let changed = test
        .authoring
        .update_course(&other(), &op(), &at, &Expected::Any, change())
        .await;
    assert_eq!(code(changed), "course.not_found");
    let admin = user(9, &[Role::Admin]);
    assert!(
        test.reading
            .course(&admin, &at, &text_of(draft()))
            .await
            .is_ok()
    );
    assert_eq!(test.course("Go from Zero").await.slug, "go-from-zero-2");
}

#[tokio::test]
async fn a_stale_change_is_refused_and_a_taken_slug_too() {
    let test = ModuleTest::new().await;
    let (one, two) = (test.course("One").await, test.course("Two").await);
    let at = one.id.into();
    let change = |change| json(change);
    let first = Expected::OneOf(vec![1]);
    let renamed = change(value!({ "title": "First", "category": null }));
    let changed = test
        .authoring
        .update_course(&author(), &op(), &at, &first, renamed)
        .await
        .unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.version, changed.category),
        ("First", 2, None)
    );
    let again = test
        .authoring
        .update_course(&author(), &op(), &at, &first, change(value!({})))
        .await;
    assert_eq!(code(again), "request.version_conflict");
    let taken = change(value!({ "slug": two.slug }));
    let refused = test
        .authoring
        .update_course(&author(), &op(), &at, &Expected::Any, taken)
        .await;
    assert_eq!(code(refused), "course.slug_taken");
    let blank = change(value!({ "title": "   " }));
    let refused = test
        .authoring
        .update_course(&author(), &op(), &at, &Expected::Any, blank)
        .await;
    assert_eq!(refused.unwrap_err().fields()[0].pointer, "/title");
}

#[tokio::test]
async fn the_same_key_creates_one_course() {
    let test = ModuleTest::new().await;
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "me".to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..op()
    };
    let new = || json(value!({ "title": "Once", "difficulty": "expert" }));
    let first = test
        .authoring
        .create_course(&author(), &operation, new())
        .await
        .unwrap();
    let second = test
        .authoring
        .create_course(&author(), &operation, new())
        .await
        .unwrap();
    assert!(second.replayed && !first.replayed);
    assert_eq!(first.value, second.value);
}

#[tokio::test]
async fn a_slug_that_nobody_asked_for_never_fails() {
    let test = ModuleTest::new().await;
    let new = |title: &str| json(value!({ "title": title, "difficulty": "beginner" }));
    let courses = (0..12).map(|_| {
        let (authoring, new) = (test.authoring.clone(), new("日本語"));
        tokio::spawn(async move {
            let created = authoring.create_course(&author(), &op(), new).await;
            created.map(|created| created.value.slug)
        })
    });
    let mut slugs = std::collections::HashSet::new();
    for created in courses.collect::<Vec<_>>() {
        let slug = created.await.unwrap().unwrap();
        assert!(slug.starts_with("ri-ben-yu"), "{slug}");
        assert!(slugs.insert(slug));
    }
    assert_eq!(slugs.len(), 12);
    for _ in 0..5 {
        let long = new(&"long ".repeat(40));
        let created = test.authoring.create_course(&author(), &op(), long).await;
        let slug = created.unwrap().value.slug;
        let named = CourseRef::parse(&slug);
        assert_eq!(named, Some(CourseRef::Slug(slug)));
    }
    let id = "01940000-0000-7000-8000-000000000001";
    let refused = json(value!({ "title": "A", "difficulty": "beginner", "slug": id }));
    let refused = test
        .authoring
        .create_course(&author(), &op(), refused)
        .await;
    assert_eq!(code(refused), "course.invalid");
}

#[tokio::test]
async fn the_version_of_a_course_changes_with_anything_inside_it() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let mut seen = vec![course.version];
    let mut changed = async |what: &str| {
        let now = test
            .reading
            .course(&author(), &at, &text_of(draft()))
            .await
            .unwrap();
        assert!(now.version > seen[seen.len() - 1], "{what}");
        seen.push(now.version);
    };
    let section = test.section(&at, "S").await;
    changed("a section").await;
    let lesson = test.lesson(&section, "L").await;
    changed("a lesson").await;
    let exercise = test.exercise(&lesson, value!({})).await;
    changed("an exercise").await;
    let (me, operation, any) = (author(), op(), Expected::Any);
    let authoring = &test.authoring;
    let change = json(value!({ "title": "M" }));
    let done = authoring.update_lesson(&me, &operation, lesson.id, &any, change);
    done.await.unwrap();
    changed("a changed lesson").await;
    let change = json(value!({ "title": "F" }));
    let done = authoring.update_exercise(&me, &operation, exercise.id, &any, change);
    done.await.unwrap();
    changed("a changed exercise").await;
    let done = authoring.delete_exercise(&me, &operation, exercise.id, &any);
    done.await.unwrap();
    changed("a deleted exercise").await;
    let done = authoring.delete_lesson(&me, &operation, lesson.id, &any);
    done.await.unwrap();
    changed("a deleted lesson").await;
    let done = authoring.delete_section(&me, &operation, &at, section.id, &any);
    done.await.unwrap();
    changed("a deleted section").await;
}

#[tokio::test]
async fn sections_and_lessons_keep_the_order_that_they_are_given() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let (a, b) = (test.section(&at, "A").await, test.section(&at, "B").await);
    let (one, two, three) = (
        test.lesson(&a, "Same").await,
        test.lesson(&a, "Two").await,
        test.lesson(&b, "Same").await,
    );
    let titles = || async {
        let page = test
            .reading
            .lessons(&author(), &at, &draft(), &first())
            .await
            .unwrap();
        page.items
            .into_iter()
            .map(|lesson| lesson.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(titles().await, [one.id, two.id, three.id]);
    let order = json(value!({ "sections": [
        { "section_id": b.id, "lessons": [two.id, three.id, one.id] },
        { "section_id": a.id, "lessons": [] },
    ] }));
    test.authoring
        .reorder_lessons(&author(), &op(), &at, &Expected::Any, order)
        .await
        .unwrap();
    assert_eq!(titles().await, [two.id, three.id, one.id]);
    let short = json(value!({ "sections": [{ "section_id": b.id, "lessons": [two.id, two.id] }] }));
    let refused = test
        .authoring
        .reorder_lessons(&author(), &op(), &at, &Expected::Any, short)
        .await;
    let pointers: Vec<_> = refused
        .unwrap_err()
        .fields()
        .into_iter()
        .map(|f| (f.pointer, f.code))
        .collect();
    assert_eq!(pointers.len(), 4, "{pointers:?}");
    let full = test
        .authoring
        .delete_section(&author(), &op(), &at, b.id, &Expected::Any)
        .await;
    assert_eq!(code(full), "course.section_not_empty");
    test.authoring
        .delete_section(&author(), &op(), &at, a.id, &Expected::Any)
        .await
        .unwrap();
    let up = test.section(&at, "C").await;
    let moved = json(value!({ "position": 1 }));
    let moved = test
        .authoring
        .update_section(&author(), &op(), &at, up.id, &Expected::Any, moved)
        .await
        .unwrap();
    assert_eq!(moved.position, 1);
    let sections = test
        .reading
        .sections(&author(), &at, &draft(), &first())
        .await
        .unwrap();
    assert_eq!(sections.items[0].id, up.id);
}

#[tokio::test]
async fn lessons_of_one_name_exchange_their_sections() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let mut made = Vec::new();
    for title in ["One", "Two", "Three"] {
        let section = test.section(&at, title).await;
        let lesson = test.lesson(&section, "Introduction").await;
        made.push((section.id, lesson.id));
    }
    for turn in [[1, 2, 0], [1, 0, 2], [2, 1, 0]] {
        let sections = made.iter().zip(turn).map(
            |((section, _), lesson)| value!({ "section_id": section, "lessons": [made[lesson].1] }),
        );
        let order = json(value!({ "sections": sections.collect::<Vec<_>>() }));
        let (me, operation, any) = (author(), op(), Expected::Any);
        let ordered = test
            .authoring
            .reorder_lessons(&me, &operation, &at, &any, order);
        ordered.await.unwrap();
        let lessons = test.reading.lessons(&me, &at, &draft(), &first()).await;
        let lessons: Vec<_> = lessons.unwrap().items.iter().map(|one| one.id).collect();
        assert_eq!(lessons, turn.map(|lesson| made[lesson].1));
    }
}

#[tokio::test]
async fn an_exercise_is_put_where_it_shall_stand_and_moves_to_another_lesson() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let section = test.section(&at, "S").await;
    let (one, two) = (
        test.lesson(&section, "One").await,
        test.lesson(&section, "Two").await,
    );
    let named = |title: &str| value!({ "title": title });
    let a = test.exercise(&one, named("A")).await;
    let b = test
        .exercise(&one, value!({ "title": "B", "position": 1 }))
        .await;
    let other = test.exercise(&two, named("A")).await;
    let (me, operation, any) = (author(), op(), Expected::Any);
    let titles = async |lesson: kernel::LessonId| {
        let (edition, page) = (text_of(draft()), first());
        let listed = test.reading.exercises(&me, lesson, &edition, &page).await;
        let listed = listed.unwrap().items.into_iter();
        let ids = listed.map(|one| match one {
            crate::reading::ExerciseView::Staff(one) => one.id,
            crate::reading::ExerciseView::Learner(one) => one.id,
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(titles(one.id).await, [b.id, a.id]);
    let change = json(value!({ "lesson_id": two.id }));
    let moved = test
        .authoring
        .update_exercise(&me, &operation, a.id, &any, change);
    let moved = moved.await.unwrap();
    assert_eq!((moved.lesson_id, moved.key.as_str()), (two.id, "a-2"));
    assert_eq!(titles(one.id).await, [b.id]);
    assert_eq!(titles(two.id).await, [other.id, a.id]);
    let elsewhere = test.published(value!({})).await.1;
    let change = json(value!({ "lesson_id": elsewhere.id }));
    let refused = test
        .authoring
        .update_exercise(&me, &operation, a.id, &any, change);
    assert_eq!(refused.await.unwrap_err().fields()[0].pointer, "/lesson_id");
}

#[tokio::test]
async fn a_question_must_keep_its_rules() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let section = test.section(&course.id.into(), "S").await;
    let lesson = test.lesson(&section, "L").await;
    for (question, pointer) in [
        (
            value!({ "kind": "single_choice", "options": [{ "text": "a" }, { "text": "b" }] }),
            "/question/options",
        ),
        (
            value!({ "kind": "multiple_choice", "options": [{ "text": "a", "correct": true }, { "text": "a" }] }),
            "/question/options/1/text",
        ),
        (
            value!({ "kind": "ordering", "items": ["a", "b", "a"] }),
            "/question/items/2",
        ),
        (
            value!({ "kind": "matching", "pairs": [{ "left": "a", "right": "x" }, { "left": "b", "right": "x" }] }),
            "/question/pairs/1/right",
        ),
    ] {
        let new = json(value!({ "title": "E", "prompt": "P", "points": 1, "question": question }));
        let refused = test
            .authoring
            .create_exercise(&author(), &op(), lesson.id, new)
            .await;
        assert_eq!(refused.unwrap_err().fields()[0].pointer, pointer);
    }
}

#[tokio::test]
async fn staff_may_do_what_their_role_says() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let put = |who: Caller, role| {
        let (authoring, at) = (test.authoring.clone(), CourseRef::from(course.id));
        async move {
            let new = PutStaff { role };
            authoring
                .put_staff(&author(), &op(), &at, &Expected::Any, who.user_id, new)
                .await
        }
    };
    let student = put(learner(), StaffRole::Assistant).await;
    assert_eq!(code(student), "course.user_not_instructor");
    put(other(), StaffRole::Assistant).await.unwrap();
    assert!(
        test.reading
            .course(&other(), &at, &text_of(draft()))
            .await
            .is_ok()
    );
    let change = || json(value!({ "summary": "s" }));
    let refused = test
        .authoring
        .update_course(&other(), &op(), &at, &Expected::Any, change())
        .await;
    assert_eq!(code(refused), "course.staff_required");
    put(other(), StaffRole::CoInstructor).await.unwrap();
    assert!(
        test.authoring
            .update_course(&other(), &op(), &at, &Expected::Any, change())
            .await
            .is_ok()
    );
    let refused = test
        .authoring
        .delete_course(&other(), &op(), &at, &Expected::Any)
        .await;
    assert_eq!(code(refused), "course.owner_required");
    assert_eq!(
        code(put(author(), StaffRole::Assistant).await),
        "course.last_owner"
    );
    assert_eq!(
        code(put(shut_out(), StaffRole::Assistant).await),
        "course.user_inactive"
    );
    let page = test
        .authoring
        .list_staff(&author(), &at, &first())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    test.authoring
        .delete_staff(&author(), &op(), &at, &Expected::Any, other().user_id)
        .await
        .unwrap();
    assert_eq!(
        code(test.reading.course(&other(), &at, &text_of(draft())).await),
        "course.not_found"
    );
}

/// Otherwise anybody who teaches could give somebody else more courses than one person may have, or put their name on
/// what they never saw.
#[tokio::test]
async fn nobody_answers_for_a_course_before_they_have_accepted_it() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let put = async |by: Caller, who: Caller, role| {
        let (operation, new) = (op(), PutStaff { role });
        let put = test
            .authoring
            .put_staff(&by, &operation, &at, &Expected::Any, who.user_id, new);
        put.await.map(|(member, _)| member.accepted)
    };
    let leave = async |who: Caller| {
        let operation = op();
        let left = test
            .authoring
            .delete_staff(&who, &operation, &at, &Expected::Any, who.user_id);
        left.await
    };
    let authors = async || {
        let (me, query) = (author(), text_of(draft()));
        let read = test.reading.course(&me, &at, &query);
        let authors = read.await.unwrap().authors.into_iter();
        authors.map(|one| one.id).collect::<Vec<_>>()
    };
    let owned = async |who: Caller| {
        let owned = super::store::staff::count_owned(test.database.read(), who.user_id);
        owned.await.unwrap()
    };
    assert!(!put(author(), other(), StaffRole::Owner).await.unwrap());
    assert_eq!(owned(other()).await, 0);
    assert_eq!(authors().await, [author().user_id]);
    assert_eq!(code(leave(author()).await), "course.last_owner");
    let demoted = put(author(), author(), StaffRole::Assistant).await;
    assert_eq!(code(demoted), "course.last_owner");
    // Whoever was made an owner leaves at any time.
    leave(other()).await.unwrap();
    assert!(
        !put(author(), other(), StaffRole::CoInstructor)
            .await
            .unwrap()
    );
    assert!(
        put(other(), other(), StaffRole::CoInstructor)
            .await
            .unwrap()
    );
    assert_eq!(authors().await, [author().user_id, other().user_id]);
    let raised = put(other(), other(), StaffRole::Owner).await;
    assert_eq!(code(raised), "course.owner_required");
    // What they have accepted is less than what an owner answers for.
    assert!(!put(author(), other(), StaffRole::Owner).await.unwrap());
    assert!(put(other(), other(), StaffRole::Owner).await.unwrap());
    assert_eq!(owned(other()).await, 1);
    leave(author()).await.unwrap();
    assert_eq!(code(leave(other()).await), "course.last_owner");
}
