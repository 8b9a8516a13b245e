//! What the head of a request must be: HTTP/1.1 (RFC 9112) word for word, and nothing that two
//! readers could take for different requests.

use std::net::Ipv6Addr;

use actix_web::http::{Method, Uri};

use super::fault::{Fault, MOST_HEADERS};
use super::framing::{Framing, is_control, is_token};

/// How the body of a request with this head is delimited from the next request. `head` is whole, with
/// the empty line. The option `upgrade` is blanked where it may be ignored.
///
/// # Errors
/// Why the request is refused.
pub(super) fn check(head: &mut [u8]) -> Result<Framing, Fault> {
    let end = head.len().saturating_sub(4);
    let mut upgrades = Upgrades::default();
    let mut seen = Seen::default();
    let mut start = 0;
    while start <= end {
        let length = find(&head[start..], b"\r\n").ok_or(Fault::Malformed)?;
        let line = start..start + length;
        start = line.end + 2;
        if seen.version.is_none() {
            seen.version = Some(request_line(&head[line.clone()])?);
            seen.posts = head[line].starts_with(b"POST ");
            continue;
        }
        seen.headers += 1;
        if seen.headers > MOST_HEADERS {
            return Err(Fault::HeadersTooLarge);
        }
        let colon = head[line.clone()].iter().position(|byte| *byte == b':');
        let colon = line.start + colon.ok_or(Fault::Malformed)?;
        let (name, value) = (&head[line.start..colon], &head[colon + 1..line.end]);
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(Fault::Malformed);
        }
        if value.iter().any(|byte| is_control(*byte)) {
            return Err(Fault::Malformed);
        }
        let value = value.trim_ascii();
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => seen.host(value)?,
            7 if name.eq_ignore_ascii_case(b"upgrade") => upgrades.requested(value)?,
            10 if name.eq_ignore_ascii_case(b"connection") => {
                upgrades.options.push(colon + 1..line.end);
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => seen.length(value)?,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => seen.encoding(value)?,
            _ => {}
        }
    }
    let framing = seen.framing()?;
    upgrades.blank(head)?;
    Ok(framing)
}

/// Whether a head that is not whole yet begins as one.
///
/// # Errors
/// Why the request is refused.
pub(super) fn check_line(head: &[u8]) -> Result<(), Fault> {
    let length = find(head, b"\r\n").ok_or(Fault::Malformed)?;
    request_line(&head[..length]).map(drop)
}

#[derive(Clone, Copy, PartialEq)]
enum Version {
    Http10,
    Http11,
}

fn request_line(line: &[u8]) -> Result<Version, Fault> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Fault::Malformed);
    };
    let version = match version {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        _ => return Err(Fault::Malformed),
    };
    if !method.iter().copied().all(is_token) || Method::from_bytes(method).is_err() {
        return Err(Fault::Malformed);
    }
    if method == b"CONNECT" {
        return Err(Fault::Connect);
    }
    let known_form = target.starts_with(b"/")
        || target.starts_with(b"http://")
        || target.starts_with(b"https://")
        || (target == b"*" && method == b"OPTIONS");
    let mut letters = target.iter();
    let readable = letters.all(|letter| letter.is_ascii_graphic() && *letter != b'#')
        && Uri::try_from(target).is_ok();
    let address = target.splitn(2, |byte| *byte == b':').nth(1);
    let address = address.and_then(|address| address.strip_prefix(b"//"));
    let authority = address.filter(|_| !target.starts_with(b"/"));
    let authority = authority.and_then(|address| {
        let mut parts = address.split(|byte| b"/?".contains(byte));
        parts.next()
    });
    match known_form && readable && authority.is_none_or(is_host) {
        true => Ok(version),
        false => Err(Fault::Malformed),
    }
}

/// What of the headers says where the request ends and whom it is for.
#[derive(Default)]
struct Seen {
    version: Option<Version>,
    posts: bool,
    headers: usize,
    host: bool,
    length: Option<u64>,
    chunked: bool,
}

impl Seen {
    fn host(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.host || !is_host(value) {
            return Err(Fault::Malformed);
        }
        self.host = true;
        Ok(())
    }

    fn length(&mut self, value: &[u8]) -> Result<(), Fault> {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        let length = std::str::from_utf8(value).ok().filter(|_| digits);
        let length = length.and_then(|length| length.parse().ok());
        match (self.length, length) {
            (None, Some(length)) => {
                self.length = Some(length);
                Ok(())
            }
            _ => Err(Fault::Malformed),
        }
    }

    fn encoding(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Fault::Malformed);
        }
        self.chunked = true;
        Ok(())
    }

    fn framing(&self) -> Result<Framing, Fault> {
        let new = self.version == Some(Version::Http11);
        let two_lengths = self.chunked && self.length.is_some();
        // HTTP/1.0 knows no chunks, and a POST of it has a body (RFC 1945, section 7.2.2).
        let old = self.chunked || (self.posts && self.length.is_none());
        if two_lengths || (new && !self.host) || (!new && old) {
            return Err(Fault::Malformed);
        }
        Ok(match (self.chunked, self.length) {
            (true, _) => Framing::chunked(),
            (false, Some(length)) => Framing::sized(length),
            (false, None) => Framing::sized(0),
        })
    }
}

/// An HTTP/2 client may request `h2c` with every request, and takes no answer to that for a no
/// (RFC 9110, section 7.8); any other protocol is refused, because its client would wait for it.
#[derive(Default)]
struct Upgrades {
    requested: bool,
    options: Vec<std::ops::Range<usize>>,
}

impl Upgrades {
    fn requested(&mut self, value: &[u8]) -> Result<(), Fault> {
        self.requested = true;
        match value.eq_ignore_ascii_case(b"h2c") {
            true => Ok(()),
            false => Err(Fault::Upgrade),
        }
    }

    /// Takes the option `upgrade` out of `Connection`, because the framework would believe it.
    fn blank(self, head: &mut [u8]) -> Result<(), Fault> {
        for range in self.options {
            for option in head[range].split_mut(|byte| *byte == b',') {
                if option.trim_ascii().eq_ignore_ascii_case(b"upgrade") {
                    if !self.requested {
                        return Err(Fault::Upgrade);
                    }
                    option.fill(b' ');
                }
            }
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// `uri-host [ ":" port ]` (RFC 9110, section 7.2).
fn is_host(value: &[u8]) -> bool {
    let (name, port) = match value.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !value.ends_with(b"]") => (&value[..colon], &value[colon + 1..]),
        _ => (value, &b""[..]),
    };
    let inner = name.strip_prefix(b"[").map(|name| name.strip_suffix(b"]"));
    let fits = match inner {
        Some(Some(address)) => {
            let address = std::str::from_utf8(address).ok();
            address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
        }
        Some(None) => false,
        None => is_name(name),
    };
    let digits = port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
    let port = std::str::from_utf8(port).unwrap_or_default();
    fits && !name.is_empty() && digits && (port.is_empty() || port.parse::<u16>().is_ok())
}

/// `reg-name` (RFC 3986, section 3.2.2).
fn is_name(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| *byte == b'%');
    let plain = |part: &[u8]| {
        let mut letters = part.iter();
        letters.all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte))
    };
    let first = parts.next().is_some_and(plain);
    first
        && parts.all(|part| {
            let (digits, rest) = part.split_at_checked(2).unwrap_or_default();
            digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit) && plain(rest)
        })
}
