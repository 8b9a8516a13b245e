//! Addresses that email is sent to: the one form of each, in which it is kept, compared and written
//! to.

use kernel::text;
use unicode_normalization::UnicodeNormalization;
use url::Host;

/// Octets of an address and of what stands before its `@` (RFC 5321, section 4.5.3.1).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// The one form of an address, or none when no email can be sent to it. Quotes and backslashes that
/// change nothing are taken away (RFC 5321, section 4.1.2), and an address that needs them is none,
/// because few servers take it; the domain is in lower case and in ASCII (RFC 5891).
pub(crate) fn parse(typed: &str) -> Option<String> {
    // Mailboxes that only look alike are different, and would be compared as the same.
    if typed.rsplit_once('@')?.0.chars().any(has_look_alike) {
        return None;
    }
    let typed = text::clean(typed);
    let (local, domain) = typed.rsplit_once('@')?;
    let local = unquoted(local)?;
    let domain = mail_domain(domain)?;
    let fits = local.len() <= LONGEST_LOCAL && local.split('.').all(is_atom);
    let email = format!("{local}@{domain}");
    (fits && email.len() <= LONGEST).then_some(email)
}

/// Whether a letter is written in another way when texts are compared; accents that stand by themselves are
/// not.
fn has_look_alike(letter: char) -> bool {
    !letter.is_whitespace() && !std::iter::once(letter).nfkc().eq([letter])
}

/// The form in which two addresses are compared; of what is no address, its own.
pub(crate) fn key(typed: &str) -> String {
    match parse(typed) {
        Some(email) => text::fold(&email),
        None => text::fold(typed),
    }
}

/// What a quoted string stands for; anything else as it is.
fn unquoted(local: &str) -> Option<String> {
    let inner = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return Some(local.to_owned());
    };
    let mut plain = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next()?),
            '"' => return None,
            other => plain.push(other),
        }
    }
    Some(plain)
}

fn is_atom(atom: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter);
    !atom.is_empty() && atom.chars().all(fits)
}

/// A name with a dot, whose servers the world can look up: no address in brackets, no bare host
/// (RFC 5321, section 2.3.5).
fn mail_domain(domain: &str) -> Option<String> {
    // The parser of hosts would take an escape for the letter that it stands for.
    if domain.contains('%') {
        return None;
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return None;
    };
    let is_label = |label: &str| {
        let inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let outer = !label.starts_with('-') && !label.ends_with('-');
        (1..=63).contains(&label.len()) && label.chars().all(inner) && outer
    };
    let fits = domain.contains('.') && domain.split('.').all(is_label);
    fits.then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::{key, parse};

    #[test]
    fn every_way_to_write_an_address_is_one_address() {
        for typed in [
            "ada@example.org",
            " ada@example.org ",
            "\"ada\"@example.org",
            "\"\\ada\"@example.org",
            "\"a\\d\\a\"@EXAMPLE.org",
            "ada@ｅxample。org",
        ] {
            assert_eq!(parse(typed).as_deref(), Some("ada@example.org"), "{typed}");
        }
        assert_eq!(key("\"ADA\"@Example.org"), key("ada@example.org"));
        assert_eq!(parse("Ada@Example.ORG").as_deref(), Some("Ada@example.org"));
        assert_eq!(
            parse("ada@bücher.example").as_deref(),
            Some("ada@xn--bcher-kva.example")
        );
        assert_eq!(key("ada@BÜCHER.example"), key("ada@xn--bcher-kva.example"));
        assert_eq!(key("Ada"), "ada", "a username is compared as it is");
    }

    #[test]
    fn an_undeliverable_text_is_not_an_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}example.org", "abcdefgh.".repeat(28));
        for typed in [
            "",
            "@",
            "ada",
            "@example.org",
            "ada@",
            "\"\"@example.org",
            "\"@\"@example.org",
            "\"a b\"@example.org",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "\"ada@example.org",
            "a\\b@example.org",
            "a..b@example.org",
            ".ada@example.org",
            "ada.@example.org",
            "a,b@example.org",
            "a(b)@example.org",
            "<ada@example.org>",
            "ada lovelace@example.org",
            "ada\u{0}@example.org",
            "ada\u{200B}@example.org",
            "ada\r\nBcc:x@example.org",
            "\u{ff41}da@example.org",
            "\u{fb01}lip@example.org",
            "\u{1d4ef}ilip@example.org",
            "a\u{b9}@example.org",
            "\u{212a}@example.org",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@127.1",
            "ada@[127.0.0.1]",
            "ada@[::1]",
            "ada@example.org.",
            "ada@example..org",
            "ada@-example.org",
            "ada@exa_mple.org",
            "ada@exa%6Dple.org",
            "ada@example.org:25",
            &long,
            &longer,
        ] {
            assert_eq!(parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn what_is_an_address_can_be_sent_to() {
        for typed in [
            "ada@example.org",
            "ada+courses@example.org",
            "o'hara@example.org",
            "a!#$%&'*+-/=?^_`{|}~z@example.org",
            "jürgen@example.org",
            "ada@bücher.example",
            "\"a.b\"@example.org",
            &format!("{}@example.org", "a".repeat(64)),
        ] {
            let email = parse(typed).expect(typed);
            assert!(email.parse::<lettre::Address>().is_ok(), "{email}");
        }
    }
}
