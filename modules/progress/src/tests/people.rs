//! Streaks and calendars in the learner's own time zone.

use chrono::{Duration, NaiveDate};
use kernel::Fault;

use super::*;
use crate::view::Level;

#[tokio::test]
async fn a_streak_is_counted_in_the_learners_zone() {
    let world = World::with_course().await;
    let me = learner();
    world.register(me, "Ada", "Pacific/Auckland").await;
    world.enroll(me).await;
    // 10:00 in UTC is 23:00 in Auckland; two hours later it is the next day there.
    world.start(me, 1).await;
    world.wait(Duration::hours(2));
    world.start(me, 2).await;
    let streak = world.service.streak(me).await.unwrap();
    assert_eq!(streak.days, 2);
    assert_eq!(streak.today.to_string(), "2026-11-03");
    assert_eq!(world.count_told("progress.streak_extended.v1").await, 2);
    world.wait(Duration::days(4));
    assert_eq!(world.service.streak(me).await.unwrap().days, 0);
    world.complete(me, 1).await.unwrap();
    assert_eq!(world.count_told("progress.streak_broken.v1").await, 1);
    world.assert_verified().await;
}

#[tokio::test]
async fn the_calendar_shows_each_active_day_once() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    world.wait(Duration::days(1));
    world.grade(me, 1, 1, 5, true).await;
    let calendar = world.service.calendar(me, None, None).await.unwrap();
    assert_eq!((calendar.to - calendar.from).num_days(), 29);
    let days: Vec<(String, i64, i64, i64)> = calendar
        .days
        .iter()
        .map(|day| {
            let (completed, graded) = (day.lessons_completed, day.exercises_graded);
            (day.day.to_string(), day.count, completed, graded)
        })
        .collect();
    assert_eq!(
        days,
        [
            ("2026-11-02".to_owned(), 2, 1, 0),
            ("2026-11-03".to_owned(), 2, 0, 1)
        ]
    );
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let long = world
        .service
        .calendar(me, day("2025-01-01"), day("2026-01-02"))
        .await;
    assert_eq!(long.unwrap_err().code(), "progress.day_range");
    let year = world
        .service
        .calendar(me, day("2025-01-01"), day("2026-01-01"))
        .await;
    assert!(year.is_ok());
}

#[tokio::test]
async fn reading_counts_time_and_never_falls() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.start(me, 1).await;
    world.wait(Duration::minutes(5));
    let report = async |percent, seconds| {
        let operation = by(me);
        let service = &world.service;
        let told = service.report(me, lesson(1), percent, seconds, &operation);
        told.await.unwrap()
    };
    let first = report(50, 240).await;
    assert_eq!(
        (first.lessons[0].percent, first.lessons[0].seconds),
        (50, 240)
    );
    let again = report(50, 240).await;
    assert_eq!(first, again);
    let less = report(20, 10).await;
    assert_eq!(first, less);
    assert_eq!(world.service.stats(me).await.unwrap().seconds, 240);
    world.assert_verified().await;
}

#[test]
fn levels_follow_the_documented_steps() {
    let level = |points| Level::of(points).level;
    assert_eq!([0, 99, 100, 299, 300, 600].map(level), [1, 1, 2, 2, 3, 4]);
    for points in (0..200_000).step_by(37) {
        let level = Level::of(points);
        assert!(level.from_points <= points && points < level.next_at_points);
    }
}
