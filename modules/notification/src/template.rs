//! Puts messages into words: the built-in templates in every language that ships.

use contracts::user::Letter;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::letter::LetterType;
use crate::message::Message;
use crate::words::{greeting_name, local_time, one_line, paragraphs};

const FALLBACK: &str = "en";
const LANGUAGES: [&str; 2] = [FALLBACK, "de"];
const LONGEST_TITLE: usize = 200;
/// A built-in template needs a few hundred steps; one that runs away is stopped.
const FUEL: u64 = 20_000;

/// The four texts of one message type in one language.
macro_rules! texts {
    ($language:literal, $name:literal) => {
        [
            texts!($language, $name, "subject.txt"),
            texts!($language, $name, "inbox.txt"),
            texts!($language, $name, "txt"),
            texts!($language, $name, "html"),
        ]
    };
    ($language:literal, $name:literal, $part:literal) => {
        (
            concat!($language, "/", $name, ".", $part),
            include_str!(concat!("../templates/", $language, "/", $name, ".", $part)),
        )
    };
}

/// The three texts of one letter in one language.
macro_rules! letter {
    ($language:literal, $name:literal) => {
        [
            texts!($language, $name, "subject.txt"),
            texts!($language, $name, "txt"),
            texts!($language, $name, "html"),
        ]
    };
}

/// The built-in templates, parsed.
pub(crate) struct Templates {
    environment: Environment<'static>,
    site: String,
}

/// A message as the inbox shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InboxText {
    pub(crate) title: String,
    pub(crate) body: String,
}

/// A message as a mail carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailText {
    pub(crate) subject: String,
    pub(crate) plain: String,
    pub(crate) html: String,
}

impl Templates {
    /// Parses every template; `site` is where their links begin.
    pub(crate) fn new(site: &str) -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.add_template("layout.html", include_str!("../templates/layout.html"))?;
        for (name, source) in SOURCES.iter().flatten() {
            environment.add_template(name, source)?;
        }
        for (name, source) in LETTERS.iter().flatten() {
            environment.add_template(name, source)?;
        }
        for (name, source) in FOOTERS {
            environment.add_template(name, source)?;
        }
        Ok(Self {
            environment,
            site: site.trim_end_matches('/').to_owned(),
        })
    }

    /// The message for the inbox.
    pub(crate) fn inbox(
        &self,
        message: &Message,
        name: Option<&str>,
        locale: &str,
    ) -> Result<InboxText, minijinja::Error> {
        let (language, context) = self.setting(message, name, locale);
        Ok(InboxText {
            title: self.title(message, language, &context)?,
            body: paragraphs(&self.render(message, language, "inbox.txt", &context)?),
        })
    }

    /// The message for a mail.
    pub(crate) fn mail(
        &self,
        message: &Message,
        name: Option<&str>,
        locale: &str,
    ) -> Result<MailText, minijinja::Error> {
        let (language, context) = self.setting(message, name, locale);
        Ok(MailText {
            subject: self.title(message, language, &context)?,
            plain: self.render(message, language, "txt", &context)?,
            html: self.render(message, language, "html", &context)?,
        })
    }

    /// A letter with its link.
    pub(crate) fn letter(
        &self,
        letter_type: LetterType,
        letter: &Letter,
    ) -> Result<MailText, minijinja::Error> {
        let language = language(&letter.locale);
        let context = context! {
            language,
            site => self.site.clone(),
            name => greeting_name(&letter.display_name),
            url => letter.url.clone().unwrap_or_default(),
            until => local_time(letter.expires_at, &letter.time_zone),
        };
        let part = |part: &str| {
            let name = format!("{language}/{}.{part}", letter_type.as_str());
            self.environment.get_template(&name)?.render(&context)
        };
        Ok(MailText {
            subject: one_line(&part("subject.txt")?, LONGEST_TITLE),
            plain: part("txt")?,
            html: part("html")?,
        })
    }

    fn setting(
        &self,
        message: &Message,
        name: Option<&str>,
        locale: &str,
    ) -> (&'static str, Value) {
        let language = language(locale);
        let context = context! {
            language,
            site => self.site.clone(),
            name => name.and_then(greeting_name),
            message => Value::from(Serde(message)),
        };
        (language, context)
    }

    fn title(
        &self,
        message: &Message,
        language: &str,
        context: &Value,
    ) -> Result<String, minijinja::Error> {
        let text = self.render(message, language, "subject.txt", context)?;
        Ok(one_line(&text, LONGEST_TITLE))
    }

    fn render(
        &self,
        message: &Message,
        language: &str,
        part: &str,
        context: &Value,
    ) -> Result<String, minijinja::Error> {
        let name = format!("{language}/{}.{part}", message.message_type().as_str());
        self.environment.get_template(&name)?.render(context)
    }
}

