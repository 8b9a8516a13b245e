//! Ranks, periods, and how one appears.

mod crowds;
mod naive;
mod presence;

use chrono::Duration;
use contracts::course::Admission;
use kernel::{Expected, Fault, PageRequest, UserId};

use super::request::{Appear, Around, BoardFilter};
use super::view::LeaderboardEntry;
use crate::domain::{Period, Scope};
use crate::tests::{ModuleTest, by, course, learner, outline, user};

async fn board(
    test: &ModuleTest,
    me: UserId,
    scope: Scope,
    period: Period,
) -> Vec<LeaderboardEntry> {
    let page_request = PageRequest::first(50);
    let filter = BoardFilter {
        period: Some(period),
        around: None,
    };
    let boards = &test.progress.leaderboards;
    let page = boards.list(me, scope, &filter, &page_request).await;
    page.unwrap().items
}

/// All time, with the caller between their neighbors.
async fn around(test: &ModuleTest, me: UserId, scope: Scope) -> Vec<LeaderboardEntry> {
    around_within(test, me, scope, 50).await
}

async fn around_within(
    test: &ModuleTest,
    me: UserId,
    scope: Scope,
    limit: u64,
) -> Vec<LeaderboardEntry> {
    let filter = BoardFilter {
        period: Some(Period::All),
        around: Some(Around::Me),
    };
    let boards = &test.progress.leaderboards;
    let page = boards
        .list(me, scope, &filter, &PageRequest::first(limit))
        .await;
    page.unwrap().items
}

fn shown_as(alias: Option<&str>) -> Appear {
    Appear {
        visible: true,
        alias: alias.map(str::to_owned),
    }
}

fn shown(entries: &[LeaderboardEntry]) -> Vec<(i64, &str, i64)> {
    entries
        .iter()
        .map(|entry| (entry.rank, entry.display_name.as_str(), entry.points))
        .collect()
}

#[tokio::test]
async fn ties_share_a_rank_and_the_next_rank_is_left_out() {
    let test = ModuleTest::with_course().await;
    for (number, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        test.register(user(number), name, "UTC").await;
        test.enroll(user(number)).await;
        test.complete(user(number), 1).await.unwrap();
    }
    test.complete(user(3), 2).await.unwrap();
    test.register(user(4), "Di", "UTC").await;
    test.enroll(user(4)).await;
    test.grade(user(4), 1, 1, 5, false).await;
    let scope = Scope::Course(course());
    let entries = board(&test, user(1), scope, Period::All).await;
    let expected = [(1, "Cy", 20), (2, "Ada", 10), (2, "Bo", 10), (4, "Di", 5)];
    assert_eq!(shown(&entries), expected);
    assert!(entries[1].me && !entries[2].me);

    let mut walked = Vec::new();
    let mut page_request = PageRequest::first(1);
    loop {
        let page = test
            .progress
            .leaderboards
            .list(user(1), scope, &BoardFilter::default(), &page_request)
            .await
            .unwrap();
        walked.extend(page.items);
        let Some(next) = page.next else { break };
        page_request.from = Some(next);
    }
    assert_eq!(walked, entries);
    let around = around(&test, user(2), scope).await;
    assert_eq!(shown(&around), expected);
    test.assert_verified().await;
}

#[tokio::test]
async fn neighbors_are_five_on_each_side_and_no_more_than_the_limit() {
    let test = ModuleTest::with_course().await;
    for number in 1..=15_u128 {
        test.enroll(user(number)).await;
        let score = i32::try_from(number).unwrap();
        test.grade(user(number), 1, 1, score.min(10), false).await;
    }
    let scope = Scope::Course(course());
    let entries = around(&test, user(7), scope).await;
    assert_eq!(entries.len(), 11);
    assert!(entries[5].me);
    assert_eq!(entries[5].rank, 9);
    for (limit, shown) in [(1, 1), (2, 1), (3, 3), (8, 7), (11, 11), (12, 11)] {
        let entries = around_within(&test, user(7), scope, limit).await;
        assert_eq!(entries.len(), shown, "{limit}");
        assert!(entries[shown / 2].me, "{limit}");
    }
}

#[tokio::test]
async fn weeks_and_months_begin_anew() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    test.wait(Duration::days(7));
    let week = board(&test, me, Scope::Global, Period::Week).await;
    assert!(week.is_empty());
    let month = board(&test, me, Scope::Global, Period::Month).await;
    assert_eq!(shown(&month), [(1, "Learner", 20)]);
    test.complete(me, 2).await.unwrap();
    let week = board(&test, me, Scope::Global, Period::Week).await;
    assert_eq!(week[0].points, 10);
    test.assert_verified().await;
}

#[tokio::test]
async fn one_appears_under_an_alias_or_not_at_all() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.register(me, "Ada", "UTC").await;
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    test.progress
        .leaderboards
        .replace_settings(me, &shown_as(Some("gopher")))
        .await
        .unwrap();
    let all = board(&test, user(9), Scope::Global, Period::All).await;
    assert_eq!(all[0].display_name, "gopher");
    test.progress
        .leaderboards
        .replace_settings(
            me,
            &Appear {
                visible: false,
                alias: None,
            },
        )
        .await
        .unwrap();
    let all = board(&test, user(9), Scope::Global, Period::All).await;
    assert!(all.is_empty());
    test.complete(me, 2).await.unwrap();
    let all = board(&test, user(9), Scope::Global, Period::All).await;
    assert!(all.is_empty(), "new points do not bring them back");
    let shown = test
        .progress
        .leaderboards
        .replace_settings(me, &shown_as(None))
        .await
        .unwrap();
    assert_eq!(shown.display_name, "Ada");
    let all = board(&test, user(9), Scope::Global, Period::All).await;
    assert_eq!(all[0].points, 30);
}

#[tokio::test]
async fn the_board_of_an_unknown_course_does_not_exist() {
    let test = ModuleTest::new().await;
    let scope = Scope::Course(course());
    let page = test
        .progress
        .leaderboards
        .list(
            learner(),
            scope,
            &BoardFilter::default(),
            &PageRequest::first(5),
        )
        .await;
    assert_eq!(page.unwrap_err().code(), "progress.course_not_found");
    assert!(Scope::try_from("course:x".to_owned()).is_err());
    assert!(Scope::try_from("me".to_owned()).is_err());
}

#[tokio::test]
async fn the_board_of_a_course_by_invitation_is_seen_by_whom_it_lets_in() {
    let test = ModuleTest::with_course().await;
    let (me, left) = (learner(), user(2));
    test.enroll(me).await;
    let id = test.enroll(left).await.id;
    let (any, operation) = (Expected::Any, by(left));
    let leaving = test.progress.enrollment.leave(left, id, &any, &operation);
    leaving.await.unwrap();
    let mut closed = outline(2);
    closed.invite_only = true;
    test.publish(closed).await;
    let sees = async |user| {
        let (filter, page) = (BoardFilter::default(), PageRequest::first(5));
        let scope = Scope::Course(course());
        let listed = test.progress.leaderboards.list(user, scope, &filter, &page);
        listed.await.is_ok()
    };
    assert!(sees(me).await);
    assert!(!sees(left).await && !sees(user(3)).await);
    for (staff, invited) in [(true, false), (false, true)] {
        *test.courses.admission.lock().unwrap() = Admission {
            staff,
            editor: false,
            invited,
        };
        assert!(sees(user(3)).await);
    }
}
