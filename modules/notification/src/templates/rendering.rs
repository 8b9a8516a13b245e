//! Renders the built-in templates.

use contracts::user::EmailContent;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::sources;
use super::words::{greeting_name, local_time, one_line, paragraphs};
use crate::domain::{Message, TemplateKey};

const FALLBACK: &str = "en";
const LANGUAGES: [&str; 2] = [FALLBACK, "de"];
const LONGEST_TITLE: usize = 200;
/// A built-in template needs a few hundred steps; one that runs away is stopped.
const FUEL: u64 = 20_000;

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

/// What an email says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailText {
    pub(crate) subject: String,
    pub(crate) plain: String,
    pub(crate) html: String,
}

/// A template that cannot be filled, however often it is tried.
#[derive(Debug, thiserror::Error)]
#[error("the template does not render: {0}")]
pub(crate) struct RenderError(#[from] minijinja::Error);

impl Templates {
    /// Parses every template; `site` is where their links begin.
    pub(crate) fn new(site: &str) -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        for (name, source) in sources::all() {
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
    ) -> Result<InboxText, RenderError> {
        let template = self.of_message(message, name, locale);
        Ok(InboxText {
            title: template.subject()?,
            body: paragraphs(&template.render("inbox.txt")?),
        })
    }

    /// The message for an email.
    pub(crate) fn mail(
        &self,
        message: &Message,
        name: Option<&str>,
        locale: &str,
    ) -> Result<MailText, RenderError> {
        self.of_message(message, name, locale).mail()
    }

    /// A transactional email with its link.
    pub(crate) fn transactional(
        &self,
        template: TemplateKey,
        email: &EmailContent,
    ) -> Result<MailText, RenderError> {
        let language = language(&email.locale);
        let context = context! {
            language,
            site => self.site.clone(),
            name => greeting_name(&email.display_name),
            url => email.url.clone().unwrap_or_default(),
            until => local_time(email.expires_at, &email.time_zone),
        };
        self.template(language, template, context).mail()
    }

    fn of_message(&self, message: &Message, name: Option<&str>, locale: &str) -> Template<'_> {
        let language = language(locale);
        let context = context! {
            language,
            site => self.site.clone(),
            name => name.and_then(greeting_name),
            message => Value::from(Serde(message)),
        };
        self.template(language, message.message_type(), context)
    }

    fn template(&self, language: &str, key: impl Serialize, context: Value) -> Template<'_> {
        Template {
            environment: &self.environment,
            name: format!("{language}/{}", Value::from(Serde(&key))),
            context,
        }
    }
}

/// A template in one language, with what its parts are filled with.
struct Template<'a> {
    environment: &'a Environment<'static>,
    name: String,
    context: Value,
}

impl Template<'_> {
    fn mail(&self) -> Result<MailText, RenderError> {
        Ok(MailText {
            subject: self.subject()?,
            plain: self.render("txt")?,
            html: self.render("html")?,
        })
    }

    fn subject(&self) -> Result<String, RenderError> {
        Ok(one_line(&self.render("subject.txt")?, LONGEST_TITLE))
    }

    fn render(&self, part: &str) -> Result<String, RenderError> {
        let template = self
            .environment
            .get_template(&format!("{}.{part}", self.name))?;
        Ok(template.render(&self.context)?)
    }
}

/// The language to write in: that of the locale (BCP 47) when it ships, else English.
fn language(locale: &str) -> &'static str {
    let wanted = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES
        .into_iter()
        .find(|language| wanted.eq_ignore_ascii_case(language))
        .unwrap_or(FALLBACK)
}

#[cfg(test)]
mod tests;
