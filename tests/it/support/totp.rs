//! The authenticator of a test's user.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Algorithm, Builder, Secret};

/// The six digits that an authenticator with this secret (base 32) shows now.
#[expect(
    clippy::disallowed_methods,
    reason = "an authenticator goes by the real time, as its server does"
)]
pub(crate) fn code(secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).expect("base 32"))
        .with_account_name("test")
        .build()
        .expect("an authenticator");
    totp.generate(now.expect("after 1970").as_secs())
        .to_string()
}
