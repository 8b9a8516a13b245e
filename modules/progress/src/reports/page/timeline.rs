//! Days gathered to as many bars as a plot has room for.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

/// How long a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Day,
    Week,
    Month,
    Year,
}

impl Step {
    /// The shortest with which there are not too many bars.
    fn over(first: NaiveDate, last: NaiveDate) -> Self {
        match (last - first).num_days() {
            ..=31 => Self::Day,
            32..=366 => Self::Week,
            367..=1500 => Self::Month,
            _ => Self::Year,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn begin_of(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(day),
            Self::Week => {
                let since_monday = day.weekday().num_days_from_monday();
                day.checked_sub_days(Days::new(since_monday.into()))
            }
            Self::Month => day.with_day(1),
            Self::Year => day.with_day(1)?.with_month(1),
        }
    }

    fn after(self, begin: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => begin.checked_add_days(Days::new(1)),
            Self::Week => begin.checked_add_days(Days::new(7)),
            Self::Month => begin.checked_add_months(Months::new(1)),
            Self::Year => begin.checked_add_months(Months::new(12)),
        }
    }

    fn label(self, begin: NaiveDate) -> String {
        let form = match self {
            Self::Day | Self::Week => "%-d %b",
            Self::Month => "%b %y",
            Self::Year => "%Y",
        };
        begin.format(form).to_string()
    }
}

/// The bars from the first day to `today`, without a gap.
pub(super) fn bars(
    days: &BTreeMap<NaiveDate, i64>,
    today: NaiveDate,
) -> (Step, Vec<(String, i64)>) {
    let first = days.keys().next().copied().unwrap_or(today);
    let step = Step::over(first, today);
    let mut bars: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    let mut begin = step.begin_of(first);
    while let Some(bar) = begin.filter(|begin| *begin <= today) {
        bars.insert(bar, 0);
        begin = step.after(bar);
    }
    for (day, count) in days {
        if let Some(begin) = step.begin_of(*day) {
            *bars.entry(begin).or_default() += count;
        }
    }
    let labeled = bars.into_iter();
    (
        step,
        labeled
            .map(|(begin, count)| (step.label(begin), count))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;

    use super::{Step, bars};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn bars_have_no_gap_and_lose_nobody() {
        for (first, step, count) in [
            ("2026-11-28", Step::Day, 3),
            ("2026-09-01", Step::Week, 14),
            ("2024-01-15", Step::Month, 35),
            ("2016-05-05", Step::Year, 11),
        ] {
            let days = BTreeMap::from([(day(first), 3), (day("2026-11-30"), 4)]);
            let (chosen, found) = bars(&days, day("2026-11-30"));
            assert_eq!((chosen, found.len()), (step, count), "{first}");
            assert_eq!(found.iter().map(|(_, count)| count).sum::<i64>(), 7);
        }
        let (_, found) = bars(&BTreeMap::new(), day("2026-11-30"));
        assert_eq!(found, [("30 Nov".to_owned(), 0)]);
    }
}
