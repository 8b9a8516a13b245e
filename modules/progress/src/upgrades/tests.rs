//! Learners who may or have to move to the newest version.

use contracts::course::{Admission, OutlineView};
use kernel::{Caller, Fault, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::view::CourseUpgrade;
use crate::error::Error;
use crate::tests::{ModuleTest, by, course, lesson, outline, user, with_key};

const EVENT: &str = "progress.version_available.v1";

fn caller(role: Role) -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

/// The outline without its first lesson and with a new one at the end.
fn newer(version: i64) -> OutlineView {
    let mut newer = outline(version);
    let lessons = &mut newer.sections[0].lessons;
    let mut added = lessons.remove(0);
    added.id = lesson(4);
    lessons.push(added);
    newer
}

impl ModuleTest {
    async fn ask(&self, role: Role, request: Value) -> Result<CourseUpgrade, Error> {
        let request = serde_json::from_value(request).unwrap();
        let (caller, operation, at) = (caller(role), by(user(0xa02)), course().into());
        let asked = self
            .progress
            .upgrades
            .request(&caller, &at, &request, &operation);
        Ok(asked.await?.value)
    }

    fn staff(&self, editor: bool) {
        *self.courses.admission.lock().unwrap() = Admission {
            staff: true,
            editor,
            invited: false,
        };
    }

    async fn move_due(&self) -> u64 {
        self.progress.upgrades.upgrade_due().await.unwrap()
    }
}

#[tokio::test]
async fn a_required_version_moves_learners_once_keeps_their_credit_and_tells_them() {
    let test = ModuleTest::with_course().await;
    for number in 1..=120 {
        test.enroll(user(number)).await;
    }
    for number in 1..=2 {
        test.complete(user(number), 1).await.unwrap();
        test.complete(user(number), 2).await.unwrap();
        test.grade(user(number), 1, 1, 10, true).await;
    }
    let before = test.points(user(1)).await;
    test.publish(newer(2)).await;
    test.staff(true);
    let asked = test
        .ask(Role::Instructor, json!({ "mode": "require" }))
        .await;
    let asked = asked.unwrap();
    assert_eq!((asked.version, asked.learners), (2, 120));
    // Two processes at once move nobody twice.
    let (one, other) = tokio::join!(test.move_due(), test.move_due());
    assert_eq!(one + other, 120);
    assert_eq!(test.count_published("progress.upgraded.v1").await, 120);
    assert_eq!(test.count_published(EVENT).await, 120, "each is told");
    assert_eq!(test.move_due().await, 0);
    for number in 1..=120 {
        let enrollment = test.enroll(user(number)).await;
        assert_eq!(enrollment.course_version, 2);
        let (done, total) = (enrollment.done, enrollment.total);
        assert!(0 <= done && done <= total, "{done} of {total}");
    }
    let enrollment = test.enroll(user(1)).await;
    assert_eq!(
        (enrollment.done, enrollment.total),
        (1, 3),
        "of this version"
    );
    assert_eq!(test.points(user(1)).await, before, "what was earned stays");
    test.assert_verified().await;
}

#[tokio::test]
async fn learners_of_one_version_are_moved_and_others_stay() {
    let test = ModuleTest::with_course().await;
    test.enroll(user(1)).await;
    test.publish(newer(2)).await;
    test.enroll(user(2)).await;
    test.publish(newer(3)).await;
    test.staff(true);
    let request = json!({ "mode": "require", "from_version": 2 });
    let asked = test.ask(Role::Instructor, request).await.unwrap();
    assert_eq!((asked.from_version, asked.learners), (Some(2), 1));
    assert_eq!(test.move_due().await, 1);
    assert_eq!(test.enroll(user(1)).await.course_version, 1);
    assert_eq!(test.enroll(user(2)).await.course_version, 3);
    let request = json!({ "mode": "require", "from_version": 3 });
    let refused = test.ask(Role::Instructor, request).await.unwrap_err();
    assert_eq!(refused.code(), "progress.version_not_older");
    assert_eq!(refused.fields()[0].pointer, "/from_version");
    test.assert_verified().await;
}

#[tokio::test]
async fn an_offer_tells_learners_once_and_moves_nobody() {
    let test = ModuleTest::with_course().await;
    for number in 1..=3 {
        test.enroll(user(number)).await;
    }
    test.publish(newer(2)).await;
    test.staff(true);
    let announce = || test.progress.announcements.announce_due();
    assert_eq!(
        announce().await.unwrap(),
        0,
        "its authors may correct it yet"
    );
    let asked = test.ask(Role::Instructor, json!({ "mode": "offer" })).await;
    assert_eq!(asked.unwrap().learners, 3);
    assert_eq!(announce().await.unwrap(), 3);
    test.clock.advance(chrono::Duration::days(2));
    assert_eq!(announce().await.unwrap(), 0, "they were told");
    assert_eq!(test.move_due().await, 0);
    assert_eq!(test.enroll(user(1)).await.course_version, 1);
    test.enroll(user(9)).await;
    test.publish(newer(3)).await;
    test.clock.advance(chrono::Duration::days(2));
    assert_eq!(announce().await.unwrap(), 4);
    let request = json!({ "mode": "offer", "from_version": 2 });
    test.ask(Role::Instructor, request).await.unwrap();
    assert_eq!(announce().await.unwrap(), 1, "who is on version 2");
}

#[tokio::test]
async fn only_who_may_change_the_course_moves_its_learners_and_a_repeated_request_does_nothing() {
    let test = ModuleTest::with_course().await;
    test.enroll(user(1)).await;
    test.publish(newer(2)).await;
    let require = || json!({ "mode": "require" });
    let code = |result: Result<CourseUpgrade, Error>| result.unwrap_err().code().to_owned();
    let stranger = test.ask(Role::Instructor, require()).await;
    assert_eq!(code(stranger), "progress.editor_required");
    test.staff(false);
    let assistant = test.ask(Role::Instructor, require()).await;
    assert_eq!(code(assistant), "progress.editor_required");
    *test.courses.admission.lock().unwrap() = Admission::default();
    assert_eq!(test.ask(Role::Admin, require()).await.unwrap().learners, 1);
    assert_eq!(test.move_due().await, 1);
    let operation = with_key(user(0xa02), "k");
    let request = || serde_json::from_value(json!({ "mode": "offer" })).unwrap();
    let (admin, at) = (caller(Role::Admin), course().into());
    for replayed in [false, true] {
        let request = request();
        let asked = test
            .progress
            .upgrades
            .request(&admin, &at, &request, &operation);
        assert_eq!(asked.await.unwrap().replayed, replayed);
    }
    let mut closed = newer(3);
    closed.invite_only = true;
    test.publish(closed).await;
    let stranger = test.ask(Role::Instructor, require()).await;
    assert_eq!(code(stranger), "progress.course_not_found");
}
