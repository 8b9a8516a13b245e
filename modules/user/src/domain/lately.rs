//! What counts as just now, although clocks may be wrong.

use chrono::{DateTime, Duration, Utc};
use token::LEEWAY_SECONDS;

/// What a clock may be ahead; what is dated later than that was dated by a clock that was wrong.
pub(crate) fn leeway() -> Duration {
    Duration::seconds(LEEWAY_SECONDS.cast_signed())
}

/// Whether `moment` lies within `span` before `now`. What a wrong clock has dated does not: it would
/// go on to be new for as long as that clock was ahead.
pub(crate) fn is_within(moment: DateTime<Utc>, span: Duration, now: DateTime<Utc>) -> bool {
    let age = now - moment;
    age < span && age >= -leeway()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dated_far_ahead_is_not_lately() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a moment");
        let minute = Duration::minutes(1);
        for (age, lately) in [
            (-86_400, false),
            (-31, false),
            (-30, true),
            (0, true),
            (59, true),
            (60, false),
        ] {
            let moment = now - Duration::seconds(age);
            assert_eq!(is_within(moment, minute, now), lately, "{age}");
        }
    }
}
