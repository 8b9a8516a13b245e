//! Drafts, staff, publishing and the catalogue.

use contracts::course::CourseApi;
use kernel::{Expected, IdempotencyKey, Operation, Role};
use serde_json::json as value;

use super::*;
use crate::command::ListCourses;
use crate::content::{StaffRole, Status};

#[tokio::test]
async fn a_draft_is_its_staffs_alone() {
    let world = world().await;
    let course = world.course("Go from Zero").await;
    assert_eq!(course.slug, "go-from-zero");
    assert_eq!(course.authors[0].display_name.as_deref(), Some("Ada"));
    let at = CourseRef::Slug(course.slug.clone());
    for stranger in [other(), learner()] {
        for query in [newest(), draft()] {
            let read = world.service.find(&stranger, &at, &query).await;
            assert_eq!(code(read), "course.not_found");
        }
    }
    let change = || json(value!({ "title": "Mine" }));
    let changed = world
        .service
        .change(&other(), &op(), &at, &Expected::Any, change())
        .await;
    assert_eq!(code(changed), "course.not_found");
    let admin = person(9, &[Role::Admin]);
    assert!(world.service.find(&admin, &at, &draft()).await.is_ok());
    assert_eq!(world.course("Go from Zero").await.slug, "go-from-zero-2");
}

#[tokio::test]
async fn a_stale_change_is_refused_and_a_taken_slug_too() {
    let world = world().await;
    let (one, two) = (world.course("One").await, world.course("Two").await);
    let at = one.id.into();
    let change = |change| json(change);
    let first = Expected::OneOf(vec![1]);
    let renamed = change(value!({ "title": "First", "category": null }));
    let changed = world
        .service
        .change(&author(), &op(), &at, &first, renamed)
        .await
        .unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.version, changed.category),
        ("First", 2, None)
    );
    let again = world
        .service
        .change(&author(), &op(), &at, &first, change(value!({})))
        .await;
    assert_eq!(code(again), "request.stale");
    let taken = change(value!({ "slug": two.slug }));
    let refused = world
        .service
        .change(&author(), &op(), &at, &Expected::Any, taken)
        .await;
    assert_eq!(code(refused), "course.slug_taken");
    let blank = change(value!({ "title": "   " }));
    let refused = world
        .service
        .change(&author(), &op(), &at, &Expected::Any, blank)
        .await;
    assert_eq!(refused.unwrap_err().fields()[0].pointer, "/title");
}

#[tokio::test]
async fn the_same_key_creates_one_course() {
    let world = world().await;
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "me".to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..op()
    };
    let new = || json(value!({ "title": "Once", "difficulty": "expert" }));
    let first = world
        .service
        .create(&author(), &operation, new())
        .await
        .unwrap();
    let second = world
        .service
        .create(&author(), &operation, new())
        .await
        .unwrap();
    assert!(second.replayed && !first.replayed);
    assert_eq!(first.value, second.value);
}

#[tokio::test]
async fn publishing_makes_a_version_that_no_edit_touches() {
    let world = world().await;
    let course = world.course("Go").await;
    let at = course.id.into();
    let publish = || async {
        let (me, any) = (author(), Expected::Any);
        world
            .service
            .publish(&me, &op(), &at, &any, String::new())
            .await
    };
    assert_eq!(code(publish().await), "course.nothing_to_publish");
    let section = world.section(&at, "S").await;
    assert_eq!(code(publish().await), "course.nothing_to_publish");
    let lesson = world.lesson(&section, "First").await;
    assert_eq!(world.service.outline(course.id).await.unwrap(), None);
    assert_eq!(publish().await.unwrap().value.published_version, Some(1));
    assert_eq!(code(publish().await), "course.unchanged");

    let change = json(value!({ "title": "Second" }));
    world
        .service
        .change_lesson(&author(), &op(), lesson.id, &Expected::Any, change)
        .await
        .unwrap();
    let read = |query| json::<crate::command::ReadLesson>(query);
    let shown = world
        .service
        .lesson(&learner(), lesson.id, &read(value!({})))
        .await
        .unwrap();
    assert_eq!(
        (shown.title.as_str(), shown.draft, shown.version),
        ("First", false, 1)
    );
    let shown = world
        .service
        .lesson(&author(), lesson.id, &read(value!({ "draft": true })))
        .await
        .unwrap();
    assert_eq!(
        (shown.title.as_str(), shown.draft, shown.version),
        ("Second", true, 2)
    );
    let refused = world
        .service
        .lesson(&learner(), lesson.id, &read(value!({ "draft": true })))
        .await;
    assert_eq!(code(refused), "course.not_staff");

    publish().await.unwrap();
    let outline = world.service.outline(course.id).await.unwrap().unwrap();
    assert_eq!(
        (
            outline.version,
            outline.sections[0].lessons[0].title.as_str()
        ),
        (2, "Second")
    );
    let old = world
        .service
        .lesson(
            &learner(),
            lesson.id,
            &read(value!({ "version": 1, "format": "html" })),
        )
        .await
        .unwrap();
    assert_eq!(old.title, "First");
    assert_eq!(old.content_html.as_deref(), Some("<h1>Hi</h1>\n"));
    let versions = world
        .service
        .versions(&learner(), &at, &first())
        .await
        .unwrap();
    let numbers: Vec<_> = versions
        .items
        .iter()
        .map(|version| version.number)
        .collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(
        world
            .service
            .version(&learner(), &at, 1)
            .await
            .unwrap()
            .outline
            .sections[0]
            .lessons[0]
            .title,
        "First"
    );
    assert_eq!(
        code(world.service.version(&learner(), &at, 3).await),
        "course.not_found"
    );
}

