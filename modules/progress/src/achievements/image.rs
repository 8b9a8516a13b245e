//! The picture of an achievement: a medal by its tier, with a sign of what it counts and how much of that.

use std::fmt::Write as _;

use crate::domain::{Metric, Tier};

/// The colors of a tier: the light and the dark end of its metal, its rim, and what is drawn on it.
struct Metal {
    light: &'static str,
    dark: &'static str,
    rim: &'static str,
    ink: &'static str,
    ribbon: &'static str,
}

/// The picture, alike whenever it is drawn. It has a ground of its own, so that it shows on light and on dark pages.
pub(super) fn draw(tier: Tier, metric: Metric, threshold: i64) -> String {
    let Metal {
        light,
        dark,
        rim,
        ink,
        ribbon,
    } = metal(tier);
    let tier: &str = tier.into();
    let metric_name: &str = metric.into();
    let title = format!("{tier}, {metric_name} {threshold}").replace('_', " ");
    let number = short(threshold);
    let size = match number.len() {
        0..=2 => 34,
        3 => 30,
        _ => 25,
    };
    let mut svg = String::with_capacity(4096);
    let _ = write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 240" width="200" height="240" role="img" aria-label="{title}">
<title>{title}</title>
<defs>
<linearGradient id="metal" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/></linearGradient>
<linearGradient id="back" x1="1" y1="1" x2="0" y2="0"><stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/></linearGradient>
<radialGradient id="shine" cx="0.35" cy="0.28" r="0.75"><stop offset="0" stop-color="#fff" stop-opacity="0.55"/><stop offset="0.6" stop-color="#fff" stop-opacity="0"/></radialGradient>
</defs>
<path d="M62 138 40 224l26-10 16 22 22-84z" fill="{ribbon}"/>
<path d="M138 138l22 86-26-10-16 22-22-84z" fill="{ribbon}"/>
<path d="M62 138 40 224l26-10 16 22 22-84zM138 138l22 86-26-10-16 22-22-84z" fill="#000" fill-opacity="0.18"/>
<path d="{edge}" fill="{rim}"/>
<circle cx="100" cy="98" r="78" fill="url(#back)"/>
<circle cx="100" cy="98" r="69" fill="url(#metal)" stroke="{rim}" stroke-width="2"/>
<circle cx="100" cy="98" r="62" fill="none" stroke="{rim}" stroke-opacity="0.55" stroke-width="1.5" stroke-dasharray="1 5" stroke-linecap="round"/>
<g fill="none" stroke="{ink}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round">{sign}</g>
<text x="100" y="144" text-anchor="middle" font-family="Georgia, 'Times New Roman', serif" font-weight="700" font-size="{size}" fill="{ink}">{number}</text>
<circle cx="100" cy="98" r="78" fill="url(#shine)"/>
</svg>
"##,
        edge = edge(),
        sign = sign(metric),
    );
    svg
}

fn metal(tier: Tier) -> Metal {
    match tier {
        Tier::Bronze => Metal {
            light: "#f0c39a",
            dark: "#b06a35",
            rim: "#7d4520",
            ink: "#4a250d",
            ribbon: "#a8453a",
        },
        Tier::Silver => Metal {
            light: "#f7f9fb",
            dark: "#a3aebb",
            rim: "#6b7785",
            ink: "#2f3944",
            ribbon: "#3f6ea8",
        },
        Tier::Gold => Metal {
            light: "#fff0ae",
            dark: "#d79a1c",
            rim: "#9a6508",
            ink: "#5a3a02",
            ribbon: "#3c7d54",
        },
        Tier::Platinum => Metal {
            light: "#e9fbff",
            dark: "#7fb4c9",
            rim: "#38677c",
            ink: "#123646",
            ribbon: "#6a4fa3",
        },
    }
}

/// A scalloped edge of 24 waves around the medal.
fn edge() -> String {
    const WAVES: u32 = 24;
    let mut path = String::new();
    for step in 0..=WAVES * 2 {
        let angle = f64::from(step) * std::f64::consts::PI / f64::from(WAVES);
        let radius = if step % 2 == 0 { 90.0 } else { 83.0 };
        let (x, y) = (100.0 + radius * angle.cos(), 98.0 + radius * angle.sin());
        let command = if step == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    path.push('z');
    path
}

/// What is counted, in a square of 64 around (100, 82).
fn sign(metric: Metric) -> &'static str {
    match metric {
        // An open book.
        Metric::Lessons => {
            r#"<path d="M100 64c-10-8-22-9-31-8v44c9-1 21 0 31 8 10-8 22-9 31-8V56c-9-1-21 0-31 8zm0 0v44"/>"#
        }
        // A mortarboard.
        Metric::Courses => {
            r#"<path d="M62 72 100 54l38 18-38 18zM78 81v19c12 10 32 10 44 0V81M138 72v24"/>"#
        }
        // A check mark on a sheet.
        Metric::Exercises => r#"<path d="M76 52h48v56H76zM86 80l10 11 19-23"/>"#,
        // A target.
        Metric::PerfectScores => {
            r#"<circle cx="100" cy="81" r="28"/><circle cx="100" cy="81" r="15"/><circle cx="100" cy="81" r="2.5"/>"#
        }
        // A flame.
        Metric::StreakDays => {
            r#"<path d="M101 50c3 14 22 22 22 39a23 23 0 0 1-46 1c0-9 5-14 9-19 1 6 4 9 8 10-2-11 0-22 7-31z"/>"#
        }
        // A star.
        Metric::Points => {
            r#"<path d="m100 51 8.8 19.4 21.2 2.3-15.8 14.3 4.4 20.8L100 97.2l-18.6 10.6 4.4-20.8L70 72.7l21.2-2.3z"/>"#
        }
    }
}

/// A number in four characters or less: 950, 1k, 2.5k, 25k, 10M.
fn short(number: i64) -> String {
    let (unit, sign) = match number {
        1_000_000.. => (1_000_000, "M"),
        1_000.. => (1_000, "k"),
        _ => return number.to_string(),
    };
    let (whole, tenth) = (number / unit, number % unit * 10 / unit);
    match tenth {
        1.. if whole < 10 => format!("{whole}.{tenth}{sign}"),
        _ => format!("{whole}{sign}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_depends_on_tier_metric_and_threshold_alone() {
        let gold = draw(Tier::Gold, Metric::StreakDays, 30);
        assert_eq!(gold, draw(Tier::Gold, Metric::StreakDays, 30));
        assert_ne!(gold, draw(Tier::Silver, Metric::StreakDays, 30));
        assert_ne!(gold, draw(Tier::Gold, Metric::Lessons, 30));
        assert_ne!(gold, draw(Tier::Gold, Metric::StreakDays, 31));
        assert!(!gold.contains("script") && !gold.contains("href"));
    }

    #[test]
    fn large_numbers_are_short() {
        let written = [1, 950, 1000, 2500, 25_000, 100_000, 10_000_000].map(short);
        assert_eq!(written, ["1", "950", "1k", "2.5k", "25k", "100k", "10M"]);
    }
}
