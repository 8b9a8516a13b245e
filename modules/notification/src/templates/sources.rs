//! The texts of the built-in templates, by their names.

/// One file of a template in one language.
macro_rules! source {
    ($language:literal, $name:literal, $part:literal) => {
        (
            concat!($language, "/", $name, ".", $part),
            include_str!(concat!(
                "../../templates/",
                $language,
                "/",
                $name,
                ".",
                $part
            )),
        )
    };
}

/// The files of each template in every language.
macro_rules! sources {
    ($parts:tt $($name:literal)*) => {
        &[$(sources!(@"en", $name, $parts), sources!(@"de", $name, $parts)),*]
    };
    (@$language:literal, $name:literal, [$($part:literal)*]) => {
        &[$(source!($language, $name, $part)),*] as &[_]
    };
}

/// The name of a file of a template, and what stands in it.
type Source = (&'static str, &'static str);

const SHARED: &[Source] = &[
    ("layout.html", include_str!("../../templates/layout.html")),
    source!("en", "footer", "txt"),
    source!("de", "footer", "txt"),
    source!("en", "transactional_footer", "txt"),
    source!("de", "transactional_footer", "txt"),
];

/// Of each message: an email, and what the inbox shows.
const MESSAGES: &[&[Source]] = sources! {
    ["subject.txt" "inbox.txt" "txt" "html"]
    "welcome" "enrolled" "version_available" "publish_failed" "answer_graded" "course_completed" "achievement_unlocked" "suspicious_login"
    "password_changed" "mfa_enabled" "mfa_disabled" "account_locked" "account_unlocked"
    "identity_linked" "learner_removed" "certificate_revoked" "certificate_reinstated"
    "enrollment_expiring" "enrollment_expired" "certificate_expiring"
};

const TRANSACTIONAL: &[&[Source]] = sources! {
    ["subject.txt" "txt" "html"]
    "verify_email" "registration_repeated" "reset_password" "reset_required" "change_email"
    "email_changed" "invitation" "erasure_started"
};

/// The name and the text of every template.
pub(super) fn all() -> impl Iterator<Item = &'static Source> {
    let all = [&[SHARED], MESSAGES, TRANSACTIONAL];
    all.into_iter().flatten().copied().flatten()
}
