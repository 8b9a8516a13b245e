//! The numbers of certificates: they cannot be guessed, and most mistyped ones are told from unknown ones.

use std::fmt;

/// The digits and letters of Crockford's base 32, which leaves out those that look alike.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many characters are random, five bits each.
const RANDOM: usize = 15;
/// How many characters stand together.
const GROUP: usize = 4;

/// The number of a certificate as it is written: 15 random characters and one that checks them, in groups of four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateCode(String);

impl CertificateCode {
    /// The number that random bytes make.
    pub(crate) fn of_random(bytes: [u8; RANDOM]) -> Self {
        let mut values: Vec<u8> = bytes.iter().map(|byte| byte & 31).collect();
        values.push(times_alpha(remainder(&values)));
        Self::write(&values)
    }

    /// The number that somebody has typed, however they separate it, and with letters that look like digits; `None`
    /// when no certificate can have it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|letter| !matches!(letter, '-' | ' '));
        let values: Option<Vec<u8>> = typed.take(RANDOM + 2).map(value_of).collect();
        let values = values.filter(|values| values.len() == RANDOM + 1)?;
        (remainder(&values) == 0).then(|| Self::write(&values))
    }

    /// A number from the database.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn write(values: &[u8]) -> Self {
        let mut text = String::with_capacity(RANDOM + RANDOM / GROUP + 1);
        for (place, value) in values.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value) % ALPHABET.len()]));
        }
        Self(text)
    }
}

impl fmt::Display for CertificateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn value_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET
        .iter()
        .position(|known| char::from(*known) == letter)?;
    u8::try_from(place).ok()
}

/// The values as a polynomial over the field of 32 elements, at its generator: one wrong character always changes it,
/// and so do two that have changed places.
fn remainder(values: &[u8]) -> u8 {
    values
        .iter()
        .fold(0, |sum, value| times_alpha(sum) ^ (value & 31))
}

/// The product with the generator, modulo x⁵ + x² + 1.
fn times_alpha(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALPHABET, CertificateCode, RANDOM};

    proptest! {
        #[test]
        fn a_number_is_read_as_it_was_written_however_it_is_typed(bytes: [u8; RANDOM]) {
            let code = CertificateCode::of_random(bytes);
            prop_assert_eq!(code.as_str().len(), 19);
            prop_assert_eq!(CertificateCode::parse(code.as_str()), Some(code.clone()));
            let typed = code.as_str().to_lowercase().replace('-', " ");
            let typed = typed.replace('0', "o").replace('1', "l");
            prop_assert_eq!(CertificateCode::parse(&typed), Some(code.clone()));
            let together = code.as_str().replace('-', "");
            prop_assert_eq!(CertificateCode::parse(&together), Some(code));
        }

        #[test]
        fn one_wrong_character_or_two_that_changed_places_are_noticed(
            bytes: [u8; RANDOM], place in 0..16_usize, other in 0..16_usize, wrong in 0..32_usize,
        ) {
            let code = CertificateCode::of_random(bytes);
            let letters: Vec<char> = code.as_str().chars().filter(|one| *one != '-').collect();
            let mut mistyped = letters.clone();
            mistyped[place] = char::from(ALPHABET[wrong]);
            let read = CertificateCode::parse(&mistyped.iter().collect::<String>());
            prop_assert_eq!(read.is_some(), mistyped == letters);
            let mut moved = letters.clone();
            moved.swap(place, other);
            let read = CertificateCode::parse(&moved.iter().collect::<String>());
            prop_assert_eq!(read.is_some(), moved == letters);
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,60}") {
            if let Some(code) = CertificateCode::parse(&text) {
                let again = CertificateCode::parse(code.as_str());
                prop_assert_eq!(again.as_ref(), Some(&code));
            }
        }
    }

    #[test]
    fn what_has_another_length_or_other_characters_is_no_number() {
        let code = CertificateCode::of_random([7; RANDOM]);
        let text = code.as_str();
        for wrong in [
            "",
            "-",
            &text[1..],
            &format!("{text}0"),
            &text.replace('7', "U"),
        ] {
            assert_eq!(CertificateCode::parse(wrong), None, "{wrong}");
        }
    }
}
