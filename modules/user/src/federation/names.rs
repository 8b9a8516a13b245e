//! What a provider says of a user, made to fit an account.

use kernel::text;

use super::answer::Visitor;
use crate::domain::email_address;

/// Characters of a name that is shown.
const MAX_NAME: usize = 100;

/// The characters of a name that a username can have.
pub(super) fn username_of(name: &str) -> String {
    let fitting = name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'));
    let fitting: String = fitting.take(32).collect();
    let inner = fitting.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    match inner.len() {
        0 => "learner".to_owned(),
        1 | 2 => format!("{inner}-learner"),
        _ => inner.to_owned(),
    }
}

pub(super) fn shown_name(visitor: &Visitor) -> Option<String> {
    let name = visitor.name.as_deref()?;
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
            ("é", "learner"),
            ("a+b", "ab-learner"),
            ("", "learner"),
            (&"x".repeat(60), &"x".repeat(32)),
        ] {
            assert_eq!(username_of(name), username);
        }
    }
}
