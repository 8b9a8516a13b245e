//! The cookie that binds a sign-in to the browser that began it: one for each, so that two tabs can sign
//! in at once.

use actix_web::HttpRequest;
use actix_web::http::header;

const COOKIE: &str = "gopro_sign_in_";
/// Browsers accept a cookie of this name only over https and only from this host.
const SECURE_COOKIE: &str = "__Host-gopro_sign_in_";
/// So much of a state tells the sign-ins of one browser apart.
const STATE_LETTERS: usize = 12;
pub(super) const COOKIE_SECONDS: u32 = 600;

fn cookie_name(is_secure: bool, state: &str) -> String {
    let prefix = match is_secure {
        true => SECURE_COOKIE,
        false => COOKIE,
    };
    // Whoever comes back may say anything, and the name goes into a header.
    let letters = state.bytes().filter(u8::is_ascii_alphanumeric);
    let letters = letters.take(STATE_LETTERS).map(char::from);
    format!("{prefix}{}", letters.collect::<String>())
}

/// `Lax` lets it come along when the provider sends the browser back.
pub(super) fn cookie(is_secure: bool, state: &str, value: &str, seconds: u32) -> String {
    let name = cookie_name(is_secure, state);
    let secure = match is_secure {
        true => "; Secure",
        false => "",
    };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

pub(super) fn kept_by_browser(
    is_secure: bool,
    state: &str,
    request: &HttpRequest,
) -> Option<String> {
    let name = cookie_name(is_secure, state);
    let headers = request.headers().get_all(header::COOKIE);
    let pairs = headers.filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|pairs| pairs.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}
