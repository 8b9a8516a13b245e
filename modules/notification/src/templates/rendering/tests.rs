//! What the built-in templates say.

use super::*;
use contracts::progress::EnrollmentOrigin;
use uuid::Uuid;

fn samples() -> Vec<Message> {
    let id = Uuid::from_u128(7);
    vec![
        Message::Welcome,
        Message::Enrolled {
            course_id: id.into(),
            course_title: "Go <from> Zero".to_owned(),
            origin: EnrollmentOrigin::WaitingList,
        },
        Message::CourseCompleted {
            course_id: id.into(),
            course_title: "Go <from> Zero".to_owned(),
            certificate_code: Some("ABCD-EFGH-JKMN-PQR8".to_owned()),
        },
        Message::AchievementUnlocked {
            achievement_id: id.into(),
            name: "First <Steps>".to_owned(),
            description: "You completed your first lesson.".to_owned(),
            points: 10,
        },
        Message::LearnerRemoved {
            enrollment_id: id.into(),
            course_title: "Go <from> Zero".to_owned(),
        },
        Message::EnrollmentExpiring {
            enrollment_id: id.into(),
            course_title: "Go <from> Zero".to_owned(),
            until: "2026-12-01 10:00".to_owned(),
        },
        Message::EnrollmentExpired {
            enrollment_id: id.into(),
            course_title: "Go <from> Zero".to_owned(),
        },
        Message::CertificateRevoked {
            course_title: "Go <from> Zero".to_owned(),
            certificate_code: "ABCD-EFGH-JKMN-PQR8".to_owned(),
            reason: "The project was written by <Steps>.".to_owned(),
        },
        Message::CertificateExpiring {
            course_title: "Go <from> Zero".to_owned(),
            certificate_code: "ABCD-EFGH-JKMN-PQR8".to_owned(),
            until: "2026-12-01 10:00".to_owned(),
        },
        Message::CertificateReinstated {
            course_title: "Go <from> Zero".to_owned(),
            certificate_code: "ABCD-EFGH-JKMN-PQR8".to_owned(),
        },
        Message::SuspiciousLogin,
        Message::PasswordChanged {
            reset: true,
            sessions: Some(3),
            api_tokens: 2,
            api_tokens_kept: 0,
            identities: 1,
            identities_kept: 0,
            second_factor: true,
        },
        Message::PasswordChanged {
            reset: false,
            sessions: None,
            api_tokens: 0,
            api_tokens_kept: 2,
            identities: 0,
            identities_kept: 1,
            second_factor: false,
        },
    ]
}

#[test]
fn every_template_renders_in_every_language_with_and_without_a_name() {
    let templates = Templates::new("https://learn.example.org/").unwrap();
    for message in samples() {
        let mut subjects = Vec::new();
        for locale in LANGUAGES {
            for name in [Some("Ada <b>"), None] {
                let mail = templates.mail(&message, name, locale).unwrap();
                let inbox = templates.inbox(&message, name, locale).unwrap();
                assert_eq!(inbox.title, mail.subject);
                assert!(!inbox.title.is_empty() && !inbox.body.is_empty());
                assert!(
                    mail.plain.contains("https://learn.example.org"),
                    "{}",
                    mail.plain
                );
                assert!(!mail.plain.contains("//docs/"), "{}", mail.plain);
                assert!(mail.html.contains(&format!("<html lang=\"{locale}\"")));
                assert!(!mail.html.contains("<b>"), "{}", mail.html);
                assert!(!mail.html.contains("<from>"), "{}", mail.html);
                assert!(!mail.html.contains("<Steps>"), "{}", mail.html);
                assert!(mail.html.trim_end().ends_with("</html>"));
                let html = mail.html.replace("text-decoration:none", "");
                for text in [&mail.plain, &html, &mail.subject, &inbox.body] {
                    assert!(!text.contains("{{") && !text.contains("{%"), "{text}");
                    assert!(!text.to_lowercase().contains("none"), "{text}");
                }
                if name.is_some() {
                    assert!(mail.plain.contains("Ada <b>"), "{}", mail.plain);
                    assert!(mail.html.contains("Ada &lt;b&gt;"), "{}", mail.html);
                }
                subjects.push(mail.subject);
            }
        }
        assert_ne!(
            subjects.first(),
            subjects.last(),
            "the languages must differ"
        );
    }
}

#[test]
fn a_fact_that_a_template_lacks_is_an_error_and_not_a_gap() {
    let templates = Templates::new("https://learn.example.org").unwrap();
    let bare = context! { language => "en", site => "", name => (), message => context! {} };
    let template = templates
        .environment
        .get_template("en/enrolled.subject.txt")
        .unwrap();
    assert!(template.render(bare).is_err());
}

#[test]
fn a_language_that_does_not_ship_is_answered_in_english() {
    assert_eq!(language("de-AT"), "de");
    assert_eq!(language("DE"), "de");
    assert_eq!(language("de_CH"), "de");
    assert_eq!(language("it-IT"), "en");
    assert_eq!(language(""), "en");
    assert_eq!(language("den"), "en");
}