const SOURCES: [[(&str, &str); 4]; 22] = [
    texts!("en", "welcome"),
    texts!("en", "enrolled"),
    texts!("en", "course_completed"),
    texts!("en", "achievement_unlocked"),
    texts!("en", "suspicious_login"),
    texts!("en", "password_changed"),
    texts!("en", "mfa_enabled"),
    texts!("en", "mfa_disabled"),
    texts!("en", "account_locked"),
    texts!("en", "account_unlocked"),
    texts!("en", "identity_linked"),
    texts!("de", "welcome"),
    texts!("de", "enrolled"),
    texts!("de", "course_completed"),
    texts!("de", "achievement_unlocked"),
    texts!("de", "suspicious_login"),
    texts!("de", "password_changed"),
    texts!("de", "mfa_enabled"),
    texts!("de", "mfa_disabled"),
    texts!("de", "account_locked"),
    texts!("de", "account_unlocked"),
    texts!("de", "identity_linked"),
];

const LETTERS: [[(&str, &str); 3]; 16] = [
    letter!("en", "verify_email"),
    letter!("en", "registration_repeated"),
    letter!("en", "reset_password"),
    letter!("en", "reset_required"),
    letter!("en", "change_email"),
    letter!("en", "email_changed"),
    letter!("en", "invitation"),
    letter!("en", "erasure_started"),
    letter!("de", "verify_email"),
    letter!("de", "registration_repeated"),
    letter!("de", "reset_password"),
    letter!("de", "reset_required"),
    letter!("de", "change_email"),
    letter!("de", "email_changed"),
    letter!("de", "invitation"),
    letter!("de", "erasure_started"),
];

const FOOTERS: [(&str, &str); 4] = [
    ("en/footer.txt", include_str!("../templates/en/footer.txt")),
    ("de/footer.txt", include_str!("../templates/de/footer.txt")),
    (
        "en/letter_footer.txt",
        include_str!("../templates/en/letter_footer.txt"),
    ),
    (
        "de/letter_footer.txt",
        include_str!("../templates/de/letter_footer.txt"),
    ),
];

/// The language to write in: that of the locale (BCP 47) when it ships, else English.
fn language(locale: &str) -> &'static str {
    let wanted = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES
        .into_iter()
        .find(|language| wanted.eq_ignore_ascii_case(language))
        .unwrap_or(FALLBACK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn samples() -> Vec<Message> {
        let id = Uuid::from_u128(7);
        vec![
            Message::Welcome,
            Message::Enrolled {
                course_id: id.into(),
                course_title: "Go <from> Zero".to_owned(),
            },
            Message::CourseCompleted {
                course_id: id.into(),
                course_title: "Go <from> Zero".to_owned(),
            },
            Message::AchievementUnlocked {
                achievement_id: id.into(),
                name: "First <Steps>".to_owned(),
                description: "You completed your first lesson.".to_owned(),
                points: 10,
            },
            Message::SuspiciousLogin,
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
}
