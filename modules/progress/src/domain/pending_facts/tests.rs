//! Whatever learners do, in whatever order and how often: the counts stay right.

use chrono::{DateTime, Duration, Utc};
use contracts::course::CompletionRule;
use kernel::{ExerciseId, LessonId};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::fact::{Fact, Grade};
use super::super::replay::Replay;
use super::super::shape::{ExerciseShape, LessonShape, Shape};
use super::super::state::State;
use super::PendingFacts;

#[derive(Debug, Clone)]
enum Wish {
    Enroll,
    Leave,
    Upgrade,
    Start(u128),
    Report(u128, i32, i64),
    Complete(u128),
    Grade(u128, i32, bool),
}

fn lesson(number: u128) -> LessonId {
    Uuid::from_u128(number).into()
}

fn exercise(number: u128) -> ExerciseId {
    Uuid::from_u128(100 + number).into()
}

/// Lessons 0 and 1 are read, 2 and 3 are done by two exercises each.
fn shape() -> Shape {
    shape_of(0..4, 10)
}

/// The lesson 0 is gone, there is a new one, and exercises give fewer points.
fn newer_shape() -> Shape {
    shape_of(1..5, 4)
}

fn shape_of(lessons: std::ops::Range<u128>, points: i32) -> Shape {
    let mut shape = Shape::default();
    for number in lessons {
        let (rule, exercises) = if number < 2 {
            (CompletionRule::Read, Vec::new())
        } else {
            let first = (number - 2) * 2;
            let exercises = vec![exercise(first), exercise(first + 1)];
            (CompletionRule::Exercises, exercises)
        };
        for id in &exercises {
            let known = ExerciseShape {
                lesson: lesson(number),
                points,
            };
            shape.exercises.insert(*id, known);
        }
        let known = LessonShape {
            place: shape.lessons.len(),
            rule,
            exercises,
        };
        shape.lessons.insert(lesson(number), known);
    }
    shape
}

fn moment(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap() + Duration::seconds(second)
}

fn grade(number: u128, score: i32, passed: bool) -> Grade {
    Grade {
        submission: Uuid::from_u128(1000 + number).into(),
        exercise: exercise(number),
        attempt: 1,
        score,
        max_score: 10,
        passed,
    }
}

fn obey(pending: &mut PendingFacts, wish: &Wish, at: DateTime<Utc>) {
    match wish {
        Wish::Enroll if pending.shape == shape() => pending.enroll(1, at),
        Wish::Enroll => pending.enroll(2, at),
        Wish::Leave => pending.leave(at),
        Wish::Upgrade if pending.shape == shape() => pending.upgrade(2, newer_shape(), at),
        Wish::Upgrade => {}
        Wish::Start(number) => pending.start(lesson(*number), at),
        Wish::Report(number, percent, seconds) => {
            pending.report(lesson(*number), *percent, *seconds, at, None);
        }
        Wish::Complete(number) => drop(pending.complete(lesson(*number), at)),
        Wish::Grade(number, score, passed) => pending.grade(grade(*number, *score, *passed), at),
    }
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = prop_oneof![
        Just(Wish::Enroll),
        Just(Wish::Leave),
        Just(Wish::Upgrade),
        (0..6_u128).prop_map(Wish::Start),
        (0..6_u128, 0..150_i32, 0..500_i64).prop_map(|(a, b, c)| Wish::Report(a, b, c)),
        (0..6_u128).prop_map(Wish::Complete),
        (0..6_u128, -3..14_i32, any::<bool>()).prop_map(|(a, b, c)| Wish::Grade(a, b, c)),
    ];
    prop::collection::vec(wish, 0..60)
}

