//! What stands in several requests, said once.

use kernel::FieldFault;
use utoipa::openapi::schema::{
    Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, SchemaFormat, Type,
};

fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
}

/// A short name of letters, digits, `.`, `_` and `-`.
pub(crate) fn username() -> Object {
    text(3, 32)
        .pattern(Some("^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$"))
        .description(Some(
            "A short name of letters, digits, `.`, `_` and `-`; unique without regard to case.",
        ))
        .build()
}

/// An address that reads mail.
pub(crate) fn email() -> Object {
    text(3, 254)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .description(Some("An email address; unique without regard to case."))
        .build()
}

/// A password to be set.
pub(crate) fn new_password() -> Object {
    text(12, 256)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .description(Some(
            "At least 12 characters that are hard to guess; several words are easy to remember.",
        ))
        .build()
}

/// A BCP 47 language tag.
pub(crate) fn locale() -> Object {
    text(2, 35)
        .pattern(Some("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"))
        .description(Some("A BCP 47 language tag for messages, such as `en`."))
        .build()
}

/// An IANA time zone.
pub(crate) fn time_zone() -> Object {
    text(1, 64)
        .pattern(Some("^[A-Za-z0-9_+/-]+$"))
        .description(Some(
            "An IANA time zone for days and streaks, such as `Europe/London`.",
        ))
        .build()
}

/// The secret of a link in an email.
pub(crate) fn link_token() -> Object {
    text(1, 100)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .description(Some("The token behind `#token=` in the emailed link."))
        .build()
}

/// A code of the authenticator, or a recovery code.
pub(crate) fn code() -> Object {
    text(6, 40)
        .pattern(Some("^[0-9A-Za-z -]+$"))
        .description(Some(
            "The six-digit code of the authenticator app, or a recovery code.",
        ))
        .build()
}

/// The scopes of an API token.
pub(crate) fn scopes() -> Array {
    let scope = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(rest::SCOPES));
    ArrayBuilder::new()
        .items(scope)
        .min_items(Some(1))
        .max_items(Some(rest::SCOPES.len()))
        .unique_items(true)
        .description(Some("What the token may be used for."))
        .build()
}

/// Recovery codes.
pub(crate) fn recovery_codes() -> Array {
    ArrayBuilder::new()
        .items(text(19, 19).pattern(Some("^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$")))
        .max_items(Some(10))
        .description(Some("Ten recovery codes."))
        .build()
}

/// A body from whose fields exactly one must be there.
pub(crate) fn one_of(first: &str, second: &str) -> Vec<FieldFault> {
    let message = format!("send either {first} or {second}");
    vec![FieldFault::new(format!("/{first}"), "exactly_one", message)]
}
