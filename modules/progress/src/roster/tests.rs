//! Who sees which learners, in which order.

use chrono::Duration;
use contracts::course::Admission;
use kernel::{Caller, Fault, Page, PageRequest, Role, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::RosterFilter;
use super::view::CourseLearner;
use crate::domain::Risk;
use crate::error::Error;
use crate::tests::{ModuleTest, course, outline, user};

fn caller(role: Role) -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

impl ModuleTest {
    async fn roster(
        &self,
        role: Role,
        filter: Value,
        page_request: &PageRequest,
    ) -> Result<Page<CourseLearner>, Error> {
        let filter: RosterFilter = serde_json::from_value(filter).unwrap();
        let (caller, at) = (caller(role), course().into());
        let list = self
            .progress
            .roster
            .list(&caller, &at, &filter, page_request);
        list.await
    }

    async fn names(&self, filter: Value) -> Vec<String> {
        let first = PageRequest::first(50);
        let page = self.roster(Role::Admin, filter, &first).await.unwrap();
        let names = page.items.into_iter();
        names.map(|one| one.display_name.unwrap()).collect()
    }

    fn become_staff(&self, editor: bool) {
        *self.courses.admission.lock().unwrap() = Admission {
            staff: true,
            editor,
            invited: false,
        };
    }
}

/// Ada has completed two lessons, Bob has left, Cleo is stuck, and Dora has only enrolled, a day later each.
async fn class() -> ModuleTest {
    let test = ModuleTest::with_course().await;
    for (number, name) in ["Ada", "bob", "Cleo", "100% Döra!"].into_iter().enumerate() {
        let who = learner_number(number);
        test.register(who, name, "UTC").await;
        test.enroll(who).await;
        test.wait(Duration::days(1));
    }
    let [ada, bob, cleo] = [0, 1, 2].map(learner_number);
    test.complete(ada, 1).await.unwrap();
    test.complete(ada, 2).await.unwrap();
    test.complete(bob, 1).await.unwrap();
    let id = test.enroll(bob).await.id;
    let (any, by) = (kernel::Expected::Any, crate::tests::by(bob));
    test.progress
        .enrollment
        .leave(bob, id, &any, &by)
        .await
        .unwrap();
    test.wait(Duration::hours(1));
    for attempt in 1..=3 {
        test.grade(cleo, 1, attempt, 3, false).await;
    }
    test
}

fn learner_number(number: usize) -> UserId {
    user(0xb00 + u128::try_from(number).unwrap())
}

#[tokio::test]
async fn a_roster_is_sorted_filtered_and_searched() {
    let test = Box::pin(class()).await;
    let all = ["100% Döra!", "Ada", "bob", "Cleo"];
    assert_eq!(test.names(json!({})).await, all);
    let down = test.names(json!({ "sort": "-name" })).await;
    assert_eq!(down, ["Cleo", "bob", "Ada", "100% Döra!"]);
    let furthest = test.names(json!({ "sort": "-progress" })).await;
    assert_eq!(furthest[..2], ["Ada", "bob"]);
    let latest = test.names(json!({ "sort": "-last_activity" })).await;
    assert_eq!(latest[0], "Cleo");
    assert_eq!(
        test.names(json!({ "sort": "last_activity" })).await[0],
        "100% Döra!"
    );
    assert_eq!(test.names(json!({ "status": "left" })).await, ["bob"]);
    assert_eq!(test.names(json!({ "version": 2 })).await.len(), 0);
    assert_eq!(test.names(json!({ "name": "B" })).await, ["bob"]);
    assert_eq!(
        test.names(json!({ "name": "0% DöRA!" })).await,
        ["100% Döra!"]
    );
    assert_eq!(test.names(json!({ "name": "_" })).await.len(), 0);
    test.assert_verified().await;
}

#[tokio::test]
async fn pages_of_a_roster_go_on_where_the_last_one_ended_in_every_order() {
    let test = Box::pin(class()).await;
    for sort in [
        "name",
        "-name",
        "progress",
        "-progress",
        "last_activity",
        "-last_activity",
    ] {
        let whole = test.names(json!({ "sort": sort })).await;
        let mut walked = Vec::new();
        let mut request = PageRequest {
            count: true,
            ..PageRequest::first(1)
        };
        loop {
            let filter = json!({ "sort": sort });
            let page = test.roster(Role::Admin, filter, &request).await.unwrap();
            assert_eq!(page.total, Some(4));
            walked.extend(page.items.into_iter().map(|one| one.display_name.unwrap()));
            let Some(next) = page.next else { break };
            request.from = Some(next);
        }
        assert_eq!(walked, whole, "{sort}");
    }
}

#[tokio::test]
async fn the_filter_by_risk_is_the_rule_that_is_shown() {
    let test = Box::pin(class()).await;
    for days in [0, 1, 2, 4, 10, 30] {
        test.wait(Duration::days(days));
        let first = PageRequest::first(50);
        let all = test.roster(Role::Admin, json!({}), &first).await.unwrap();
        for (risk, word) in [
            (Risk::None, "none"),
            (Risk::Low, "low"),
            (Risk::High, "high"),
        ] {
            let shown = all.items.iter().filter(|one| one.risk == risk);
            let shown: Vec<_> = shown.map(|one| one.learner_id).collect();
            let filter = json!({ "risk": word });
            let found = test.roster(Role::Admin, filter, &first).await.unwrap();
            let found: Vec<_> = found.items.iter().map(|one| one.learner_id).collect();
            assert_eq!(found, shown, "{word}");
        }
    }
    assert_eq!(test.names(json!({ "risk": "none" })).await, ["bob"]);
    assert_eq!(test.names(json!({ "risk": "high" })).await.len(), 3);
}

#[tokio::test]
async fn a_roster_shows_scores_and_whoever_is_stuck_is_at_risk_sooner() {
    let test = Box::pin(class()).await;
    test.wait(Duration::hours(50));
    let first = PageRequest::first(50);
    let page = test.roster(Role::Admin, json!({ "name": "cleo" }), &first);
    let cleo = &page.await.unwrap().items[0];
    assert_eq!((cleo.score_percent, cleo.risk), (Some(30), Risk::Low));
    assert_eq!((cleo.done, cleo.total, cleo.percent), (0, 3, 0));
    let page = test.roster(Role::Admin, json!({ "name": "ada" }), &first);
    let ada = &page.await.unwrap().items[0];
    assert_eq!((ada.score_percent, ada.risk), (None, Risk::None));
    assert_eq!((ada.done, ada.total, ada.percent), (2, 3, 66));
}

#[tokio::test]
async fn learners_are_shown_to_those_who_may_change_the_course() {
    let test = Box::pin(class()).await;
    let first = PageRequest::first(50);
    test.become_staff(true);
    let page = test.roster(Role::Instructor, json!({}), &first).await;
    assert_eq!(page.unwrap().items.len(), 4);
    test.become_staff(false);
    let page = test.roster(Role::Instructor, json!({}), &first).await;
    assert_eq!(page.unwrap_err().code(), "progress.editor_required");
    let mut secret = outline(2);
    secret.invite_only = true;
    test.publish(secret).await;
    *test.courses.admission.lock().unwrap() = Admission::default();
    let page = test.roster(Role::Instructor, json!({}), &first).await;
    assert_eq!(page.unwrap_err().code(), "progress.course_not_found");
}

#[tokio::test]
async fn an_instructor_sees_of_a_learner_the_courses_that_they_may_change() {
    let test = Box::pin(class()).await;
    let roster = &test.progress.roster;
    let ada = learner_number(0);
    let admin = roster.find(&caller(Role::Admin), ada).await.unwrap();
    assert_eq!(admin.totals.unwrap().lessons, 2);
    assert_eq!(admin.enrollments[0].enrollment.done, 2);
    test.become_staff(true);
    let teacher = roster.find(&caller(Role::Instructor), ada).await.unwrap();
    assert_eq!((teacher.totals, teacher.enrollments.len()), (None, 1));
    test.become_staff(false);
    let other = roster.find(&caller(Role::Instructor), ada).await;
    assert_eq!(other.unwrap_err().code(), "progress.learner_not_found");
    let nobody = roster.find(&caller(Role::Admin), user(0xfff)).await;
    assert_eq!(nobody.unwrap_err().code(), "progress.learner_not_found");
}
