//! Words as they may stand in an email or a notification.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::text;

const LONGEST_NAME: usize = 80;

/// The text on one line without control characters, at most `longest` characters: nothing in it
/// can begin another header.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let visible: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= longest {
        return line;
    }
    let mut cut: String = line.chars().take(longest.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The text without control characters other than line ends, which is what the API promises.
pub(crate) fn paragraphs(text: &str) -> String {
    let keep = |letter: &char| *letter == '\n' || !letter.is_control();
    text.trim().chars().filter(keep).collect()
}

/// The name as it is greeted; one that looks like an address is left out, so that nobody can make
/// us email their advertisement to a stranger.
pub(crate) fn greeting_name(name: &str) -> Option<String> {
    let name = one_line(&text::clean(name), LONGEST_NAME);
    // Email programs make a link of every word with a dot inside.
    let dotted = name.split_whitespace().any(|word| {
        let inner = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        inner.contains(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
    });
    let looks_like_address = dotted || name.contains(['/', '@', ':']);
    (!name.is_empty() && !looks_like_address).then_some(name)
}

/// A moment as the clock of its reader shows it, with the name of the zone.
pub(crate) fn local_time(moment: DateTime<Utc>, time_zone: &str) -> String {
    match time_zone.parse::<Tz>() {
        Ok(zone) if zone != Tz::UTC => {
            let local = moment.with_timezone(&zone);
            format!("{} ({zone})", local.format("%Y-%m-%d %H:%M"))
        }
        _ => moment.format("%Y-%m-%d %H:%M UTC").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moment_is_shown_in_the_readers_time_zone() {
        let moment = "2026-07-01T23:30:00Z".parse().unwrap();
        assert_eq!(
            local_time(moment, "Europe/Rome"),
            "2026-07-02 01:30 (Europe/Rome)"
        );
        assert_eq!(local_time(moment, "UTC"), "2026-07-01 23:30 UTC");
        assert_eq!(local_time(moment, "Nowhere"), "2026-07-01 23:30 UTC");
    }

    #[test]
    fn a_name_that_is_an_advertisement_is_not_greeted() {
        assert_eq!(
            greeting_name(" Ada  Lovelace\r\n"),
            Some("Ada Lovelace".to_owned())
        );
        assert_eq!(greeting_name("Win at https://evil.example"), None);
        assert_eq!(greeting_name("WWW.evil.example"), None);
        assert_eq!(greeting_name("Win at evil.com"), None);
        assert_eq!(greeting_name("evil\u{3002}com"), None);
        assert_eq!(
            greeting_name("J. R. Hacker jr."),
            Some("J. R. Hacker jr.".to_owned())
        );
        assert_eq!(greeting_name(" \u{7} "), None);
    }

    proptest! {
        #[test]
        fn a_title_is_one_short_line(text in any::<String>()) {
            let line = one_line(&text, 200);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(line.chars().count() <= 200);
            prop_assert_eq!(one_line(&line, 200), line.clone());
        }
    }
}
