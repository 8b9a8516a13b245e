//! Parts of a body (RFC 9110, section 14).

use std::ops::Range;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};

use crate::Error;

/// The part of a body of `length` bytes that is asked for; none for all of it. More than one part at once is
/// answered with all, which a server may do.
///
/// # Errors
/// 416 when the body has no such part.
pub fn requested_range(
    req: &HttpRequest,
    etag: &str,
    length: u64,
) -> Result<Option<Range<u64>>, Error> {
    let text = |name| {
        req.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Ok(None);
    }
    match text(header::RANGE).map(|wanted| parse(wanted, length)) {
        None | Some(Wanted::All) => Ok(None),
        Some(Wanted::Part(part)) => Ok(Some(part)),
        Some(Wanted::Nothing) => Err(unsatisfiable(length)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    Nothing,
}

fn parse(text: &str, length: u64) -> Wanted {
    let spec = text.trim().strip_prefix("bytes=").map(str::trim);
    let Some((first, last)) = spec.and_then(|spec| spec.split_once('-')) else {
        return Wanted::All;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let part = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Wanted::All,
    };
    match part.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Part(part),
    }
}

fn unsatisfiable(length: u64) -> Error {
    let error = Error::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "request.range_unsatisfiable",
        format!("Range begins behind the end; the content has {length} bytes"),
    );
    match HeaderValue::from_str(&format!("bytes */{length}")) {
        Ok(value) => error.with_header(header::CONTENT_RANGE, value),
        Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, parse};

    #[test]
    fn a_range_is_the_part_that_is_there() {
        for (text, wanted) in [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=8-99999999999999999999999", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::All),
            ("bytes=0-1,4-5", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("bytes=", Wanted::All),
            ("lines=0-3", Wanted::All),
        ] {
            assert_eq!(parse(text, 10), wanted, "{text}");
        }
    }
}
