//! Achievements: administration, rules that cannot be reached, and what was learned before.

use chrono::Duration;
use kernel::{AchievementId, Expected, Fault, PageRequest, UserId};
use serde_json::{Value, json};

use super::view::{AchievementProgress, AchievementView};
use crate::error::Error;
use crate::tests::{ModuleTest, by, course, learner, outline, user, with_key};

const UNLOCKED: &str = "progress.achievement_unlocked.v1";

impl ModuleTest {
    async fn create(&self, request: Value) -> Result<AchievementView, Error> {
        let request = serde_json::from_value(request).unwrap();
        let operation = by(user(9));
        let created = self.progress.achievements.create(&operation, request);
        Ok(created.await?.value)
    }

    async fn change(&self, id: AchievementId, request: Value) -> Result<AchievementView, Error> {
        let request = serde_json::from_value(request).unwrap();
        let operation = by(user(9));
        let changed = self
            .progress
            .achievements
            .update(&operation, id, &Expected::Any, request);
        changed.await
    }

    async fn evaluate(&self) -> u64 {
        self.progress.achievements.evaluate_due().await.unwrap()
    }

    async fn towards(&self, learner: UserId, id: AchievementId) -> AchievementProgress {
        let page = self
            .progress
            .achievements
            .list_progress(learner, &PageRequest::first(100))
            .await
            .unwrap();
        let mut items = page.items.into_iter();
        items.find(|one| one.achievement.id == id).unwrap()
    }
}

fn wanted(metric: &str, threshold: i64) -> Value {
    json!({ "name": format!("{metric} {threshold}"), "description": "For a test.", "tier": "gold",
        "points": 7, "metric": metric, "threshold": threshold })
}

fn with(mut request: Value, field: &str, value: Value) -> Value {
    request[field] = value;
    request
}

/// The module after a course with the tag `go` was published.
async fn tagged() -> ModuleTest {
    let test = Box::pin(ModuleTest::new()).await;
    let mut outline = outline(1);
    outline.tags = vec!["go".to_owned()];
    Box::pin(test.publish(outline)).await;
    test
}

#[tokio::test]
async fn a_new_rule_is_given_once_to_whoever_reached_it_before() {
    let test = tagged().await;
    let (me, other) = (learner(), user(0xa11));
    for who in [me, other] {
        test.enroll(who).await;
    }
    test.complete(me, 1).await.unwrap();
    test.complete(me, 2).await.unwrap();
    let before = (test.points(me).await, test.count_published(UNLOCKED).await);
    let all = test.create(wanted("lessons", 2)).await.unwrap();
    let of_course = with(wanted("points", 20), "course_id", json!(course()));
    let of_course = test.create(of_course).await.unwrap();
    let of_tag = with(wanted("courses", 1), "tag", json!("go"));
    let of_tag = test.create(of_tag).await.unwrap();
    test.wait(Duration::hours(3));
    assert_eq!(test.evaluate().await, 2);
    assert_eq!(test.evaluate().await, 0);
    assert_eq!(test.points(me).await, before.0 + 14);
    assert_eq!(test.count_published(UNLOCKED).await, before.1 + 2);
    for id in [all.id, of_course.id] {
        assert!(test.towards(me, id).await.earned_at.is_some());
        assert!(test.towards(other, id).await.earned_at.is_none());
    }
    assert_eq!(test.towards(me, of_tag.id).await.percent, 0);
    test.assert_verified().await;
}

#[tokio::test]
async fn two_processes_and_one_that_was_killed_give_an_achievement_once() {
    let test = ModuleTest::with_course().await;
    for number in 0..5 {
        let who = user(0xb00 + number);
        test.enroll(who).await;
        test.complete(who, 1).await.unwrap();
    }
    let before = test.count_published(UNLOCKED).await;
    test.create(wanted("points", 15)).await.unwrap();
    let achievements = &test.progress.achievements;
    // The one whose future is dropped half-way is the one that was killed.
    let killed = tokio::time::timeout(std::time::Duration::from_millis(3), async {
        achievements.evaluate_due().await
    });
    let _ = killed.await;
    let both = futures_of(achievements).await;
    assert!(both <= 5);
    assert_eq!(test.evaluate().await, 0);
    assert_eq!(test.count_published(UNLOCKED).await, before + 5);
    test.assert_verified().await;
}