proptest! {
    #[test]
    fn the_counts_stay_within_their_bounds_and_points_never_fall(wishes in wishes()) {
        let mut pending = PendingFacts::new(shape(), State::default());
        pending.enroll(1, moment(0));
        let mut points = 0;
        for (second, wish) in (1..).zip(&wishes) {
            obey(&mut pending, wish, moment(second * 7));
            let totals = pending.state.totals();
            let done = pending.state.count_done(&pending.shape);
            prop_assert!((0..=pending.shape.total()).contains(&done) && done <= totals.lessons);
            prop_assert!((0..=1).contains(&totals.courses));
            prop_assert!(totals.points >= points);
            let mut exercises = pending.state.exercises.values();
            let bounded = exercises.all(|one| one.best_score <= one.max_score.min(one.credit));
            prop_assert!(bounded);
            points = totals.points;
        }
        let seconds: i64 = pending.state.lessons.values().map(|lesson| lesson.seconds).sum();
        let passed = i64::try_from(wishes.len()).unwrap() * 7;
        prop_assert!(seconds <= passed, "no more time than the clock allows");
        let mut replay = Replay::new([(1, shape()), (2, newer_shape())].into());
        for occurrence in &pending.occurrences {
            replay.apply(occurrence);
        }
        prop_assert_eq!(replay.state(), &pending.state);
    }

    #[test]
    fn what_is_wished_twice_happens_once(wishes in wishes()) {
        let mut pending = PendingFacts::new(shape(), State::default());
        pending.enroll(1, moment(0));
        for (second, wish) in (1..).zip(&wishes) {
            let at = moment(second * 7);
            obey(&mut pending, wish, at);
            // A grade is delivered once: whether it was recorded is looked up before.
            if matches!(wish, Wish::Grade(..)) {
                continue;
            }
            let before = pending.occurrences.len();
            obey(&mut pending, wish, at);
            prop_assert_eq!(pending.occurrences.len(), before);
        }
        let completions = pending.occurrences.iter().filter(|one| one.fact == Fact::CourseCompleted {});
        prop_assert!(completions.count() <= 1);
    }

    #[test]
    fn the_order_of_grades_changes_no_count(
        scores in prop::collection::vec((0..4_u128, 0..=10_i32, any::<bool>()), 0..20),
        seed in any::<u64>(),
    ) {
        let totals = |scores: &[(u128, i32, bool)]| {
            let mut pending = PendingFacts::new(shape(), State::default());
            pending.enroll(1, moment(0));
            for (number, score, passed) in scores {
                pending.grade(grade(*number, *score, *passed), moment(1));
            }
            pending.state.totals()
        };
        let mut shuffled = scores.clone();
        if !shuffled.is_empty() {
            let turn = usize::try_from(seed % 1000).unwrap() % shuffled.len();
            shuffled.rotate_left(turn);
            shuffled.reverse();
        }
        prop_assert_eq!(totals(&scores), totals(&shuffled));
    }
}

#[test]
fn a_report_counts_only_the_time_that_has_passed() {
    let mut pending = PendingFacts::new(shape(), State::default());
    pending.enroll(1, moment(0));
    pending.start(lesson(0), moment(0));
    pending.report(lesson(0), 40, 3600, moment(60), None);
    assert_eq!(pending.state.lessons[&lesson(0)].seconds, 60);
    pending.report(lesson(0), 10, 3600, moment(90), None);
    assert_eq!(pending.state.lessons[&lesson(0)].seconds, 90);
    assert_eq!(pending.state.lessons[&lesson(0)].percent, 40);
}

#[test]
fn time_counts_once_whatever_is_open_and_not_while_the_learner_is_away() {
    let mut pending = PendingFacts::new(shape(), State::default());
    pending.enroll(1, moment(0));
    let seconds = |pending: &PendingFacts, number| pending.state.lessons[&lesson(number)].seconds;
    // Two lessons in two tabs, each of which reports all the time that it was open.
    pending.start(lesson(0), moment(0));
    pending.start(lesson(1), moment(0));
    pending.report(lesson(0), 10, 100, moment(100), None);
    pending.report(lesson(1), 10, 100, moment(100), None);
    pending.report(lesson(1), 20, 160, moment(160), None);
    assert_eq!((seconds(&pending, 0), seconds(&pending, 1)), (100, 60));
    // Another course counted until 200.
    pending.report(lesson(0), 20, 999, moment(230), Some(moment(200)));
    assert_eq!(seconds(&pending, 0), 130);
    // A night.
    pending.report(lesson(0), 30, 40_000, moment(40_000), None);
    assert_eq!(seconds(&pending, 0), 130 + 1800);
    // Negative, enormous, and from before the last report.
    pending.report(lesson(0), 30, -5, moment(40_001), None);
    pending.report(lesson(0), 40, i64::MAX, moment(40_002), None);
    pending.report(lesson(0), 50, i64::MAX, moment(10), None);
    assert_eq!(seconds(&pending, 0), 130 + 1800 + 2);
}

#[test]
fn a_grade_that_arrives_after_leaving_completes_nothing_until_the_return() {
    let mut pending = PendingFacts::new(shape(), State::default());
    pending.enroll(1, moment(0));
    pending.grade(grade(0, 10, true), moment(1));
    pending.leave(moment(2));
    pending.grade(grade(1, 10, true), moment(3));
    assert_eq!(pending.state.totals().lessons, 0);
    pending.enroll(1, moment(4));
    assert_eq!(pending.state.totals().lessons, 1);
}

#[test]
fn an_upgrade_keeps_what_was_earned_and_counts_what_both_versions_have() {
    let mut pending = PendingFacts::new(shape(), State::default());
    pending.enroll(1, moment(0));
    for number in [0, 1] {
        pending.complete(lesson(number), moment(1)).expect("read");
    }
    pending.grade(grade(0, 5, false), moment(2));
    let before = pending.state.totals();
    pending.upgrade(2, newer_shape(), moment(3));
    assert_eq!(pending.state.totals(), before);
    assert_eq!(
        pending.state.count_done(&pending.shape),
        1,
        "of 1 and the new ones"
    );
    let graded = &pending.state.exercises[&exercise(0)];
    assert_eq!(
        (graded.best_score, graded.max_score, graded.credit),
        (5, 10, 5)
    );
    pending.grade(grade(0, 10, true), moment(4));
    let graded = &pending.state.exercises[&exercise(0)];
    let best = (graded.best_score, graded.max_score, graded.credit);
    assert_eq!(best, (4, 4, 5), "4 points are no more than 5");
}
