//! Which courses have to be completed before a course.

use contracts::course::CourseApi;
use contracts::course_ref::CourseRef;
use kernel::{CourseId, Expected, Fault, IdempotencyKey, Operation};
use serde_json::{Value, json as value};

use crate::authoring::CourseDetail;
use crate::error::Error;
use crate::tests::*;

impl ModuleTest {
    /// A published course with one lesson.
    pub(crate) async fn taught(&self, title: &str) -> CourseDetail {
        let course = self.course(title).await;
        let at = course.id.into();
        let section = self.section(&at, "S").await;
        self.lesson(&section, "L").await;
        self.publish(&at).await
    }

    async fn require(&self, course: &CourseDetail, named: Value) -> Result<CourseDetail, Error> {
        let change = json(value!({ "prerequisites": named }));
        let (me, operation, any, at) = (author(), op(), Expected::Any, course.id.into());
        let change = self
            .authoring
            .update_course(&me, &operation, &at, &any, change);
        change.await
    }

    async fn close(&self, course: &CourseDetail) {
        let change = json(value!({ "visibility": "invite" }));
        let (me, operation, any, at) = (author(), op(), Expected::Any, course.id.into());
        let changed = self
            .authoring
            .update_course(&me, &operation, &at, &any, change);
        changed.await.unwrap();
        self.publish(&at).await;
    }

    async fn archive(&self, course: &CourseDetail) {
        let (me, operation, any, at) = (author(), op(), Expected::Any, course.id.into());
        let archived = self.publishing.archive(&me, &operation, &at, &any);
        archived.await.unwrap();
    }
}

fn ids(course: &CourseDetail) -> Vec<CourseId> {
    let required = course.prerequisites.iter();
    required.map(|course| course.course_id).collect()
}

#[tokio::test]
async fn a_course_names_what_it_requires_and_a_version_keeps_it() {
    let test = &ModuleTest::new().await;
    let (basics, loops) = (test.taught("Basics").await, test.taught("Loops").await);
    let course = test.taught("Generics").await;
    let at: CourseRef = course.id.into();
    let changed = test.require(&course, value!([basics.slug, loops.id])).await;
    let changed = changed.unwrap();
    assert_eq!(ids(&changed), [basics.id, loops.id]);
    assert_eq!(
        (
            changed.prerequisites[0].slug.as_str(),
            changed.prerequisites[1].title.as_str()
        ),
        ("basics", "Loops")
    );
    let student = learner();
    let shown = |query| test.reading.course(&student, &at, query);
    let newest = text_of(newest());
    assert_eq!(
        ids(&shown(&newest).await.unwrap()),
        [],
        "it is not published"
    );
    test.publish(&at).await;
    test.require(&course, value!([])).await.unwrap();
    assert_eq!(ids(&shown(&newest).await.unwrap()), [basics.id, loops.id]);
    let version = test.publishing.find(&learner(), &at, 2).await.unwrap();
    assert_eq!(version.prerequisites.len(), 2);
    let outline = test.reading.outline(course.id).await.unwrap().unwrap();
    let told: Vec<_> = outline
        .prerequisites
        .iter()
        .map(|one| one.title.as_str())
        .collect();
    assert_eq!(told, ["Basics", "Loops"]);

    let files = crate::files::export(&test.database, &at).await.unwrap();
    assert!(!String::from_utf8_lossy(&files.files["course.yaml"]).contains("prerequisites"));
    test.require(&course, value!([loops.slug])).await.unwrap();
    let files = crate::files::export(&test.database, &at).await.unwrap();
    let text = String::from_utf8_lossy(&files.files["course.yaml"]).into_owned();
    assert!(
        text.contains("prerequisites:\n- loops\n") || text.contains("- loops\n"),
        "{text}"
    );
    let (me, operation) = (author(), op());
    let again = test
        .files
        .import(&files, me.user_id, &operation, false, false);
    assert!(again.await.unwrap().unchanged());
    let copy = json(value!({ "title": "Copy" }));
    let copy = test.files.clone_course(&me, &operation, &at, copy).await;
    assert_eq!(ids(&copy.unwrap().value), [loops.id]);
}

