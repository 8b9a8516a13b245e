//! Goes through what a client sends, and says how far it is HTTP.

use super::fault::{Fault, LARGEST_HEAD};
use super::framing::{Framing, is_control};
use super::head;

const LONGEST_LINE: usize = 16 * 1024;
const MOST_EMPTY_LINES: usize = 4;

/// Where in a connection the client is.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// The body that is being sent; none between requests.
    body: Option<Framing>,
    /// How many heads were good.
    heads: u64,
    /// The length of the empty lines before the head.
    empty: usize,
    /// How much of the head that is not whole yet was looked at.
    seen: usize,
    /// Whether the line of the request is whole.
    has_line: bool,
}

/// What comes after the bytes that are good.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing yet.
    More,
    /// A head that is not whole yet; it is to be shown again with what follows.
    Head,
    /// The beginning of another request, which was not looked at.
    Another,
    /// A request that is refused.
    Refused(Fault),
    /// A body that cannot be read any further.
    Broken,
}

impl Scanner {
    /// How many requests there were; the last one's body may still be on its way.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether a body is on its way.
    pub(super) fn is_in_body(&self) -> bool {
        self.body.is_some()
    }

    /// How many of these bytes are good, and what comes after them; of one request at most.
    pub(super) fn scan(&mut self, bytes: &mut [u8]) -> (usize, Next) {
        let mut good = 0;
        let before = self.heads;
        while good < bytes.len() {
            if self.body.is_none() && self.heads > before {
                return (good, Next::Another);
            }
            if let Some(body) = &mut self.body {
                let (taken, broken) = body.take(&bytes[good..]);
                good += taken;
                if broken.is_some() {
                    return (good, Next::Broken);
                }
                if body.is_done() {
                    self.body = None;
                    if good < bytes.len() {
                        return (good, Next::Another);
                    }
                }
                continue;
            }
            let start = good + self.skip_empty_lines(&bytes[good..]);
            match self.head_length(&bytes[start..]) {
                Ok(None) => return (good, Next::Head),
                Ok(Some(length)) => {
                    (self.seen, self.has_line, self.empty) = (0, false, 0);
                    match head::check(&mut bytes[start..start + length]) {
                        Ok(framing) => self.body = Some(framing).filter(|body| !body.is_done()),
                        Err(fault) => return (good, Next::Refused(fault)),
                    }
                    self.heads += 1;
                    good = start + length;
                }
                Err(fault) => return (good, Next::Refused(fault)),
            }
        }
        (good, Next::More)
    }

    /// How long the empty lines before a request are, which are harmless (RFC 9112, section 2.2).
    /// They are held back with the head, so that they alone keep no connection open.
    fn skip_empty_lines(&mut self, bytes: &[u8]) -> usize {
        let lines = bytes.chunks(2).take(MOST_EMPTY_LINES);
        let empty = 2 * lines.take_while(|line| line == b"\r\n").count();
        if empty != self.empty {
            (self.seen, self.empty) = (0, empty);
        }
        empty
    }

    /// The length of the head that these bytes begin with, once it is whole. What is new of it is
    /// looked at once.
    fn head_length(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        let (from, had_line) = (self.seen, self.has_line);
        for (at, byte) in bytes.iter().enumerate().skip(from) {
            let before = at.checked_sub(1).map(|at| bytes[at]);
            match byte {
                b'\n' if before != Some(b'\r') => return Err(Fault::Malformed),
                b'\n' => {
                    self.has_line = true;
                    if bytes[..at].ends_with(b"\r\n\r") {
                        return Ok(Some(at + 1));
                    }
                }
                _ if before == Some(b'\r') => return Err(Fault::Malformed),
                b'\r' => {}
                byte if is_control(*byte) => return Err(Fault::Malformed),
                _ => {}
            }
            if !self.has_line && at >= LONGEST_LINE {
                return Err(Fault::TargetTooLong);
            }
            if at >= LARGEST_HEAD {
                return Err(Fault::HeadersTooLarge);
            }
        }
        // Who speaks another protocol may wait for an answer after its first line.
        if self.has_line && !had_line {
            head::check_line(bytes)?;
        }
        self.seen = bytes.len();
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Next, Scanner};

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// What comes of these bytes as a whole, and when they come one at a time.
    fn scan(text: &[u8]) -> (usize, Next) {
        let whole = scan_all(&mut Scanner::default(), &mut text.to_vec());
        let (mut scanner, mut held, mut good) = (Scanner::default(), Vec::new(), 0);
        let mut last = Next::More;
        for byte in text {
            held.push(*byte);
            let (more, next) = scanner.scan(&mut held);
            good += more;
            held.drain(..more);
            last = next;
            if matches!(last, Next::Refused(_) | Next::Broken) {
                break;
            }
        }
        let text = String::from_utf8_lossy(text);
        assert_eq!(whole, (good, last), "{text:?} one byte at a time");
        whole
    }

    /// One request after the other.
    fn scan_all(scanner: &mut Scanner, bytes: &mut [u8]) -> (usize, Next) {
        let mut good = 0;
        loop {
            let (more, next) = scanner.scan(&mut bytes[good..]);
            good += more;
            if next != Next::Another {
                return (good, next);
            }
        }
    }

