//! What stands in an email.

use super::*;
use crate::delivery::Transport;
use crate::domain::{Channel, DeliveryState, Lane};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use uuid::Uuid;

fn composer() -> Composer {
    let settings = MailSettings {
        from: "GO-PRO <no-reply@learn.example.org>".to_owned(),
        public_url: "https://Learn.example.org:8443/".to_owned(),
        transport: Transport::Folder("unused".into()),
        dkim: None,
    };
    let templates = Arc::new(Templates::new(&settings.public_url).unwrap());
    Composer::new(&settings, templates).unwrap()
}

fn compose(name: &str, title: &str) -> String {
    let moment: DateTime<Utc> = "2026-03-01T10:00:00Z".parse().unwrap();
    let delivery = DeliveryRecord {
        id: Uuid::from_u128(1).into(),
        notification_id: Some(Uuid::from_u128(2).into()),
        user_id: Some(Uuid::from_u128(3).into()),
        email: None,
        channel: Channel::Email,
        lane: Lane::Notification,
        state: DeliveryState::Sending,
        attempts: 1,
        available_at: None,
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
        email_verified: true,
        locale: "de".to_owned(),
        time_zone: "UTC".to_owned(),
    };
    let message = Message::CourseCompleted {
        course_id: Uuid::from_u128(4).into(),
        course_title: title.to_owned(),
        certificate_code: None,
    };
    let mail = composer()
        .notification(&delivery, &recipient, &message)
        .unwrap();
    String::from_utf8(mail.formatted()).unwrap()
}

#[test]
fn an_email_has_its_sender_its_date_and_the_mark_of_an_automatic_message() {
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
        dkim: None,
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