#[tokio::test]
async fn only_published_courses_that_one_may_see_can_be_required_and_each_fault_has_its_place() {
    let test = &ModuleTest::new().await;
    let (course, basics) = (test.taught("Course").await, test.taught("Basics").await);
    let (draft, old) = (test.course("Draft").await, test.taught("Old").await);
    let (me, operation, any) = (author(), op(), Expected::Any);
    let at = old.id.into();
    let archived = test.publishing.archive(&me, &operation, &at, &any);
    archived.await.unwrap();
    let named = value!([
        basics.slug,
        "no-such-course",
        draft.slug,
        course.slug,
        basics.id,
        old.slug
    ]);
    let refused = test.require(&course, named).await.unwrap_err();
    assert_eq!(refused.code(), "course.invalid");
    let faults: Vec<_> = refused
        .fields()
        .iter()
        .map(|fault| (fault.pointer.clone(), fault.code.clone()))
        .collect();
    let expected = [
        ("/prerequisites/1", "course_not_found"),
        ("/prerequisites/2", "course_not_found"),
        ("/prerequisites/3", "own_course"),
        ("/prerequisites/4", "duplicate"),
        ("/prerequisites/5", "course_archived"),
    ];
    assert_eq!(
        faults,
        expected.map(|(at, code)| (at.to_owned(), code.to_owned()))
    );
    let many: Vec<_> = (0..21).map(|number| format!("course-{number}")).collect();
    let new = value!({ "title": "T", "difficulty": "beginner", "prerequisites": many });
    let faults = rest::schema_faults::<crate::authoring::CreateCourse>(&new);
    assert_eq!(faults[0].pointer, "/prerequisites");
    let new =
        json(value!({ "title": "T", "difficulty": "beginner", "prerequisites": ["no-such"] }));
    let refused = test.authoring.create_course(&me, &operation, new).await;
    assert_eq!(refused.unwrap_err().fields()[0].pointer, "/prerequisites/0");
}

#[tokio::test]
async fn a_course_by_invitation_is_named_by_another_one_alone() {
    let test = &ModuleTest::new().await;
    let (course, closed) = (test.taught("Course").await, test.taught("Secret").await);
    let at: CourseRef = course.id.into();
    let required = value!([closed.id]);
    test.require(&course, required.clone()).await.unwrap();
    test.publish(&at).await;
    test.close(&closed).await;
    let (student, query) = (learner(), text_of(newest()));
    let shown = async || test.reading.course(&student, &at, &query).await.unwrap();
    assert_eq!(ids(&shown().await), []);
    let version = test.publishing.find(&student, &at, 2).await.unwrap();
    assert_eq!(version.prerequisites.len(), 0);
    let kept = test.require(&course, required.clone()).await.unwrap();
    assert_eq!(ids(&kept), [closed.id], "its staff sees it");

    let another = test.taught("Another").await;
    let refused = test.require(&another, required.clone()).await.unwrap_err();
    let fault = &refused.fields()[0];
    assert_eq!(
        (fault.pointer.as_str(), fault.code.as_ref()),
        ("/prerequisites/0", "course_invite_only")
    );
    test.close(&another).await;
    let taken = test.require(&another, required).await.unwrap();
    assert_eq!(ids(&taken), [closed.id]);
    test.close(&course).await;
    test.enroll(course.id, 3).await;
    assert_eq!(ids(&shown().await), [closed.id]);
}

