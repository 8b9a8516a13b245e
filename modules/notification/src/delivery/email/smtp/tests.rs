//! What an SMTP address may say.

use super::*;

fn check(address: &str) -> Result<(), SettingsError> {
    server(&address.to_owned().into(), false, "").map(drop)
}

#[test]
fn a_password_leaves_only_encrypted_unless_the_operator_says_otherwise() {
    for readable in [
        "smtp://me:secret@mail.example:25",
        "smtp://me:secret@mail.example:587?tls=opportunistic",
    ] {
        let refused = check(readable);
        assert!(matches!(refused, Err(SettingsError::ReadablePassword)));
        assert!(server(&readable.to_owned().into(), true, "").is_ok());
    }
    for safe in [
        "smtp://me:secret@mail.example:587?tls=required",
        "smtp://me%40school:sec%3Fret@mail.example/?tls=required",
        "smtps://me:secret@mail.example",
        "smtps://me:secret@mail.example?tls=required",
        "smtp://127.0.0.1:1025",
        "smtp://127.0.0.1:1025?tls=opportunistic",
    ] {
        assert!(check(safe).is_ok(), "{safe}");
    }
}

#[test]
fn what_means_nothing_in_an_address_is_a_fault_that_shows_no_secret() {
    for meaningless in [
        "smtp://me:secret@host:2588?starttls=required",
        "smtp://me:secret@host:2588/tls=required",
        "smtp://me:secret@host:2588/?tls=required&tls=none",
        "smtp://me:secret@host:2588?tls=Required",
        "smtp://me:secret@host:2588?tls=required&verify=none",
        "smtp://me:secret@host:2588?",
        "smtp://me:secret@host:2588#tls=required",
        "smtp://me:secret@host:2588#?tls=required",
        "smtp://me@host?tls=required",
        "smtp://:secret@host?tls=required",
        "smtp://me:secret@?tls=required",
        "smtp:me:secret@host?tls=required",
        "smtp://me:secret@host:99999?tls=required",
        "smtps://me:secret@host?tls=opportunistic",
        "smtps://me:secret@host/mail.example",
        "carrier-pigeon://me:secret@mail.example",
        "secret",
    ] {
        for allowed in [false, true] {
            let Err(error) = server(&meaningless.to_owned().into(), allowed, "") else {
                panic!("{meaningless} was accepted");
            };
            let of_address = matches!(error, SettingsError::Smtp { .. } | SettingsError::Parameter);
            assert!(of_address, "{meaningless}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
