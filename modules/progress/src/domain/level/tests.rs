//! The steps of levels.

use super::Level;

#[test]
fn levels_follow_the_documented_steps() {
    let level = |points| Level::of(points).level;
    assert_eq!([0, 99, 100, 299, 300, 600].map(level), [1, 1, 2, 2, 3, 4]);
    for points in (0..200_000).step_by(37) {
        let level = Level::of(points);
        assert!(level.from_points <= points && points < level.next_at_points);
    }
}