#[tokio::test]
async fn a_copy_keeps_prerequisites_whatever_became_of_them() {
    let test = &ModuleTest::new().await;
    let (old, closed) = (test.taught("Old").await, test.taught("Closed").await);
    let course = test.taught("Course").await;
    let at: CourseRef = course.id.into();
    let required = value!([old.id, closed.id]);
    test.require(&course, required.clone()).await.unwrap();
    test.publish(&at).await;
    test.archive(&old).await;
    test.close(&closed).await;
    let (me, operation, any) = (author(), op(), Expected::Any);
    let copy = json(value!({ "title": "Copy" }));
    let copy = test.files.clone_course(&me, &operation, &at, copy).await;
    assert_eq!(ids(&copy.unwrap().value), [old.id, closed.id]);
    test.require(&course, value!([])).await.unwrap();
    let refused = test.require(&course, required).await.unwrap_err();
    assert_eq!(refused.fields().len(), 2, "it requires them no more");
    let restored = test
        .files
        .restore_version(&me, &operation, &at, 2, &any)
        .await;
    assert_eq!(ids(&restored.unwrap()), [old.id, closed.id]);
}

#[tokio::test]
async fn a_course_that_was_created_is_answered_again_whatever_became_of_its_prerequisites() {
    let test = &ModuleTest::new().await;
    let basics = test.taught("Basics").await;
    let me = author();
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "author POST /courses".to_owned(),
            key: "k".to_owned(),
            fingerprint: String::new(),
        }),
        ..op()
    };
    let create = async || {
        let new = json(value!({
            "title": "Next", "difficulty": "beginner", "prerequisites": [basics.id]
        }));
        let created = test.authoring.create_course(&me, &operation, new).await;
        created.unwrap()
    };
    let first = create().await;
    test.archive(&basics).await;
    let again = create().await;
    assert!(again.replayed);
    assert_eq!(again.value.id, first.value.id);
}

#[tokio::test]
async fn no_course_requires_itself_by_way_of_others_whatever_is_published() {
    let test = &ModuleTest::new().await;
    let a = test.taught("Course A").await;
    let b = test.taught("Course B").await;
    let c = test.taught("Course C").await;
    test.require(&a, value!([b.id])).await.unwrap();
    test.require(&b, value!([c.id])).await.unwrap();
    let refused = test.require(&c, value!([a.id])).await.unwrap_err();
    assert_eq!(refused.code(), "course.prerequisite_cycle");
    let way = "course-c → course-a → … → course-c";
    assert!(refused.to_string().contains(way), "{refused}");
    let refused = test.require(&b, value!([a.id])).await.unwrap_err();
    let way = "course-b → course-a → course-b";
    assert!(refused.to_string().contains(way), "{refused}");
    assert_eq!(refused.fields()[0].pointer, "/prerequisites");
    // What the newest version of b requires counts until another one is published.
    test.publish(&b.id.into()).await;
    test.require(&b, value!([])).await.unwrap();
    let refused = test.require(&c, value!([a.id])).await;
    assert_eq!(code(refused), "course.prerequisite_cycle");
    test.publish(&b.id.into()).await;
    test.require(&c, value!([a.id])).await.unwrap();
    let (me, operation, any, at) = (author(), op(), Expected::Any, b.id.into());
    let restored = test
        .files
        .restore_version(&me, &operation, &at, 2, &any)
        .await;
    assert_eq!(code(restored), "course.prerequisite_cycle");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_that_would_close_a_circle_one_is_refused() {
    let test = ModuleTest::new().await;
    for round in 0..5 {
        let a = test.taught(&format!("A {round}")).await;
        let b = test.taught(&format!("B {round}")).await;
        let change = |course: &CourseDetail, other: &CourseDetail| {
            let (service, at) = (test.authoring.clone(), course.id.into());
            let change = json(value!({ "prerequisites": [other.id] }));
            tokio::spawn(async move {
                let (me, operation, any) = (author(), op(), Expected::Any);
                service
                    .update_course(&me, &operation, &at, &any, change)
                    .await
            })
        };
        let (one, other) = (change(&a, &b), change(&b, &a));
        let both = [one.await.unwrap(), other.await.unwrap()];
        let refused: Vec<_> = both.into_iter().filter_map(Result::err).collect();
        let codes: Vec<_> = refused.iter().map(Fault::code).collect();
        assert_eq!(codes, ["course.prerequisite_cycle"]);
    }
}