#[tokio::test]
async fn a_published_course_cannot_be_deleted_but_archived() {
    let world = world().await;
    let (course, lesson, _) = world.published(value!({})).await;
    let at = course.id.into();
    let remove = world
        .service
        .remove(&author(), &op(), &at, &Expected::Any)
        .await;
    assert_eq!(code(remove), "course.was_published");
    assert_eq!(
        code(
            world
                .service
                .archive(&other(), &op(), &at, &Expected::Any)
                .await
        ),
        "course.not_staff"
    );
    let archived = world
        .service
        .archive(&author(), &op(), &at, &Expected::Any)
        .await
        .unwrap();
    assert_eq!(archived.status, Status::Archived);
    assert!(
        world
            .service
            .list(None, &ListCourses::default(), &first())
            .await
            .unwrap()
            .page
            .items
            .is_empty()
    );
    assert_eq!(world.service.outline(course.id).await.unwrap(), None);
    let read = world
        .service
        .lesson(&learner(), lesson.id, &Default::default())
        .await;
    assert_eq!(read.unwrap().title, "L");
    let back = world.publish(&at).await;
    assert_eq!(
        (back.status, back.published_version),
        (Status::Published, Some(2))
    );
    let never = world.course("Never").await;
    world
        .service
        .remove(&author(), &op(), &never.id.into(), &Expected::Any)
        .await
        .unwrap();
    assert_eq!(
        code(
            world
                .service
                .find(&author(), &never.id.into(), &newest())
                .await
        ),
        "course.not_found"
    );
}

#[tokio::test]
async fn sections_and_lessons_keep_the_order_that_they_are_given() {
    let world = world().await;
    let course = world.course("Go").await;
    let at: CourseRef = course.id.into();
    let (a, b) = (world.section(&at, "A").await, world.section(&at, "B").await);
    let (one, two, three) = (
        world.lesson(&a, "Same").await,
        world.lesson(&a, "Two").await,
        world.lesson(&b, "Same").await,
    );
    let titles = || async {
        let page = world
            .service
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
    world
        .service
        .order_lessons(&author(), &op(), &at, &Expected::Any, order)
        .await
        .unwrap();
    assert_eq!(titles().await, [two.id, three.id, one.id]);
    let short = json(value!({ "sections": [{ "section_id": b.id, "lessons": [two.id, two.id] }] }));
    let refused = world
        .service
        .order_lessons(&author(), &op(), &at, &Expected::Any, short)
        .await;
    let pointers: Vec<_> = refused
        .unwrap_err()
        .fields()
        .into_iter()
        .map(|f| (f.pointer, f.code))
        .collect();
    assert_eq!(pointers.len(), 4, "{pointers:?}");
    let full = world
        .service
        .remove_section(&author(), &op(), &at, b.id, &Expected::Any)
        .await;
    assert_eq!(code(full), "course.section_not_empty");
    world
        .service
        .remove_section(&author(), &op(), &at, a.id, &Expected::Any)
        .await
        .unwrap();
    let up = world.section(&at, "C").await;
    let moved = json(value!({ "position": 1 }));
    let moved = world
        .service
        .change_section(&author(), &op(), &at, up.id, &Expected::Any, moved)
        .await
        .unwrap();
    assert_eq!(moved.position, 1);
    let sections = world
        .service
        .sections(&author(), &at, &draft(), &first())
        .await
        .unwrap();
    assert_eq!(sections.items[0].id, up.id);
}

#[tokio::test]
async fn a_question_must_keep_its_rules() {
    let world = world().await;
    let course = world.course("Go").await;
    let section = world.section(&course.id.into(), "S").await;
    let lesson = world.lesson(&section, "L").await;
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
            "/question/pairs",
        ),
    ] {
        let new = json(value!({ "title": "E", "prompt": "P", "points": 1, "question": question }));
        let refused = world
            .service
            .add_exercise(&author(), &op(), lesson.id, new)
            .await;
        assert_eq!(refused.unwrap_err().fields()[0].pointer, pointer);
    }
}

