//! Where a picture may lie. Nothing here fetches it: browsers do, so an address that only somebody
//! inside a network could reach must not be handed to them.

use kernel::FieldFault;
use url::Url;

use crate::domain::public_host::is_public_host;

/// What the schema of the request says, too: a parsed address may be longer.
const MAX_LENGTH: usize = 500;
const MESSAGE: &str =
    "must be an https address of a public host, such as https://example.org/me.png";

/// The address as browsers understand it, so that no reader of another kind is led elsewhere.
pub(crate) fn parse(url: &str) -> Result<String, FieldFault> {
    // The parser reads an address as browsers do, so 0x7f.1 is 127.0.0.1 here too.
    let parsed = Url::parse(url).ok().filter(is_public);
    let parsed = parsed
        .map(String::from)
        .filter(|url| url.len() <= MAX_LENGTH);
    parsed.ok_or_else(|| FieldFault::new("/avatar_url", "avatar_url", MESSAGE))
}

fn is_public(url: &Url) -> bool {
    let plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    plain && url.host().is_some_and(|host| is_public_host(&host))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_picture_lies_at_a_public_https_address() {
        for url in [
            "https://example.org/me.png",
            "https://cdn.example.org:443/a/b?size=2",
            "https://93.184.216.34/me.png",
            "https://[2606:2800:220:1::1]/me.png",
        ] {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.org/me.png",
            "https://localhost/me.png",
            "https://me@example.org/me.png",
            "https://printer.local/me.png",
            "https://metadata.google.internal/",
            "https://intranet/me.png",
            "https://10.0.0.1/me.png",
            "https://127.0.0.1/me.png",
            "https://2130706433/me.png",
            "https://0x7f.1/me.png",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:7f00:1::]/",
            "https://example.org:8443/me.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "/me.png",
            "",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_kept_as_one_address() {
        for (written, kept) in [
            (
                "https://example.org\\@127.0.0.1/",
                "https://example.org/@127.0.0.1/",
            ),
            ("https:///example.org/", "https://example.org/"),
            (
                "https://EXAMPLE.org/\"><script>",
                "https://example.org/%22%3E%3Cscript%3E",
            ),
        ] {
            assert_eq!(parse(written).as_deref(), Ok(kept));
        }
    }
}
