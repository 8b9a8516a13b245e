//! Makes a mail (RFC 5322) of a message.

use std::sync::Arc;
use std::time::SystemTime;

use actix_web::http::Uri;
use contracts::user::Letter;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message as Mail};

use crate::letter::LetterType;
use crate::message::Message;
use crate::settings::{MailSettings, SettingsError};
use crate::store::deliveries::DeliveryRecord;
use crate::store::recipients::Recipient;
use crate::template::{MailText, Templates};
use crate::words::greeting_name;

/// Writes mails in the name of the platform.
#[derive(Clone)]
pub(crate) struct Composer {
    from: Mailbox,
    host: String,
    templates: Arc<Templates>,
}

/// A mail that cannot be written, however often it is tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error("the address cannot be used: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the template does not render: {0}")]
    Template(#[from] minijinja::Error),
    #[error("the mail cannot be written: {0}")]
    Mail(#[from] lettre::error::Error),
}

impl Composer {
    pub(crate) fn new(
        settings: &MailSettings,
        templates: Arc<Templates>,
    ) -> Result<Self, SettingsError> {
        let from = settings.mailbox()?;
        let host = host(&settings.public_url).ok_or_else(|| SettingsError::PublicUrl {
            url: settings.public_url.clone(),
        })?;
        Ok(Self {
            from,
            host,
            templates,
        })
    }

    /// The mail of a delivery: the same bytes each time, so that a repeat can be seen as one.
    pub(crate) fn compose(
        &self,
        delivery: &DeliveryRecord,
        recipient: &Recipient,
        message: &Message,
    ) -> Result<Mail, ComposeError> {
        let text =
            self.templates
                .mail(message, Some(&recipient.display_name), &recipient.locale)?;
        self.envelope(delivery, &recipient.display_name, &recipient.email, text)
    }

    /// The mail of a letter.
    pub(crate) fn letter(
        &self,
        delivery: &DeliveryRecord,
        letter_type: LetterType,
        letter: &Letter,
    ) -> Result<Mail, ComposeError> {
        let text = self.templates.letter(letter_type, letter)?;
        self.envelope(delivery, &letter.display_name, &letter.email, text)
    }

    fn envelope(
        &self,
        delivery: &DeliveryRecord,
        name: &str,
        email: &str,
        text: MailText,
    ) -> Result<Mail, ComposeError> {
        let address: Address = email.trim().parse()?;
        let to = Mailbox::new(greeting_name(name), address);
        let body = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("part-{}", delivery.id.simple()))
            .singlepart(part(ContentType::TEXT_PLAIN, text.plain))
            .singlepart(part(ContentType::TEXT_HTML, text.html));
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Ok(Mail::builder()
            .from(self.from.clone())
            .to(to)
            .subject(text.subject)
            .date(SystemTime::from(delivery.created_at))
            .message_id(Some(format!("<{}@{}>", delivery.id, self.host)))
            .raw_header(automatic)
            .multipart(body)?)
    }
}

fn part(content_type: ContentType, body: String) -> SinglePart {
    SinglePart::builder().content_type(content_type).body(body)
}

/// The host of a web address.
fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri.host().filter(|host| web && !host.is_empty())?;
    Some(host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::delivery::DeliveryState;
    use crate::settings::Transport;
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn composer() -> Composer {
        let settings = MailSettings {
            from: "GO-PRO <no-reply@learn.example.org>".to_owned(),
            public_url: "https://Learn.example.org:8443/".to_owned(),
            transport: Transport::Folder("unused".into()),
        };
        let templates = Arc::new(Templates::new(&settings.public_url).unwrap());
        Composer::new(&settings, templates).unwrap()
    }

    fn compose(name: &str, title: &str) -> String {
        let moment: DateTime<Utc> = "2026-03-01T10:00:00Z".parse().unwrap();
        let delivery = DeliveryRecord {
            id: Uuid::from_u128(1),
            notification_id: Some(Uuid::from_u128(2).into()),
            user_id: Some(Uuid::from_u128(3).into()),
            letter: None,
            channel: Channel::Email,
            state: DeliveryState::Sending,
            attempts: 1,
            available_at: moment,
            error: None,
            correlation: String::new(),
            created_at: moment,
            updated_at: moment,
            sent_at: None,
        };
        let recipient = Recipient {
            user_id: Uuid::from_u128(3).into(),
            display_name: name.to_owned(),
            email: "ada@example.org".to_owned(),
            locale: "de".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        let message = Message::CourseCompleted {
            course_id: Uuid::from_u128(4).into(),
            course_title: title.to_owned(),
        };
        let mail = composer().compose(&delivery, &recipient, &message).unwrap();
        String::from_utf8(mail.formatted()).unwrap()
    }

    #[test]
    fn a_mail_says_who_it_is_from_when_it_was_made_and_that_a_machine_wrote_it() {
        let mail = compose("Ada", "Go");
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: GO-PRO <no-reply@learn.example.org>",
            "To: Ada <ada@example.org>",
            "Message-ID: <00000000-0000-0000-0000-000000000001@learn.example.org>",
            "Date: Sun, 01 Mar 2026 10:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(
                headers.lines().any(|header| header == line),
                "{line} is not in\n{headers}"
            );
        }
        assert!(headers.contains("multipart/alternative"));
        let plain = body.find("text/plain; charset=utf-8").unwrap();
        let html = body.find("text/html; charset=utf-8").unwrap();
        assert!(plain < html, "readers show the last part that they can");
        assert_eq!(mail, compose("Ada", "Go"), "a repeat must be the same mail");
    }

    #[test]
    fn an_address_or_origin_that_cannot_be_used_is_refused_at_the_start() {
        assert_eq!(host("https://a.example/x"), Some("a.example".to_owned()));
        assert_eq!(host("ftp://a.example"), None);
        assert_eq!(host("a.example"), None);
        assert_eq!(host(""), None);
        let templates = Arc::new(Templates::new("http://127.0.0.1:8080").unwrap());
        let settings = |from: &str| MailSettings {
            from: from.to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            transport: Transport::Folder("unused".into()),
        };
        let accepts = |from: &str| Composer::new(&settings(from), Arc::clone(&templates)).is_ok();
        assert!(accepts("GO-PRO <no-reply@localhost>"));
        assert!(accepts("no-reply@example.org"));
        assert!(!accepts("GO-PRO"));
        assert!(!accepts(""));
    }

    proptest! {
        #[test]
        fn no_name_or_title_can_add_a_header(
            name in ".{0,40}(\r\n|\n|\r)?(Bcc: eve@evil\\.example)?.{0,40}",
            title in ".{0,40}(\r\n|\n)?(X-Evil: 1)?.{0,40}",
        ) {
            let mail = compose(&name, &title);
            let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
            let mut names: Vec<_> = headers
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap_or_default())
                .collect();
            names.sort_unstable();
            prop_assert_eq!(names, [
                "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID",
                "Subject", "To",
            ]);
            prop_assert!(headers.is_ascii());
        }
    }
}
