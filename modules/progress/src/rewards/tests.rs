//! Streaks in the learner's own time zone.

use chrono::Duration;

use crate::tests::{ModuleTest, learner, renamed};

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

#[tokio::test]
async fn a_streak_is_rebuilt_from_the_log_and_the_zones() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.register(me, "Ada", "Pacific/Kiritimati").await;
    test.enroll(me).await;
    test.start(me, 1).await;
    let mut sequence = 2;
    for (zone, hours) in [
        ("Pacific/Honolulu", 20),
        ("Europe/Rome", 0),
        ("Pacific/Honolulu", 0),
        ("Asia/Tokyo", 45),
    ] {
        let moved = contracts::user::UserUpdated {
            time_zone: zone.to_owned(),
            ..renamed(me, "Ada")
        };
        test.deliver_as(&moved, sequence).await;
        sequence += 1;
        test.wait(Duration::hours(hours));
        let shown = test.progress.rewards.streak(me).await.unwrap();
        assert!(shown.days > 0, "{zone}");
        if hours > 0 {
            test.grade(me, 1, i32::try_from(sequence).unwrap(), 1, false)
                .await;
        }
        test.assert_verified().await;
    }
}
