//! Files and parts of them (RFC 9110, section 14).

use std::error::Error as StdError;
use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures::Stream;

use crate::{Error, is_known};

/// Answers with a file of `length` bytes whose content a strong `etag` names: 304 if the client has it, 206 with the
/// part that `Range` asks for, else 200 with all of it. `response` brings what is particular to the file, such as its
/// `Content-Type`; `open` is called with the bytes to send, and only if there are any to send.
///
/// `Range` is ignored if `If-Range` names another content (section 13.1.5), if it asks for more than one part, which a
/// server may do, and if it is not understood. The edge removes it from HEAD, for which it is not defined.
///
/// # Errors
/// 416 with `Content-Range` when the file has no such part, and what `open` fails with.
pub async fn file<S, E>(
    req: &HttpRequest,
    etag: &str,
    length: u64,
    mut response: HttpResponseBuilder,
    open: impl AsyncFnOnce(Range<u64>) -> Result<S, Error>,
) -> Result<HttpResponse, Error>
where
    S: Stream<Item = Result<Bytes, E>> + 'static,
    E: Into<Box<dyn StdError>> + 'static,
{
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        // A part of what was compressed is no part of the file.
        .insert_header((header::CONTENT_ENCODING, "identity"));
    if is_known(req, etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let part = requested_range(req, etag, length)?;
    if let Some(part) = &part {
        let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        response
            .status(StatusCode::PARTIAL_CONTENT)
            .insert_header((header::CONTENT_RANGE, range));
    }
    let part = part.unwrap_or(0..length);
    let size = part.end - part.start;
    let content = open(part).await?;
    Ok(response.body(SizedStream::new(size, content)))
}

/// The part that is asked for; none for all of it.
fn requested_range(
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
    use std::convert::Infallible;
    use std::ops::Range;

    use actix_web::HttpResponse;
    use actix_web::body::to_bytes;
    use actix_web::http::header;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures::stream;

    use super::{Wanted, file, parse};
    use crate::Error;

    const CONTENT: &[u8] = b"0123456789";

    /// The status of a file that is asked for with these headers, its `Content-Range`, and its body.
    async fn ask(headers: &[(&str, &str)]) -> (u16, String, String) {
        let mut request = TestRequest::default();
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let request = request.to_http_request();
        let open = async |part: Range<u64>| {
            let part = usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap();
            let piece = Ok::<_, Infallible>(Bytes::from_static(&CONTENT[part]));
            Ok::<_, Error>(stream::iter([piece]))
        };
        let response = file(&request, "\"a1\"", 10, HttpResponse::Ok(), open);
        let response = response.await.unwrap_or_else(HttpResponse::from_error);
        let range = response.headers().get(header::CONTENT_RANGE);
        let range = range.map_or("", |value| value.to_str().unwrap()).to_owned();
        let status = response.status().as_u16();
        if status < 300 {
            for (name, value) in [
                (header::ETAG, "\"a1\""),
                (header::ACCEPT_RANGES, "bytes"),
                (header::CONTENT_ENCODING, "identity"),
            ] {
                assert_eq!(response.headers().get(&name).unwrap(), value);
            }
        }
        let body = to_bytes(response.into_body()).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        (
            status,
            range,
            if status < 300 { body } else { String::new() },
        )
    }

    fn answer(status: u16, range: &str, body: &str) -> (u16, String, String) {
        (status, range.to_owned(), body.to_owned())
    }

    #[actix_web::test]
    async fn a_file_is_sent_whole_in_part_or_not_again() {
        let all = answer(200, "", "0123456789");
        assert_eq!(ask(&[]).await, all);
        assert_eq!(
            ask(&[("range", "bytes=2-4")]).await,
            answer(206, "bytes 2-4/10", "234")
        );
        assert_eq!(ask(&[("range", "bytes=0-1,4-5")]).await, all);
        assert_eq!(
            ask(&[("range", "bytes=10-")]).await,
            answer(416, "bytes */10", "")
        );
        assert_eq!(ask(&[("if-none-match", "\"a1\"")]).await.0, 304);
        // What the client has counts before the part that it asks for.
        let both = [("if-none-match", "\"a1\""), ("range", "bytes=10-")];
        assert_eq!(ask(&both).await.0, 304);
    }

    #[actix_web::test]
    async fn a_part_of_another_content_is_not_sent() {
        let part = |known| [("if-range", known), ("range", "bytes=2-4")];
        let all = answer(200, "", "0123456789");
        assert_eq!(
            ask(&part("\"a1\"")).await,
            answer(206, "bytes 2-4/10", "234")
        );
        // A weak tag and a date do not say that the bytes are the same.
        for other in ["\"b2\"", "W/\"a1\"", "Mon, 30 Nov 2026 08:00:00 GMT"] {
            assert_eq!(ask(&part(other)).await, all, "{other}");
        }
        let behind = [("if-range", "\"b2\""), ("range", "bytes=10-")];
        assert_eq!(ask(&behind).await, all);
    }

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