async fn futures_of(achievements: &super::Service) -> u64 {
    let (one, two) = tokio::join!(achievements.evaluate_due(), achievements.evaluate_due());
    one.unwrap() + two.unwrap()
}

#[tokio::test]
async fn an_easier_rule_is_given_and_a_harder_one_takes_nothing_away() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let one = test.create(wanted("lessons", 4)).await.unwrap();
    assert_eq!(test.evaluate().await, 0);
    let towards = test.towards(me, one.id).await;
    assert_eq!((towards.current, towards.percent), (1, 25));
    let easier = test
        .change(one.id, json!({ "threshold": 1 }))
        .await
        .unwrap();
    assert_eq!(easier.version, 2);
    assert_eq!(test.evaluate().await, 1);
    test.change(one.id, json!({ "threshold": 50, "points": 1000 }))
        .await
        .unwrap();
    assert_eq!(test.evaluate().await, 0);
    let towards = test.towards(me, one.id).await;
    assert_eq!((towards.current, towards.percent), (50, 100));
    assert!(towards.earned_at.is_some());
    test.assert_verified().await;
}

#[tokio::test]
async fn a_rule_about_a_tag_counts_the_courses_with_it() {
    let test = tagged().await;
    let me = learner();
    test.enroll(me).await;
    let one = with(wanted("lessons", 2), "tag", json!("go"));
    let one = test.create(one).await.unwrap();
    test.complete(me, 1).await.unwrap();
    assert_eq!(test.towards(me, one.id).await.current, 1);
    test.complete(me, 2).await.unwrap();
    assert!(test.towards(me, one.id).await.earned_at.is_some());
    test.assert_verified().await;
}

#[tokio::test]
async fn what_nobody_has_earned_is_deleted_and_the_rest_is_retired() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let achievements = &test.progress.achievements;
    let unearned = test.create(wanted("lessons", 90)).await.unwrap();
    let earned = test.create(wanted("lessons", 1)).await.unwrap();
    assert_eq!(test.evaluate().await, 1);
    for id in [unearned.id, earned.id] {
        achievements.delete(id, &Expected::Any).await.unwrap();
    }
    let gone = achievements.find(unearned.id).await.unwrap_err();
    assert_eq!(gone.code(), "progress.achievement_not_found");
    assert!(achievements.find(earned.id).await.unwrap().retired);
    assert!(test.towards(me, earned.id).await.earned_at.is_some());
    let other = user(0xa11);
    test.enroll(other).await;
    test.complete(other, 1).await.unwrap();
    let first = PageRequest::first(50);
    let mine = achievements.list_earned(other, &first).await;
    let mine = mine.unwrap().items;
    assert!(mine.iter().all(|one| one.achievement.id != earned.id));
    test.change(earned.id, json!({ "retired": false }))
        .await
        .unwrap();
    assert_eq!(test.evaluate().await, 1, "the other one has reached it too");
    test.assert_verified().await;
}