#[tokio::test]
async fn staff_may_do_what_their_role_says() {
    let world = world().await;
    let course = world.course("Go").await;
    let at = course.id.into();
    let put = |who: Caller, role| {
        let (service, at) = (world.service.clone(), CourseRef::from(course.id));
        async move {
            service
                .put_staff(&author(), &op(), &at, &Expected::Any, who.user_id, role)
                .await
        }
    };
    let student = put(learner(), StaffRole::Assistant).await;
    assert_eq!(code(student), "course.person_teaches_not");
    put(other(), StaffRole::Assistant).await.unwrap();
    assert!(world.service.find(&other(), &at, &draft()).await.is_ok());
    let change = || json(value!({ "summary": "s" }));
    let refused = world
        .service
        .change(&other(), &op(), &at, &Expected::Any, change())
        .await;
    assert_eq!(code(refused), "course.not_staff");
    put(other(), StaffRole::CoInstructor).await.unwrap();
    assert!(
        world
            .service
            .change(&other(), &op(), &at, &Expected::Any, change())
            .await
            .is_ok()
    );
    let refused = world
        .service
        .remove(&other(), &op(), &at, &Expected::Any)
        .await;
    assert_eq!(code(refused), "course.not_owner");
    assert_eq!(
        code(put(author(), StaffRole::Assistant).await),
        "course.last_owner"
    );
    assert_eq!(
        code(put(shut_out(), StaffRole::Assistant).await),
        "course.person_inactive"
    );
    let (page, _) = world.service.staff(&author(), &at, &first()).await.unwrap();
    assert_eq!(page.items.len(), 2);
    world
        .service
        .remove_staff(&author(), &op(), &at, &Expected::Any, other().user_id)
        .await
        .unwrap();
    assert_eq!(
        code(world.service.find(&other(), &at, &draft()).await),
        "course.not_found"
    );
}

#[tokio::test]
async fn the_catalogue_finds_filters_sorts_and_walks() {
    let world = world().await;
    for title in ["Beta 100%", "alpha_x", "Gamma"] {
        let course = world.course(title).await;
        let section = world.section(&course.id.into(), "S").await;
        world.lesson(&section, &format!("Lesson of {title}")).await;
        world.publish(&course.id.into()).await;
    }
    let hidden = world.course("Hidden").await;
    let at = hidden.id.into();
    let change = json(value!({ "visibility": "unlisted" }));
    world
        .service
        .change(&author(), &op(), &at, &Expected::Any, change)
        .await
        .unwrap();
    let section = world.section(&at, "S").await;
    world.lesson(&section, "L").await;
    world.publish(&at).await;
    world.course("Draft").await;

    let titles = |query: serde_json::Value| {
        let service = world.service.clone();
        async move {
            let query: ListCourses = json(query);
            let page = service.list(None, &query, &first()).await.unwrap().page;
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
    assert_eq!(titles(value!({ "q": "a_x" })).await, ["alpha_x"]);
    assert_eq!(titles(value!({ "tag": "rust" })).await, [""; 0]);
    assert_eq!(
        titles(value!({ "tag": "go", "difficulty": "beginner", "category": "Code" }))
            .await
            .len(),
        3
    );
    let tags = world.service.tags(&first()).await.unwrap();
    assert_eq!(
        (tags.items[0].name.as_str(), tags.items[0].courses),
        ("go", 3)
    );
    let categories = world.service.categories(&first()).await.unwrap();
    assert_eq!(
        (
            categories.items[0].name.as_str(),
            categories.items[0].courses
        ),
        ("Code", 3)
    );

    let mine: ListCourses = json(value!({ "mine": true, "sort": "title", "tag": "go" }));
    assert_eq!(
        code(world.service.list(None, &mine, &first()).await),
        "auth.token_missing"
    );
    let own = world
        .service
        .list(Some(&author()), &mine, &first())
        .await
        .unwrap();
    assert_eq!(own.page.items.len(), 5);
    assert!(!own.public);
    let mut slice = Slice {
        limit: 2,
        count: true,
        ..first()
    };
    let mut seen = Vec::new();
    loop {
        let page = world
            .service
            .list(Some(&author()), &mine, &slice)
            .await
            .unwrap()
            .page;
        assert_eq!(page.total, Some(5));
        seen.extend(page.items.into_iter().map(|course| course.title));
        match page.next {
            Some(next) => slice.from = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["alpha_x", "Beta 100%", "Draft", "Gamma", "Hidden"]);
    let found = world
        .service
        .find(&learner(), &CourseRef::Slug(hidden.slug), &newest())
        .await;
    assert_eq!(found.unwrap().title, "Hidden");
}
