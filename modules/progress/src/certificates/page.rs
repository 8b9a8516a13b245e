//! The page on which people check a certificate.

use kernel::Fault;

use super::settings::CertificateSettings;
use super::view::{CertificateStatus, CertificateView, written};
use crate::error::Error;

const FRAME: &str = include_str!("page.html");

/// The page of a certificate.
pub(super) fn of_certificate(certificate: &CertificateView) -> String {
    let course = escaped(&certificate.course_title);
    let name = escaped(&certificate.name);
    let day = written(certificate.completed_on);
    let expired_on = match certificate.status {
        CertificateStatus::Expired => certificate.expires_at,
        _ => None,
    };
    let (title, result) = match certificate.revoked_at.or(expired_on) {
        None => (
            "This certificate is valid",
            format!(
                "<div id=\"result\" class=\"good\"><p>Valid</p><p>{name} has completed the course {course}.</p></div>"
            ),
        ),
        Some(moment) if certificate.revoked_at.is_none() => (
            "This certificate has expired",
            format!(
                "<div id=\"result\" class=\"bad\"><p>Not valid any more</p><p>It has expired on {}. {name} has completed the course {course}.</p></div>",
                written(moment.date_naive())
            ),
        ),
        Some(moment) => (
            "This certificate was revoked",
            format!(
                "<div id=\"result\" class=\"bad\"><p>Not valid</p><p>The staff of the course revoked it on {}. Ask its holder for another, or the issuer for the reason.</p></div>",
                written(moment.date_naive())
            ),
        ),
    };
    let address = format!("/api/v1/progress/certificates/{}", certificate.code);
    let until = certificate.expires_at.map_or_else(
        || "without an end".to_owned(),
        |end| written(end.date_naive()),
    );
    let rows = [
        ("Name", name.clone()),
        ("Course", course),
        ("Version", certificate.course_version.to_string()),
        ("Completed on", day),
        ("Valid until", until),
        (
            "Number",
            format!("<code>{}</code>", escaped(&certificate.code)),
        ),
        ("Issued by", escaped(&certificate.issuer.name)),
    ];
    let rows = rows.map(|(term, value)| format!("<dt>{term}</dt><dd>{value}</dd>\n"));
    let main = format!(
        "{result}\n<p><a href=\"{address}/image\"><img src=\"{address}/image\" width=\"842\" height=\"595\" alt=\"The certificate of {name}\"></a></p>\n<dl>\n{}</dl>\n<p>Compare the name and the number with the certificate that you were given, and the address of this page with that of the issuer.</p>\n<p><a href=\"{address}/document\">Certificate as PDF</a> · <a href=\"{address}/credential\">as Open Badge</a></p>\n",
        rows.concat()
    );
    framed(title, &certificate.issuer.name, &main)
}

/// The page that says why there is no certificate.
pub(super) fn of_fault(fault: &Error, settings: &CertificateSettings) -> String {
    let title = match fault {
        Error::CertificateCodeMistyped => "This number is mistyped",
        _ => "This certificate is unknown",
    };
    let main = format!(
        "<div id=\"result\" class=\"bad\"><p>Not valid</p><p>{}.</p></div>\n<p><a href=\"/problems/{}\">What this means</a></p>\n",
        escaped(&sentence(&fault.to_string())),
        fault.code(),
    );
    framed(title, &settings.issuer_name, &main)
}

fn framed(title: &str, issuer: &str, main: &str) -> String {
    let page = FRAME.replace("{title}", title);
    let page = page.replace("{issuer}", &escaped(issuer));
    page.replace("{main}", main)
}

/// The text with a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A text as it stands in HTML and XML, without the characters that XML does not have.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}') => {
                escaped.push('\u{FFFD}');
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
