//! Learners who may or have to move to the newest version.

use contracts::course::{Admission, OutlineView};
use database::outbox;
use kernel::{Caller, Envelope, Fault, Role};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::store::{self, UpgradeRecord};
use super::view::CourseUpgrade;
use crate::error::Error;
use crate::tests::{ModuleTest, by, course, lesson, outline, user, wanted, with_key};

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

    /// What those who were told of a version were told of it, without repetitions.
    async fn notes_told(&self) -> Vec<String> {
        let rows = outbox::Entity::find().all(self.database.read()).await;
        let envelopes = rows.unwrap().into_iter().map(|row| {
            let envelope: Envelope = serde_json::from_str(&row.envelope).unwrap();
            envelope
        });
        let told = envelopes.filter(|envelope| envelope.kind == EVENT);
        let mut notes: Vec<_> = told
            .map(|envelope| envelope.data["change_notes"].as_str().unwrap().to_owned())
            .collect();
        notes.dedup();
        notes
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
    assert_eq!(test.notes_told().await, ["new"], "what its authors say");
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
    let next = "send a lower from_version, or leave it out";
    assert!(refused.to_string().ends_with(next), "{refused}");
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
    let from = |version| json!({ "mode": "offer", "from_version": version });
    test.ask(Role::Instructor, from(2)).await.unwrap();
    assert_eq!(announce().await.unwrap(), 0, "they were told just now");
    test.ask(Role::Instructor, from(2)).await.unwrap();
    for other in [from(1), json!({ "mode": "offer" })] {
        let refused = test.ask(Role::Instructor, other).await.unwrap_err();
        assert_eq!(refused.code(), "progress.offer_pending");
    }
    test.clock.advance(chrono::Duration::days(1));
    assert_eq!(announce().await.unwrap(), 1, "who is on version 2");
    test.ask(Role::Instructor, from(1)).await.unwrap();
    test.clock.advance(chrono::Duration::days(1));
    assert_eq!(announce().await.unwrap(), 3, "who is on version 1");
}

#[tokio::test]
async fn an_offer_to_some_leaves_the_announcement_to_all_as_it_is() {
    let test = ModuleTest::with_course().await;
    test.enroll(user(1)).await;
    test.publish(newer(2)).await;
    test.enroll(user(2)).await;
    test.publish(newer(3)).await;
    test.staff(true);
    let request = json!({ "mode": "offer", "from_version": 2 });
    test.ask(Role::Instructor, request).await.unwrap();
    let announce = || test.progress.announcements.announce_due();
    assert_eq!(announce().await.unwrap(), 0, "it is no sooner for others");
    test.clock.advance(chrono::Duration::minutes(10));
    assert_eq!(announce().await.unwrap(), 2);
}

#[tokio::test]
async fn moves_from_two_versions_are_done_both() {
    let test = ModuleTest::with_course().await;
    test.enroll(user(1)).await;
    test.publish(newer(2)).await;
    test.enroll(user(2)).await;
    test.publish(newer(3)).await;
    test.staff(true);
    for from in [1, 2] {
        let request = json!({ "mode": "require", "from_version": from });
        test.ask(Role::Instructor, request).await.unwrap();
    }
    assert_eq!(test.move_due().await, 2);
    assert_eq!(test.enroll(user(1)).await.course_version, 3);
    assert_eq!(test.enroll(user(2)).await.course_version, 3);
    assert_eq!(test.move_due().await, 0);
    let left = store::due(test.database.read()).await.unwrap();
    assert_eq!(left, vec![]);
}

#[tokio::test]
async fn moves_that_cannot_go_on_hold_up_no_others() {
    let test = ModuleTest::with_course().await;
    test.enroll(user(1)).await;
    let requested_at = test.env.now();
    for number in 0..25 {
        let mut stuck = outline(1);
        stuck.course_id = Uuid::from_u128(0x5000 + number).into();
        stuck.slug = format!("stuck-{number}");
        stuck.sections[0].lessons.truncate(1);
        stuck.sections[0].lessons[0].id = lesson(1000 + number);
        let course = stuck.course_id;
        test.publish(stuck).await;
        let (me, request) = (user(2), wanted(course));
        let enrolled = test.progress.enrollment.enroll(me, &request, &by(me)).await;
        enrolled.unwrap();
        // Nobody can be moved to a version that there is not.
        let upgrade = UpgradeRecord {
            course,
            from_version: None,
            version: 9,
            requested_at,
        };
        let txn = test.database.begin().await.unwrap();
        store::upsert(&txn, &upgrade).await.unwrap();
        txn.commit().await.unwrap();
    }
    test.clock.advance(chrono::Duration::seconds(1));
    test.publish(newer(2)).await;
    test.staff(true);
    let request = json!({ "mode": "require" });
    test.ask(Role::Instructor, request).await.unwrap();
    let mut moved = 0;
    for _ in 0..3 {
        test.clock.advance(chrono::Duration::seconds(1));
        moved += test.move_due().await;
    }
    assert_eq!(moved, 1);
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
