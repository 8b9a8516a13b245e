//! What a provider says of a user, made to fit an account.

use chrono_tz::Tz;
use deunicode::deunicode_with_tofu;
use kernel::text;
use language_tags::LanguageTag;

use super::answer::ExternalUser;
use crate::domain::email_address;

/// Characters of a name that is shown.
const MAX_NAME: usize = 100;

/// A name in the characters that a username can have: other letters as one would write them in Latin,
/// words joined by dots.
pub(super) fn username_of(name: &str) -> String {
    // A picture would become its name.
    let words = |letter: &char| letter.is_alphanumeric() || letter.is_whitespace() || fits(letter);
    let words: String = name.chars().filter(words).collect();
    let latin = deunicode_with_tofu(&words, "");
    let words: Vec<String> = latin
        .split_whitespace()
        .map(|word| word.chars().filter(fits).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let fitting: String = words.join(".").chars().take(32).collect();
    let inner = fitting.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    match inner.len() {
        0 => "learner".to_owned(),
        1 | 2 => format!("{inner}-learner"),
        _ => inner.to_owned(),
    }
}

fn fits(letter: &char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

/// The language of the user, in the one form of its tag.
pub(super) fn shown_locale(external: &ExternalUser) -> Option<String> {
    // Some providers write an underscore where the standard has a hyphen.
    let tag = external.locale.as_deref()?.replace('_', "-");
    let tag = LanguageTag::parse(&tag).ok()?;
    tag.is_valid().then(|| tag.to_string())
}

pub(super) fn shown_zone(external: &ExternalUser) -> Option<String> {
    let zone: Tz = external.zone_info.as_deref()?.parse().ok()?;
    Some(zone.to_string())
}

pub(super) fn shown_name(external: &ExternalUser) -> Option<String> {
    let name = external.name.as_deref()?;
    let name: String = text::line(name).chars().take(MAX_NAME).collect();
    let name = text::clean(&name);
    (!name.is_empty()).then_some(name)
}

/// An address that an account could have.
pub(super) fn usable(email: Option<&str>) -> Option<String> {
    email_address::parse(email?)
}

#[cfg(test)]
mod tests {
    use super::username_of;

    #[test]
    fn a_username_is_made_of_whatever_a_provider_says() {
        for (name, username) in [
            ("ada.lovelace", "ada.lovelace"),
            ("_ada_", "ada"),
            ("Jürgen Müller", "Jurgen.Muller"),
            ("Łukasz  Żółć", "Lukasz.Zolc"),
            ("Élodie O'Hara", "Elodie.OHara"),
            ("Мария Иванова", "Mariia.Ivanova"),
            ("王小明", "Wang.Xiao.Ming"),
            ("é", "e-learner"),
            ("🙂", "learner"),
            (" . ", "learner"),
            ("a+b", "ab-learner"),
            ("", "learner"),
            (&"x".repeat(60), &"x".repeat(32)),
        ] {
            assert_eq!(username_of(name), username);
        }
    }
}
