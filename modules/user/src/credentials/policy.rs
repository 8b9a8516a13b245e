//! What a password must be (NIST SP 800-63B-4): long, hard to guess, of any characters.

use kernel::{ExposeSecret, FieldFault, SecretString};
use zxcvbn::Score;

use super::hashing::PasswordHasher;
use super::own_words;
use crate::error::Error;

pub(crate) const MIN_LENGTH: usize = 12;
pub(crate) const MAX_LENGTH: usize = 256;

/// The password in normal form C, or why it will not do; `own` is what its user is called and
/// reached by. The estimate runs in the lane of the hashes, because a long one takes milliseconds.
pub(crate) async fn check(
    lane: &PasswordHasher,
    pointer: &str,
    password: &SecretString,
    own: [&str; 3],
) -> Result<SecretString, Error> {
    let refused = |code, message: String| {
        let fault = FieldFault::new(pointer, code, message);
        Error::Invalid(vec![fault])
    };
    let clean = compose(password);
    let length = clean.expose_secret().chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        let message = format!(
            "must have {MIN_LENGTH} to {MAX_LENGTH} characters; several words are easy to remember"
        );
        return Err(refused("password_length", message));
    }
    let (judged, own) = (clean.clone(), own.map(str::to_owned));
    let guessable = lane.run(move |_| guessable(judged.expose_secret(), &own));
    match guessable.await? {
        Some(message) => Err(refused("password_guessable", message)),
        None => Ok(clean),
    }
}

/// The message about a password that is too easy to guess. Without their own words it must still
/// be one, because those are tried first.
fn guessable(password: &str, own: &[String]) -> Option<String> {
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let words = own_words::words(&own);
    if let Some(warning) = weakness(password, &words) {
        return Some(format!(
            "is too easy to guess; use several unrelated words.{warning}"
        ));
    }
    let rest = own_words::remainder(password, &words)?;
    let weak = rest.chars().count() < MIN_LENGTH || weakness(&rest, &words).is_some();
    weak.then(|| {
        "is too easy to guess once your name, your email address, and the words of this platform are left out; use several words that have nothing to do with you".to_owned()
    })
}

/// A hint why a password is too easy to guess, which may be empty; `None` when it is not.
fn weakness(password: &str, words: &[String]) -> Option<String> {
    // The estimate grows with the square of the length, and 64 characters decide it.
    let head: String = password.chars().take(64).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let spellings = bounded_spellings(head).into_iter();
    let mut estimates = spellings.map(|spelling| zxcvbn::zxcvbn(&spelling, &words));
    let weak = estimates.find(|estimate| estimate.score() < Score::Three)?;
    let warning = weak
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning);
    Some(warning.map_or_else(String::new, |warning| format!(" {warning}")))
}

/// The characters that may stand for a letter, as in `p4$$w0rd`.
const STAND_INS: &str = "4@8({[<6931!|0$5+7%2";
/// How many different ones are read as letters: zxcvbn tries all letters for each of them, so that
/// its work grows with their product.
const READ_AS_LETTERS: usize = 5;

/// What to estimate in place of a password with many different stand-ins: once with the further
/// ones replaced by characters that mean nothing, and once with all characters moved out of every
/// word list, so that sequences and repetitions are still found.
fn bounded_spellings(password: String) -> Vec<String> {
    let moved = |letter: char| char::from_u32(0xE000 + u32::from(letter)).unwrap_or(letter);
    let mut read = Vec::new();
    let folded: String = password
        .chars()
        .map(|letter| {
            if !STAND_INS.contains(letter) || read.contains(&letter) {
                return letter;
            }
            if read.len() < READ_AS_LETTERS {
                read.push(letter);
                return letter;
            }
            moved(letter)
        })
        .collect();
    match folded == password {
        true => vec![password],
        false => vec![folded, password.chars().map(moved).collect()],
    }
}

/// The same password typed on two keyboards must be the same bytes; nothing is trimmed.
pub(crate) fn compose(password: &SecretString) -> SecretString {
    kernel::text::compose(password.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use super::{READ_AS_LETTERS, STAND_INS, bounded_spellings, weakness};

    #[test]
    fn no_more_than_a_few_stand_ins_are_read_as_letters_and_they_hide_no_sequence() {
        let all: String = STAND_INS.repeat(4).chars().take(64).collect();
        for spelling in bounded_spellings(all.clone()) {
            let read = STAND_INS
                .chars()
                .filter(|letter| spelling.contains(*letter));
            assert!(read.count() <= READ_AS_LETTERS, "{spelling}");
        }
        assert_eq!(weakness(&all, &[]), None);
        let ascending: String = (b'!'..=b'`').map(char::from).collect();
        assert!(weakness(&ascending, &[]).is_some(), "a sequence is weak");
        assert!(
            weakness("p4$$w0rdp4$$w0rd", &[]).is_some(),
            "a known word is weak"
        );
        assert_eq!(bounded_spellings("p4$$w0rd!".to_owned()), ["p4$$w0rd!"]);
    }
}
