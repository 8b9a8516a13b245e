//! The trace that a request belongs to (W3C Trace Context): the client's, or a new one.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;
use kernel::Env;

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Middleware: every request and its answer carry a `traceparent`, and so does every call to
/// other processes for its sake. One that is no `traceparent` is replaced.
///
/// # Errors
/// Those of the inner service.
pub async fn join_trace<B: MessageBody>(
    env: web::Data<Env>,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let sent = req.headers().get(&TRACEPARENT).cloned();
    let sent = sent.filter(|value| value.to_str().is_ok_and(is_traceparent));
    let text = match sent.as_ref().and_then(|value| value.to_str().ok()) {
        Some(text) => text.to_owned(),
        None => made(&env),
    };
    let Ok(value) = HeaderValue::from_str(&text) else {
        return next.call(req).await;
    };
    req.headers_mut().insert(TRACEPARENT, value.clone());
    let mut res = rpc::traced(text, next.call(req)).await?;
    res.headers_mut().insert(TRACEPARENT, value);
    Ok(res)
}

/// A new trace that is not sampled.
fn made(env: &Env) -> String {
    let rng = env.bytes::<24>();
    let word = |from: usize| {
        let bytes = rng.iter().skip(from).take(8);
        bytes.fold(0_u64, |word, byte| word << 8 | u64::from(*byte))
    };
    // Ids of zeros alone would be none.
    let [high, low, span] = [word(0).max(1), word(8), word(16).max(1)];
    format!("00-{high:016x}{low:016x}-{span:016x}-00")
}

/// The id of the trace that a `traceparent` names.
pub(super) fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

/// Version 00 as it is written, and of later versions what this one knows of them.
fn is_traceparent(text: &str) -> bool {
    let mut parts = text.split('-');
    let hex = |part: Option<&str>, length: usize| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.is_some_and(|part| part.len() == length && part.bytes().all(digit))
    };
    let version = parts.clone().next();
    let known = hex(parts.next(), 2) && version != Some("ff");
    let trace = parts.next();
    let span = parts.next();
    let set = |part: Option<&str>| part.is_some_and(|part| part.bytes().any(|byte| byte != b'0'));
    let flags = hex(parts.next(), 2);
    let ended = parts.next().is_none() || version != Some("00");
    known
        && hex(trace, 32)
        && set(trace)
        && hex(span, 16)
        && set(span)
        && flags
        && ended
        && text.len() <= 100
}

#[cfg(test)]
mod tests {
    use super::{is_traceparent, made, trace_id};
    use kernel::Env;

    #[test]
    fn only_what_the_standard_writes_is_a_traceparent() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_traceparent(good));
        assert_eq!(trace_id(good), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert!(is_traceparent(&format!("cc{}-what-is-new", &good[2..])));
        assert!(is_traceparent(&made(&Env::system())));
        for bad in [
            "",
            "00-1-2-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }
}