#[tokio::test]
async fn a_rule_that_nobody_can_reach_is_refused_with_what_to_do() {
    let test = ModuleTest::with_course().await;
    let of_course =
        |metric, threshold| with(wanted(metric, threshold), "course_id", json!(course()));
    for (request, pointer, text) in [
        (of_course("lessons", 4), "/threshold", "send 3 or less"),
        (of_course("exercises", 3), "/threshold", "send 2 or less"),
        (of_course("courses", 2), "/threshold", "send 1 or less"),
        (of_course("points", 151), "/threshold", "send 150 or less"),
        (of_course("streak_days", 2), "/metric", "over all courses"),
        (
            with(wanted("lessons", 1), "course_id", json!(user(4))),
            "/course_id",
            "published",
        ),
        (
            with(wanted("lessons", 1), "tag", json!("rust")),
            "/tag",
            "no published course",
        ),
        (wanted("streak_days", 40_000), "/threshold", "send 36500"),
        (
            with(of_course("lessons", 1), "tag", json!("go")),
            "/tag",
            "about one of the two",
        ),
        (
            with(wanted("lessons", 1), "name", json!(" \u{2060} ")),
            "/name",
            "can be seen",
        ),
    ] {
        let refused = test.create(request.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "progress.achievement_invalid", "{request}");
        let fault = &refused.fields()[0];
        assert_eq!(fault.pointer, pointer, "{request}");
        assert!(fault.message.contains(text), "{}", fault.message);
    }
    test.create(of_course("points", 150)).await.unwrap();
    let again = with(wanted("points", 150), "name", json!("POINTS 150"));
    let again = test.create(again).await.unwrap_err();
    assert_eq!(again.code(), "progress.achievement_name_taken");
}

#[tokio::test]
async fn of_many_that_get_one_name_at_the_same_time_one_has_it() {
    let test = ModuleTest::with_course().await;
    let other = test.create(wanted("lessons", 70)).await.unwrap();
    let alike = |threshold| with(wanted("lessons", threshold), "name", json!("The same"));
    let made = (80..86).map(|threshold| test.create(alike(threshold)));
    let (made, renamed) = tokio::join!(
        futures::future::join_all(made),
        test.change(other.id, json!({ "name": "THE SAME" })),
    );
    let all = made.into_iter().chain([renamed]);
    let (done, refused): (Vec<_>, Vec<_>) = all.partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, 6));
    for refused in refused {
        let code = refused.unwrap_err().code().to_owned();
        assert_eq!(code, "progress.achievement_name_taken");
    }
}

#[tokio::test]
async fn a_name_may_change_after_the_course_has_become_too_small_for_the_rule() {
    let test = ModuleTest::with_course().await;
    let whole = with(wanted("lessons", 3), "course_id", json!(course()));
    let whole = test.create(whole).await.unwrap();
    let mut smaller = outline(2);
    smaller.sections[0].lessons.truncate(1);
    Box::pin(test.publish(smaller)).await;
    let renamed = test.change(whole.id, json!({ "name": "Once the whole course" }));
    assert_eq!(renamed.await.unwrap().name, "Once the whole course");
    let harder = test.change(whole.id, json!({ "threshold": 4 })).await;
    assert_eq!(harder.unwrap_err().code(), "progress.achievement_invalid");
}

#[tokio::test]
async fn there_are_not_more_than_three_hundred_and_a_repeated_request_makes_one() {
    let test = ModuleTest::with_course().await;
    let achievements = &test.progress.achievements;
    let shipped = achievements
        .list(
            &super::request::AchievementFilter::default(),
            &PageRequest::first(100),
        )
        .await
        .unwrap()
        .items
        .len();
    assert!(shipped >= 25);
    let operation = with_key(user(9), "once");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = serde_json::from_value(wanted("lessons", 7)).unwrap();
        let made = achievements.create(&operation, request).await.unwrap();
        ids.push(made.value.id);
    }
    assert_eq!(ids[0], ids[1]);
    for number in 0..300 - shipped - 3 {
        let number = i64::try_from(number).unwrap() + 1000;
        test.create(wanted("lessons", number)).await.unwrap();
    }
    let last = (0..8).map(|number| test.create(wanted("lessons", 4000 + number)));
    let made = futures::future::join_all(last).await;
    let made = made.into_iter().filter(Result::is_ok).count();
    assert_eq!(made, 2, "as many as there is room for");
    let refused = test.create(wanted("lessons", 5000)).await.unwrap_err();
    assert_eq!(refused.code(), "progress.achievement_limit_exceeded");
}
