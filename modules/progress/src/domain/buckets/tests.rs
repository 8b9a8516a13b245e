//! Buckets hold each learner once, however their points lie.

use proptest::prelude::*;

use super::*;

fn board() -> Board {
    Board {
        scope: "global".to_owned(),
        period: "all".to_owned(),
    }
}

fn points() -> impl Strategy<Value = i64> {
    prop_oneof![0..300_i64, 0..1_i64 << 33, -300..0_i64, any::<i64>()]
}

proptest! {
    #[test]
    fn the_buckets_of_at_least_hold_who_has_as_much_and_nobody_else(
        threshold in points(),
        learners in prop::collection::vec(points(), 0..50),
    ) {
        let mut changes = CountChanges::default();
        for points in &learners {
            changes.shift(&board(), None, Some(*points));
        }
        let counts = changes.0;
        let mut found = 0;
        for (level, range) in at_least(threshold) {
            let wanted = counts.iter().filter(|(bucket, _)| {
                bucket.level == level && range.contains(&bucket.number)
            });
            found += wanted.map(|(_, count)| count).sum::<i64>();
        }
        let expected = learners.iter().filter(|points| **points >= threshold).count();
        prop_assert_eq!(usize::try_from(found).unwrap(), expected);
    }

    #[test]
    fn a_move_is_the_same_as_leaving_and_coming(from in points(), to in points()) {
        let mut moved = CountChanges::default();
        moved.shift(&board(), Some(from), Some(to));
        let mut again = CountChanges::default();
        again.shift(&board(), Some(from), None);
        again.shift(&board(), None, Some(to));
        let again: Vec<_> = again.into_changed().collect();
        prop_assert_eq!(moved.into_changed().collect::<Vec<_>>(), again);
    }
}

#[test]
fn a_rank_is_the_sum_of_few_buckets() {
    let lengths = at_least(1_000_000).map(|(level, range)| (level, range.end() - range.start()));
    for (level, length) in lengths.filter(|(level, _)| *level + 1 < LEVELS) {
        assert!(length < 64, "{length} at level {level}");
    }
}

#[test]
fn what_stays_in_its_bucket_is_not_written() {
    let mut changes = CountChanges::default();
    changes.shift(&board(), Some(10), Some(20));
    let changed: Vec<_> = changes
        .into_changed()
        .map(|(bucket, by)| (bucket.level, bucket.number, by))
        .collect();
    assert_eq!(changed, [(0, 10, -1), (0, 20, 1)]);
}
