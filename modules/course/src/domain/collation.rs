//! The order of titles and categories: that of the Unicode Collation Algorithm (UTS #10, root of CLDR), alike on every
//! database.

use std::sync::OnceLock;

use icu_collator::options::{CollatorOptions, Strength};
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use kernel::text::fold;

/// By which texts are sorted byte by byte, in hexadecimal digits; letter case decides last.
pub(crate) fn sort_key(text: &str) -> String {
    static COLLATOR: OnceLock<Option<CollatorBorrowed<'static>>> = OnceLock::new();
    key(text, &COLLATOR, Strength::Tertiary)
}

/// The same for words that are one whatever their letter case is.
pub(crate) fn caseless_key(text: &str) -> String {
    static COLLATOR: OnceLock<Option<CollatorBorrowed<'static>>> = OnceLock::new();
    key(text, &COLLATOR, Strength::Secondary)
}

fn key(
    text: &str,
    collator: &'static OnceLock<Option<CollatorBorrowed<'static>>>,
    strength: Strength,
) -> String {
    let collator = collator.get_or_init(|| {
        let mut options = CollatorOptions::default();
        options.strength = Some(strength);
        Collator::try_new(CollatorPreferences::default(), options).ok()
    });
    let mut bytes = Vec::new();
    match collator {
        Some(collator) => {
            let Ok(()) = collator.write_sort_key_to(text, &mut bytes);
        }
        None => bytes.extend_from_slice(fold(text).as_bytes()),
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{caseless_key, sort_key};

    #[test]
    fn titles_are_sorted_as_a_dictionary_sorts_them() {
        // The third letter of ábaco decides before the accent of the first does.
        let sorted = [
            "ábaco",
            "abanico",
            "Äpfel",
            "apple",
            "edición",
            "Élite",
            "emblema",
            "Go",
            "go 2",
            "Zebra",
            "Ωμέγα",
            "яблоко",
            "日本",
        ];
        let mut by_key = sorted;
        by_key.reverse();
        by_key.sort_by_key(|title| sort_key(title));
        assert_eq!(by_key, sorted);
        assert_ne!(sort_key("Go"), sort_key("go"));
    }

    #[test]
    fn letter_case_makes_no_other_word() {
        assert_eq!(
            caseless_key("Machine Learning"),
            caseless_key("machine learning")
        );
        assert_ne!(caseless_key("resume"), caseless_key("résumé"));
    }
}
