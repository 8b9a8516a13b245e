//! The rule of grades.

use proptest::prelude::*;

use super::{Points, WHOLE, grade_category, total};

fn points() -> impl Strategy<Value = Option<Points>> {
    let some = (1_i32..=1000)
        .prop_flat_map(|most| (0..=most).prop_map(move |score| Points { score, most }));
    prop::option::of(some)
}

fn exercises() -> impl Strategy<Value = Vec<Option<Points>>> {
    prop::collection::vec(points(), 0..12)
}

#[test]
fn shares_are_exact_to_the_hundredth_of_a_percent() {
    let two_thirds = [Some(Points { score: 2, most: 3 })];
    assert_eq!(grade_category(0, &two_thirds).share, Some(6667));
    let one_third = [Some(Points { score: 1, most: 3 })];
    assert_eq!(grade_category(0, &one_third).share, Some(3333));
    // 70 % of 66.67 and 30 % of nothing that is there.
    assert_eq!(
        total([(70, Some(6667)), (30, None)].into_iter()),
        Some(6667)
    );
    assert_eq!(
        total([(70, Some(6667)), (30, Some(0))].into_iter()),
        Some(4667)
    );
    assert_eq!(total([(70, None), (30, None)].into_iter()), None);
    assert_eq!(total(std::iter::empty()), None);
}

#[test]
fn the_worst_share_is_dropped_and_the_last_exercise_never() {
    let given = |score, most| Some(Points { score, most });
    let exercises = [given(9, 10), given(40, 100), None, given(2, 5)];
    // 40 of 100 and 2 of 5 are the same share.
    assert_eq!(grade_category(1, &exercises).dropped, [1]);
    assert_eq!(grade_category(2, &exercises).dropped, [1, 3]);
    let one = grade_category(9, &exercises);
    assert_eq!((one.share, one.dropped), (Some(9000), vec![1, 3]));
}

proptest! {
    #[test]
    fn a_share_is_between_nothing_and_the_whole(exercises in exercises(), drop in 0_i32..15) {
        let grade = grade_category(drop, &exercises);
        let counting = exercises.iter().flatten().count();
        prop_assert_eq!(grade.share.is_some(), counting > 0);
        prop_assert!(grade.share.is_none_or(|share| (0..=WHOLE).contains(&share)));
        prop_assert!(grade.dropped.len() < counting.max(1));
    }

    #[test]
    fn dropping_never_lowers_a_grade(exercises in exercises(), drop in 0_i32..15) {
        let (less, more) = (grade_category(drop, &exercises), grade_category(drop + 1, &exercises));
        prop_assert!(less.share <= more.share);
    }

    #[test]
    fn a_better_score_never_lowers_a_grade(
        exercises in exercises(), drop in 0_i32..15, place in 0_usize..12, by in 0_i32..1000,
    ) {
        let before = grade_category(drop, &exercises);
        let mut better = exercises.clone();
        if let Some(Some(points)) = better.get_mut(place) {
            points.score = (points.score + by).min(points.most);
        }
        prop_assert!(before.share <= grade_category(drop, &better).share);
    }

    #[test]
    fn a_total_lies_between_the_categories_that_have_a_share(
        categories in prop::collection::vec((1_i32..=100, prop::option::of(0..=WHOLE)), 0..20),
    ) {
        let shares = categories.iter().filter_map(|(_, share)| *share);
        let total = total(categories.iter().copied());
        prop_assert_eq!(total.is_some(), shares.clone().count() > 0);
        if let Some(total) = total {
            prop_assert!(shares.clone().min().unwrap() <= total && total <= shares.clone().max().unwrap());
        }
        // Categories without a share change nothing, and nor does their weight.
        let with = categories.iter().copied().filter(|(_, share)| share.is_some());
        prop_assert_eq!(super::total(with), total);
    }
}
