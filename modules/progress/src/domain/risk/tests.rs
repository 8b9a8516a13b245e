//! The rule of risks.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::ExerciseId;
use proptest::prelude::*;
use uuid::Uuid;

use super::{DAY, Risk, RiskDates};
use crate::domain::{ExerciseState, LessonState, Shape, State};
use crate::tests::{lesson, outline};

fn moment(days: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-02T10:00:00Z".parse().unwrap();
    start + TimeDelta::days(days)
}

/// Somebody in the course of the tests: so many lessons done, exercises stuck, and days since
/// they enrolled when they were last active.
fn state(done: u128, stuck: u128, days: i64) -> (State, Shape) {
    let shape = Shape::of(&outline(1));
    let mut state = State {
        active: true,
        enrolled_at: Some(moment(0)),
        last_activity_at: Some(moment(days)),
        ..State::default()
    };
    for number in 1..=done {
        let completed = LessonState {
            percent: 100,
            seconds: 60,
            started_at: moment(0),
            reported_at: moment(0),
            completed_at: Some(moment(0)),
        };
        state.lessons.insert(lesson(number), completed);
    }
    for number in 1..=stuck {
        let failed = ExerciseState {
            max_score: 10,
            attempts: 3,
            ..ExerciseState::default()
        };
        let id: ExerciseId = Uuid::from_u128(0x2000 + number).into();
        state.exercises.insert(id, failed);
    }
    (state, shape)
}

fn risk(state: &(State, Shape), at: DateTime<Utc>) -> Risk {
    Risk::at(RiskDates::of(&state.0, &state.1), at)
}

#[test]
fn the_examples_of_the_documentation_hold() {
    // Two lessons in ten days: five days for a lesson.
    let steady = state(2, 0, 10);
    assert_eq!(risk(&steady, moment(19)), Risk::None);
    assert_eq!(risk(&steady, moment(20)), Risk::Low);
    assert_eq!(risk(&steady, moment(30)), Risk::High);
    // Stuck on one exercise, which halves them.
    let stuck = state(2, 1, 10);
    assert_eq!(risk(&stuck, moment(15)), Risk::Low);
    assert_eq!(risk(&stuck, moment(20)), Risk::High);
    // Nobody who has just enrolled is at risk before four days.
    let fresh = state(0, 0, 0);
    assert_eq!(risk(&fresh, moment(3)), Risk::None);
    assert_eq!(risk(&fresh, moment(4)), Risk::Low);
}

proptest! {
    #[test]
    fn risk_never_falls_while_nothing_happens_nor_by_getting_stuck(
        done in 0_u128..=3, stuck in 0_u128..=1, days in 0_i64..400, away in 0_i64..60, longer in 0_i64..60,
    ) {
        let one = state(done, stuck, days);
        let at = moment(days + away);
        prop_assert!(risk(&one, at) <= risk(&one, at + TimeDelta::days(longer)));
        let more = state(done, stuck + 1, days);
        prop_assert!(risk(&one, at) <= risk(&more, at));
        let dates = RiskDates::of(&one.0, &one.1).unwrap();
        let last = one.0.last_activity_at.unwrap();
        prop_assert!(last < dates.low_at && dates.low_at < dates.high_at);
        prop_assert!((dates.high_at - last).num_seconds() <= 28 * DAY);
    }

    #[test]
    fn whoever_has_completed_or_left_is_not_at_risk(done in 0_u128..=3, days in 0_i64..400, away in 0_i64..4000) {
        let mut one = state(done, 2, days);
        one.0.active = false;
        prop_assert_eq!(risk(&one, moment(days + away)), Risk::None);
        one.0.active = true;
        one.0.completed_at = Some(moment(days));
        prop_assert_eq!(risk(&one, moment(days + away)), Risk::None);
    }
}
