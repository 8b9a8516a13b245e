//! Counts follow from states, in whatever order facts come.

use kernel::SubmissionId;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    LevelSums, Measure, Standing, Statistics, discrimination, median, middle_of, time_bucket,
};
use crate::domain::{Fact, Grade, Occurrence, Shape, State};
use crate::tests::{exercise, lesson, outline};

fn grade(number: u128, attempt: i32, score: i32) -> Fact {
    let id =
        0x100 * number + 0x10 * u128::try_from(attempt).unwrap() + u128::try_from(score).unwrap();
    Fact::ExerciseGraded(Grade {
        submission: SubmissionId::from(Uuid::from_u128(id)),
        exercise: exercise(number),
        attempt,
        score,
        max_score: 10,
        passed: score >= 5,
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (1_u128..=3).prop_map(|number| Fact::LessonStarted {
            lesson: lesson(number)
        }),
        (1_u128..=3, 0_i64..5000).prop_map(|(number, seconds)| Fact::LessonProgressed {
            lesson: lesson(number),
            percent: 50,
            seconds,
        }),
        (1_u128..=3).prop_map(|number| Fact::LessonCompleted {
            lesson: lesson(number)
        }),
        (1_u128..=2, 1_i32..=4, 0_i32..=10)
            .prop_map(|(number, attempt, score)| grade(number, attempt, score)),
    ]
}

fn facts() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    let facts = prop::collection::vec(fact(), 0..25);
    facts.prop_flat_map(|facts| {
        let mut doubled = facts.clone();
        doubled.extend(facts.iter().step_by(2).cloned());
        (Just(facts), Just(doubled).prop_shuffle())
    })
}

fn apply(state: &mut State, shape: &Shape, fact: &Fact) {
    let fact = fact.clone();
    let at = "2026-11-02T10:00:00Z".parse().unwrap();
    state.apply(shape, &Occurrence { fact, at });
}

fn of(state: &State, shape: &Shape, version: i64) -> Statistics {
    let mut counts = Statistics::default();
    counts.add(
        Standing {
            version,
            state,
            shape,
        },
        1,
    );
    counts.0.retain(|_, count| *count != 0);
    counts
}

fn total(counts: &Statistics, measure: Measure) -> i64 {
    let cells = counts.0.iter();
    let cells = cells.filter(|(cell, _)| cell.measure == measure as i16);
    cells.map(|(_, count)| *count).sum()
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_facts_gives_the_same_counts((facts, shuffled) in facts()) {
        let shape = Shape::of(&outline(1));
        let [one, other] = [facts, shuffled].map(|facts| {
            let mut state = State::default();
            for fact in &facts {
                apply(&mut state, &shape, fact);
            }
            of(&state, &shape, 1)
        });
        prop_assert_eq!(one, other);
    }

    #[test]
    fn changes_fact_by_fact_and_version_by_version_add_up_to_the_counts_of_the_end(
        (facts, more) in facts(),
    ) {
        let shapes = [Shape::of(&outline(1)), {
            let mut outline = outline(2);
            outline.sections[0].lessons.remove(0);
            outline.sections[0].lessons[1].exercises.remove(0);
            Shape::of(&outline)
        }];
        let mut state = State::default();
        let mut sum = Statistics::default();
        let mut version = 1;
        for (index, fact) in facts.iter().chain(&more).enumerate() {
            let before = state.clone();
            let old = (version, &shapes[usize::from(version == 2)]);
            if index == facts.len() {
                version = 2;
            }
            let shape = &shapes[usize::from(version == 2)];
            apply(&mut state, shape, fact);
            let change = Statistics::between(
                Standing { version: old.0, state: &before, shape: old.1 },
                Standing { version, state: &state, shape },
            );
            for (cell, by) in change.into_cells() {
                *sum.0.entry(cell).or_insert(0) += by;
            }
        }
        sum.0.retain(|_, count| *count != 0);
        let shape = &shapes[usize::from(version == 2)];
        let end = of(&state, shape, version);
        prop_assert_eq!(&sum, &end);
        let answered = total(&end, Measure::PassedFirst) + total(&end, Measure::FailedFirst);
        let known = shape.exercises.keys().filter(|id| state.exercises.contains_key(*id));
        prop_assert_eq!(answered, i64::try_from(known.count()).unwrap());
        prop_assert!(total(&end, Measure::Completed) <= total(&end, Measure::Started));
    }

    #[test]
    fn the_middle_of_a_bucket_is_near_all_times_in_it(seconds in 0_i64..(1 << 31)) {
        let middle = middle_of(time_bucket(seconds));
        prop_assert!((middle - seconds).abs() * 8 <= seconds, "{} of {}", middle, seconds);
        prop_assert_eq!(time_bucket(middle), time_bucket(seconds));
        prop_assert!(time_bucket(seconds) <= time_bucket(seconds + 1));
    }

    #[test]
    fn a_median_has_half_on_each_side(counts in prop::collection::vec(0_i64..5, 1..20)) {
        let found = median(counts.iter().copied().enumerate());
        let total: i64 = counts.iter().sum();
        prop_assert_eq!(found.is_some(), total > 0);
        if let Some(middle) = found {
            prop_assert!(2 * counts[..=middle].iter().sum::<i64>() >= total);
            prop_assert!(2 * counts[..middle].iter().sum::<i64>() < total);
        }
    }

    #[test]
    fn a_discrimination_is_the_correlation(
        passed in prop::collection::vec(0_i64..10, 0..60), failed in prop::collection::vec(0_i64..10, 0..60),
    ) {
        let found = discrimination(sums(&passed), sums(&failed));
        let all: Vec<(f64, f64)> = passed.iter().map(|level| (1.0, *level as f64))
            .chain(failed.iter().map(|level| (0.0, *level as f64))).collect();
        let count = all.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| all.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|one| one.0), mean(|one| one.1));
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| all.iter().map(of).sum::<f64>();
        let spread = (sum(&|one| (one.0 - x).powi(2)) * sum(&|one| (one.1 - y).powi(2))).sqrt();
        match found {
            Some(found) => {
                let right = 100.0 * sum(&|one| (one.0 - x) * (one.1 - y)) / spread;
                prop_assert!((f64::from(found) - right).abs() < 1.5, "{} where {} is right", found, right);
            }
            None => prop_assert!(all.len() < 20 || spread < 1e-6),
        }
    }
}

fn sums(levels: &[i64]) -> LevelSums {
    LevelSums {
        learners: i64::try_from(levels.len()).unwrap(),
        levels: levels.iter().sum(),
        squares: levels.iter().map(|level| level * level).sum(),
    }
}
