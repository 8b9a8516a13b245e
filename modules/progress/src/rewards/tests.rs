//! Streaks in the learner's own time zone.

use chrono::Duration;

use crate::tests::{ModuleTest, learner};

#[tokio::test]
async fn a_streak_is_counted_in_the_learners_zone() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.register(me, "Ada", "Pacific/Auckland").await;
    test.enroll(me).await;
    // 10:00 in UTC is 23:00 in Auckland; two hours later it is the next day there.
    test.start(me, 1).await;
    test.wait(Duration::hours(2));
    test.start(me, 2).await;
    let streak = test.progress.rewards.streak(me).await.unwrap();
    assert_eq!(streak.days, 2);
    assert_eq!(streak.today.to_string(), "2026-11-03");
    assert_eq!(test.count_published("progress.streak_extended.v1").await, 2);
    test.wait(Duration::days(4));
    assert_eq!(test.progress.rewards.streak(me).await.unwrap().days, 0);
    test.complete(me, 1).await.unwrap();
    assert_eq!(test.count_published("progress.streak_broken.v1").await, 1);
    test.assert_verified().await;
}
