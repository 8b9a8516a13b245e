//! Leaderboards.

use chrono::Duration;
use kernel::{Fault, Slice};

use super::*;
use crate::service::Scope;
use crate::view::{LeaderboardEntry, Period};

async fn board(world: &World, me: UserId, scope: Scope, period: Period) -> Vec<LeaderboardEntry> {
    let slice = Slice::first(50);
    let page = world.service.leaderboard(me, scope, period, false, &slice);
    page.await.unwrap().items
}

fn shown(entries: &[LeaderboardEntry]) -> Vec<(i64, &str, i64)> {
    entries
        .iter()
        .map(|entry| (entry.rank, entry.display_name.as_str(), entry.points))
        .collect()
}

#[tokio::test]
async fn ties_share_a_rank_and_the_next_rank_is_left_out() {
    let world = World::with_course().await;
    for (number, name) in [(1, "Ada"), (2, "Bo"), (3, "Cy")] {
        world.register(user(number), name, "UTC").await;
        world.enroll(user(number)).await;
        world.complete(user(number), 1).await.unwrap();
    }
    world.complete(user(3), 2).await.unwrap();
    world.register(user(4), "Di", "UTC").await;
    world.enroll(user(4)).await;
    world.grade(user(4), 1, 1, 5, false).await;
    let scope = Scope::Course(course());
    let entries = board(&world, user(1), scope, Period::All).await;
    let expected = [(1, "Cy", 20), (2, "Ada", 10), (2, "Bo", 10), (4, "Di", 5)];
    assert_eq!(shown(&entries), expected);
    assert!(entries[1].me && !entries[2].me);

    let mut walked = Vec::new();
    let mut slice = Slice::first(1);
    loop {
        let page = world
            .service
            .leaderboard(user(1), scope, Period::All, false, &slice)
            .await
            .unwrap();
        walked.extend(page.items);
        let Some(next) = page.next else { break };
        slice.from = Some(next);
    }
    assert_eq!(walked, entries);
    let around = world
        .service
        .leaderboard(user(2), scope, Period::All, true, &Slice::first(50))
        .await
        .unwrap();
    assert_eq!(shown(&around.items), expected);
    world.assert_verified().await;
}

#[tokio::test]
async fn neighbours_are_five_on_each_side() {
    let world = World::with_course().await;
    for number in 1..=15_u128 {
        world.enroll(user(number)).await;
        let score = i32::try_from(number).unwrap();
        world.grade(user(number), 1, 1, score.min(10), false).await;
    }
    let scope = Scope::Course(course());
    let page = world
        .service
        .leaderboard(user(7), scope, Period::All, true, &Slice::first(50))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 11);
    assert!(page.items[5].me);
    assert_eq!(page.items[5].rank, 9);
}

#[tokio::test]
async fn weeks_and_months_begin_anew() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    world.wait(Duration::days(7));
    let week = board(&world, me, Scope::Global, Period::Week).await;
    assert!(week.is_empty());
    let month = board(&world, me, Scope::Global, Period::Month).await;
    assert_eq!(shown(&month), [(1, "Learner", 20)]);
    world.complete(me, 2).await.unwrap();
    let week = board(&world, me, Scope::Global, Period::Week).await;
    assert_eq!(week[0].points, 10);
    world.assert_verified().await;
}

#[tokio::test]
async fn one_appears_under_an_alias_or_not_at_all() {
    let world = World::with_course().await;
    let me = learner();
    world.register(me, "Ada", "UTC").await;
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    let service = &world.service;
    service.appear(me, true, Some("gopher")).await.unwrap();
    let all = board(&world, user(9), Scope::Global, Period::All).await;
    assert_eq!(all[0].display_name, "gopher");
    service.appear(me, false, None).await.unwrap();
    let all = board(&world, user(9), Scope::Global, Period::All).await;
    assert!(all.is_empty());
    world.complete(me, 2).await.unwrap();
    let all = board(&world, user(9), Scope::Global, Period::All).await;
    assert!(all.is_empty(), "new points do not bring them back");
    let shown = service.appear(me, true, None).await.unwrap();
    assert_eq!(shown.display_name, "Ada");
    let all = board(&world, user(9), Scope::Global, Period::All).await;
    assert_eq!(all[0].points, 30);
}

#[tokio::test]
async fn the_board_of_an_unknown_course_does_not_exist() {
    let world = World::new().await;
    let scope = Scope::Course(course());
    let page = world
        .service
        .leaderboard(learner(), scope, Period::All, false, &Slice::first(5))
        .await;
    assert_eq!(page.unwrap_err().code(), "progress.course_unknown");
    assert!(Scope::try_from("course:x".to_owned()).is_err());
    assert!(Scope::try_from("me".to_owned()).is_err());
}