    #[test]
    fn it_goes_through_one_request_at_a_time() {
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        for first in [GET, post] {
            let mut scanner = Scanner::default();
            let mut text = format!("{first}{GET}{GET}").into_bytes();
            assert_eq!(scanner.scan(&mut text), (first.len(), Next::Another));
            assert_eq!(scanner.heads(), 1);
        }
    }

    fn fault(text: &[u8]) -> Option<Fault> {
        match scan(text).1 {
            Next::Refused(fault) => Some(fault),
            _ => None,
        }
    }

    #[test]
    fn requests_one_after_the_other_are_good() {
        for text in [
            GET.to_owned(),
            GET.repeat(20),
            format!("\r\n{GET}"),
            format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc{GET}"),
            format!(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\na\0c\r\n0\r\nX: y\r\n\r\n{GET}"
            ),
            "GET / HTTP/1.0\r\n\r\n".to_owned(),
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n".to_owned(),
            "GET http://a/b?c HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-B: \té\r\n\r\n".to_owned(),
        ] {
            let whole = (text.len(), Next::More);
            assert_eq!(scan(text.as_bytes()), whole, "{text:?}");
        }
    }

    #[test]
    fn it_makes_no_difference_how_the_bytes_arrive() {
        let chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;a\r\n{}\r\n0\r\nX: y\r\n\r\n";
        let sized = "POST /a HTTP/1.1\r\nHost: a:1\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}";
        for request in [format!("{sized}{GET}"), format!("{chunked}{GET}")] {
            for at in 0..request.len() {
                for byte in *b"\0\t\r\n :;,0x\x7f\xff" {
                    let mut bytes = request.clone().into_bytes();
                    bytes[at] = byte;
                    scan(&bytes);
                    bytes.insert(at, byte);
                    scan(&bytes);
                }
            }
        }
    }

    #[test]
    fn a_head_that_is_not_whole_is_held_back() {
        let text = format!("{GET}GET / HTTP/1.1\r\nHo");
        assert_eq!(scan(text.as_bytes()), (GET.len(), Next::Head));
    }

    #[test]
    fn empty_lines_alone_are_held_back_and_many_are_refused() {
        assert_eq!(scan(b"\r\n\r\n"), (0, Next::Head));
        assert_eq!(fault(&b"\r\n".repeat(5)), Some(Fault::Malformed));
    }

    #[test]
    fn a_long_head_is_refused_before_its_end() {
        let line = format!("GET /{}", "a".repeat(20_000));
        assert_eq!(fault(line.as_bytes()), Some(Fault::TargetTooLong));
        let value = "a".repeat(70_000);
        let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {value}");
        assert_eq!(fault(long.as_bytes()), Some(Fault::HeadersTooLarge));
        let many = "X: y\r\n".repeat(97);
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n");
        assert_eq!(fault(many.as_bytes()), Some(Fault::HeadersTooLarge));
    }

    #[test]
    fn what_the_framework_would_believe_of_an_upgrade_is_blanked() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n";
        let mut bytes = head.as_bytes().to_vec();
        assert_eq!(
            Scanner::default().scan(&mut bytes),
            (head.len(), Next::More)
        );
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(text, head.replace(" Upgrade,", "        ,"));
    }

    #[test]
    fn a_body_in_small_chunks_is_good_until_its_framing_outweighs_it() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let end = "0\r\n\r\n";
        for (chunk, count, good) in [
            ("1\r\n \r\n".to_owned(), 10_000, true),
            ("1\r\n \r\n".to_owned(), 20_000, false),
            (format!("40\r\n{}\r\n", "a".repeat(64)), 100_000, true),
            (format!("1;{}\r\n \r\n", "a".repeat(4000)), 10, true),
            (format!("1;{}\r\n \r\n", "a".repeat(4000)), 20, false),
        ] {
            let mut text = format!("{head}{}{end}", chunk.repeat(count)).into_bytes();
            let (taken, next) = Scanner::default().scan(&mut text);
            let whole = (taken, next) == (text.len(), Next::More);
            assert_eq!(whole, good, "{count} of {} bytes", chunk.len());
        }
    }

    #[test]
    fn chunks_that_are_none_break_the_body_where_they_begin() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (good, bad) in [
            ("", "x"),
            ("3", "\n"),
            ("3\r\nabc", "d"),
            ("3\r\nabc\r\n", "-1\r\n"),
            ("", ";a\r\n"),
            ("fffffffffffffff", "f\r\n"),
            ("0\r\nX: ", "\0"),
            ("0\r\n", " X: y\r\n"),
            ("0\r\n", ": y\r\n"),
            ("0\r\nX", " : y\r\n"),
            ("0\r\nX", "\r\n"),
            ("0\r\nX: y\r\nB", "(: z\r\n"),
            ("0\r\n\r", "x"),
        ] {
            let text = format!("{head}{good}{bad}");
            let whole = (head.len() + good.len(), Next::Broken);
            assert_eq!(scan(text.as_bytes()), whole, "{good:?} {bad:?}");
        }
    }
}
