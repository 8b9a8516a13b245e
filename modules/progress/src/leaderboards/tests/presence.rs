//! Who is hidden, disabled or about to be erased is seen by nobody else, and leaves no gap.

use chrono::Duration;
use contracts::user::{UserErasureCancelled, UserErasureStarted, UserLocked};
use kernel::{OneTimeTokenId, UserId};
use uuid::Uuid;

use super::{around, board, shown};
use crate::domain::{Period, Scope};
use crate::leaderboards::request::Appear;
use crate::tests::{ModuleTest, user};

const HIDDEN: Appear = Appear {
    visible: false,
    alias: None,
};

/// Ada has 30 points, Bo 20, Cy 20 and Di 5.
async fn four() -> ModuleTest {
    let test = ModuleTest::with_course().await;
    for (number, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy"), (4, "Di")] {
        test.register(user(number), name, "UTC").await;
        test.enroll(user(number)).await;
        if number < 4 {
            test.complete(user(number), 1).await.unwrap();
        }
    }
    test.complete(user(1), 2).await.unwrap();
    test.grade(user(4), 1, 1, 5, false).await;
    test
}

/// What others see, who have no points.
async fn seen(test: &ModuleTest) -> Vec<(i64, String, i64)> {
    let entries = board(test, user(9), Scope::Global, Period::All).await;
    let shown = shown(&entries).into_iter();
    shown
        .map(|(rank, name, points)| (rank, name.to_owned(), points))
        .collect()
}

fn named(expected: &[(i64, &str, i64)]) -> Vec<(i64, String, i64)> {
    let expected = expected.iter();
    expected
        .map(|(rank, name, points)| (*rank, (*name).to_owned(), *points))
        .collect()
}

fn locked(user_id: UserId, locked: bool) -> UserLocked {
    UserLocked { user_id, locked }
}

#[tokio::test]
async fn who_is_hidden_leaves_no_gap_and_sees_their_own_row() {
    let test = Box::pin(four()).await;
    let boards = &test.progress.leaderboards;
    let all = named(&[(1, "Ada", 30), (2, "Bo", 20), (2, "Cy", 20), (4, "Di", 5)]);
    assert_eq!(seen(&test).await, all);
    boards.replace_settings(user(2), &HIDDEN).await.unwrap();
    let others = named(&[(1, "Ada", 30), (2, "Cy", 20), (3, "Di", 5)]);
    assert_eq!(seen(&test).await, others);
    let mine = [(1, "Ada", 30), (2, "Bo", 20), (2, "Cy", 20), (3, "Di", 5)];
    let page = board(&test, user(2), Scope::Global, Period::All).await;
    assert_eq!(shown(&page), mine);
    assert!(page[1].me);
    assert_eq!(around(&test, user(2), Scope::Global).await, page);
    test.assert_verified().await;
}

#[tokio::test]
async fn who_is_disabled_is_seen_by_nobody_until_they_are_enabled() {
    let test = Box::pin(four()).await;
    let all = seen(&test).await;
    test.deliver_as(&locked(user(1), true), 2).await;
    let others = named(&[(1, "Bo", 20), (1, "Cy", 20), (3, "Di", 5)]);
    assert_eq!(seen(&test).await, others);
    // Points that are heard of late do not bring them back.
    test.grade(user(1), 1, 1, 10, true).await;
    assert_eq!(seen(&test).await, others);
    test.assert_verified().await;
    test.deliver_as(&locked(user(1), false), 4).await;
    // An older event that is heard late changes nothing.
    test.deliver_as(&locked(user(1), true), 3).await;
    assert_eq!(seen(&test).await.len(), all.len());
    test.assert_verified().await;
}

#[tokio::test]
async fn who_is_about_to_be_erased_is_seen_again_only_if_they_are_kept() {
    let test = Box::pin(four()).await;
    let all = seen(&test).await;
    let started = UserErasureStarted {
        user_id: user(1),
        token_id: OneTimeTokenId::from(Uuid::from_u128(7)),
        erase_after: test.env.now() + Duration::hours(72),
    };
    test.deliver_as(&started, 2).await;
    assert_eq!(
        seen(&test).await,
        named(&[(1, "Bo", 20), (1, "Cy", 20), (3, "Di", 5)])
    );
    // Neither their own wish nor that of an administrator shows them.
    let visible = Appear {
        visible: true,
        alias: None,
    };
    let boards = &test.progress.leaderboards;
    boards.replace_settings(user(1), &visible).await.unwrap();
    test.deliver_as(&locked(user(1), false), 3).await;
    assert_eq!(seen(&test).await.len(), 3);
    test.deliver_as(&UserErasureCancelled { user_id: user(1) }, 4)
        .await;
    assert_eq!(seen(&test).await, all);
    test.assert_verified().await;
}

#[tokio::test]
async fn who_was_disabled_before_their_first_points_is_not_seen_with_them() {
    let test = ModuleTest::with_course().await;
    test.deliver_as(&locked(user(1), true), 2).await;
    test.enroll(user(1)).await;
    test.grade(user(1), 1, 1, 10, true).await;
    assert_eq!(seen(&test).await, []);
    test.assert_verified().await;
}
