//! What a password must be (NIST SP 800-63B-4): long, hard to guess, of any characters.

use kernel::{ExposeSecret, FieldFault, SecretString};
use zxcvbn::Score;

pub(crate) const MIN_LENGTH: usize = 12;
pub(crate) const MAX_LENGTH: usize = 256;

/// The password in normal form C, or why it will not do; `own_words` are the person's own.
pub(crate) fn check(
    pointer: &str,
    password: &SecretString,
    own_words: &[&str],
) -> Result<SecretString, FieldFault> {
    let clean = compose(password);
    let length = clean.expose_secret().chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length) {
        let message = format!(
            "must have {MIN_LENGTH} to {MAX_LENGTH} characters; several words are easy to keep"
        );
        return Err(FieldFault::new(pointer, "password_length", message));
    }
    // The estimate grows with the square of the length, and 64 characters decide it.
    let head: String = clean.expose_secret().chars().take(64).collect();
    let estimate = zxcvbn::zxcvbn(&head, own_words);
    if estimate.score() >= Score::Three {
        return Ok(clean);
    }
    let advice = estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
        .map(|warning| format!(" {warning}"));
    let message = format!(
        "is too easy to guess; use several words that do not belong together.{}",
        advice.unwrap_or_default()
    );
    Err(FieldFault::new(pointer, "password_guessable", message))
}

/// The same password typed on two keyboards must be the same bytes; nothing is trimmed.
pub(crate) fn compose(password: &SecretString) -> SecretString {
    kernel::text::compose(password.expose_secret()).into()
}
