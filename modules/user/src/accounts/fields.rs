//! What the fields of an account must be.

use kernel::FieldFault;
use language_tags::LanguageTag;

use crate::domain::email_address;
use crate::error::Error;

/// The pattern of the request schemas once more, because the operator's accounts pass no schema.
/// No username may look like an address, or it could stand for another's at the login.
pub(super) fn check_username(username: &str) -> Option<FieldFault> {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let outer = |letter: char| letter.is_ascii_alphanumeric();
    let fits = (3..=32).contains(&username.len())
        && username.chars().all(inner)
        && username.starts_with(outer)
        && username.ends_with(outer);
    let message =
        "must be 3 to 32 letters, digits, '.', '_' or '-', a letter or digit at both ends";
    (!fits).then(|| FieldFault::new("/username", "pattern", message))
}

/// The one form of an address that email can be sent to.
pub(crate) fn parse_email(typed: &str) -> Result<String, Error> {
    email_address::parse(typed).ok_or_else(|| Error::Invalid(vec![email_fault()]))
}

pub(super) fn email_fault() -> FieldFault {
    let message = "must be an email address such as ada@example.org that email can be sent to, without quotes, spaces or comments";
    FieldFault::new("/email", "format", message)
}

/// A tag of registered words (RFC 5646, section 2.2.9); whether messages are in it is another
/// matter.
pub(super) fn check_locale(locale: &str) -> Option<FieldFault> {
    let fault = || {
        let message = "must be a BCP 47 language tag such as en or de-AT";
        FieldFault::new("/locale", "locale", message)
    };
    let tag = LanguageTag::parse(locale).ok();
    let registered = tag.is_some_and(|tag| tag.is_valid());
    (!registered).then(fault)
}

pub(super) fn check_zone(zone: &str) -> Vec<FieldFault> {
    match zone.parse::<chrono_tz::Tz>() {
        Ok(_) => Vec::new(),
        Err(_) => vec![FieldFault::new(
            "/time_zone",
            "time_zone",
            "must be an IANA time zone such as Europe/Rome",
        )],
    }
}

/// The language of who has named none.
pub(super) fn locale_or_default(locale: Option<String>) -> String {
    locale.unwrap_or_else(|| "en".to_owned())
}

pub(super) fn refuse(faults: Vec<FieldFault>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}
