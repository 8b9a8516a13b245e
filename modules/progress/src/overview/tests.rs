//! The calendar of activity.

use chrono::{Duration, NaiveDate};
use kernel::Fault;

use super::request::Days;
use crate::tests::{ModuleTest, learner};

#[tokio::test]
async fn the_calendar_shows_each_active_day_once() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    test.wait(Duration::days(1));
    test.grade(me, 1, 1, 5, true).await;
    let calendar = test
        .progress
        .overview
        .calendar(me, &Days::default())
        .await
        .unwrap();
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
    let long = test
        .progress
        .overview
        .calendar(
            me,
            &Days {
                from: day("2025-01-01"),
                to: day("2026-01-02"),
            },
        )
        .await;
    assert_eq!(long.unwrap_err().code(), "progress.day_range_invalid");
    let year = test
        .progress
        .overview
        .calendar(
            me,
            &Days {
                from: day("2025-01-01"),
                to: day("2026-01-01"),
            },
        )
        .await;
    assert!(year.is_ok());
}
