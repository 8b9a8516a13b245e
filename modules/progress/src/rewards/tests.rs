//! Streaks in the learner's own time zone.

use chrono::Duration;
use kernel::Fault;

use crate::tests::{ModuleTest, by, learner, renamed};

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

#[tokio::test]
async fn a_vacation_that_was_announced_keeps_the_streak_and_is_folded_from_the_log() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.register(me, "Ada", "Pacific/Auckland").await;
    test.enroll(me).await;
    test.start(me, 1).await;
    let today = test.env.now().date_naive();
    let day = |after: u64| today.checked_add_days(chrono::Days::new(after)).unwrap();
    let announce = async |from, to| {
        let request = super::request::CreateVacation { from, to };
        let rewards = &test.progress.rewards;
        rewards.announce(me, &request, &by(me)).await
    };
    let late = announce(day(0), day(3)).await.unwrap_err();
    assert_eq!(late.code(), "progress.vacation_invalid");
    let long = announce(day(2), day(33)).await.unwrap_err();
    assert_eq!(long.code(), "progress.vacation_limit_exceeded");
    let listed = announce(day(2), day(12)).await.unwrap().value;
    assert_eq!((listed.items.len(), listed.days_left), (1, 30 - 11));
    test.assert_verified().await;
    test.wait(Duration::days(1));
    test.start(me, 2).await;
    // Her zone is another one by the time that she comes back.
    test.deliver_as(&renamed(me, "Ada"), 2).await;
    test.wait(Duration::days(12));
    assert_eq!(test.progress.rewards.streak(me).await.unwrap().days, 2);
    test.start(me, 3).await;
    let streak = test.progress.rewards.streak(me).await.unwrap();
    assert_eq!((streak.days, streak.grace_available), (3, true));
    test.assert_verified().await;
    let all = crate::Projection::ALL;
    crate::Progress::rebuild(&test.database, &test.env, &all)
        .await
        .unwrap();
    assert_eq!(test.progress.rewards.streak(me).await.unwrap(), streak);
    test.assert_verified().await;
}
