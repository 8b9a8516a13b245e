//! Whatever learners do, in whatever order and how often: the counts stay right.

use chrono::{DateTime, Duration, Utc};
use contracts::course::CompletionRule;
use kernel::{ExerciseId, LessonId};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::fold::{ExerciseShape, Fact, Grade, LessonShape, Shape, State};
use super::Draft;

#[derive(Debug, Clone)]
enum Wish {
    Enroll,
    Leave,
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
    let mut shape = Shape::default();
    for number in 0..4 {
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
                points: 10,
            };
            shape.exercises.insert(*id, known);
        }
        shape
            .lessons
            .insert(lesson(number), LessonShape { rule, exercises });
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

fn obey(draft: &mut Draft, wish: &Wish, at: DateTime<Utc>) {
    match wish {
        Wish::Enroll => draft.enroll(1, at),
        Wish::Leave => draft.leave(at),
        Wish::Start(number) => draft.start(lesson(*number), at),
        Wish::Report(number, percent, seconds) => {
            draft.report(lesson(*number), *percent, *seconds, at);
        }
        Wish::Complete(number) => drop(draft.complete(lesson(*number), at)),
        Wish::Grade(number, score, passed) => draft.grade(grade(*number, *score, *passed), at),
    }
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = prop_oneof![
        Just(Wish::Enroll),
        Just(Wish::Leave),
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
        let shape = shape();
        let mut draft = Draft::new(shape.clone(), State::default());
        draft.enroll(1, moment(0));
        let mut points = 0;
        for (second, wish) in (1..).zip(&wishes) {
            obey(&mut draft, wish, moment(second * 7));
            let tally = draft.state.tally();
            prop_assert!((0..=shape.total()).contains(&tally.lessons));
            prop_assert!((0..=1).contains(&tally.courses));
            prop_assert!(tally.points >= points);
            prop_assert!(draft.state.exercises.values().all(|one| one.best_score <= one.max_score));
            points = tally.points;
        }
        let seconds: i64 = draft.state.lessons.values().map(|lesson| lesson.seconds).sum();
        let passed = i64::try_from(wishes.len()).unwrap() * 7 * 4;
        prop_assert!(seconds <= passed, "no more time than the clock allows");
        let folded = State::fold(&shape, &draft.occurrences);
        prop_assert_eq!(folded, draft.state);
    }

    #[test]
    fn what_is_wished_twice_happens_once(wishes in wishes()) {
        let mut draft = Draft::new(shape(), State::default());
        draft.enroll(1, moment(0));
        for (second, wish) in (1..).zip(&wishes) {
            let at = moment(second * 7);
            obey(&mut draft, wish, at);
            // A grade is told once: whether it was heard is looked up before it is drafted.
            if matches!(wish, Wish::Grade(..)) {
                continue;
            }
            let before = draft.occurrences.len();
            obey(&mut draft, wish, at);
            prop_assert_eq!(draft.occurrences.len(), before);
        }
        let completions = draft.occurrences.iter().filter(|one| one.fact == Fact::CourseCompleted {});
        prop_assert!(completions.count() <= 1);
    }

    #[test]
    fn the_order_of_grades_changes_no_count(
        scores in prop::collection::vec((0..4_u128, 0..=10_i32, any::<bool>()), 0..20),
        seed in any::<u64>(),
    ) {
        let tally = |scores: &[(u128, i32, bool)]| {
            let mut draft = Draft::new(shape(), State::default());
            draft.enroll(1, moment(0));
            for (number, score, passed) in scores {
                draft.grade(grade(*number, *score, *passed), moment(1));
            }
            draft.state.tally()
        };
        let mut shuffled = scores.clone();
        if !shuffled.is_empty() {
            let turn = usize::try_from(seed % 1000).unwrap() % shuffled.len();
            shuffled.rotate_left(turn);
            shuffled.reverse();
        }
        prop_assert_eq!(tally(&scores), tally(&shuffled));
    }
}

#[test]
fn a_report_counts_only_the_time_that_has_passed() {
    let mut draft = Draft::new(shape(), State::default());
    draft.enroll(1, moment(0));
    draft.start(lesson(0), moment(0));
    draft.report(lesson(0), 40, 3600, moment(60));
    assert_eq!(draft.state.lessons[&lesson(0)].seconds, 60);
    draft.report(lesson(0), 10, 3600, moment(90));
    assert_eq!(draft.state.lessons[&lesson(0)].seconds, 90);
    assert_eq!(draft.state.lessons[&lesson(0)].percent, 40);
}

#[test]
fn a_grade_that_arrives_after_leaving_completes_nothing_until_the_return() {
    let mut draft = Draft::new(shape(), State::default());
    draft.enroll(1, moment(0));
    draft.grade(grade(0, 10, true), moment(1));
    draft.leave(moment(2));
    draft.grade(grade(1, 10, true), moment(3));
    assert_eq!(draft.state.tally().lessons, 0);
    draft.enroll(1, moment(4));
    assert_eq!(draft.state.tally().lessons, 1);
}
