//! Composes an email (RFC 5322) from a rendered template.

use std::sync::Arc;
use std::time::SystemTime;

use actix_web::http::Uri;
use contracts::user::EmailContent;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message as Mail};

use super::dkim::{Signer, SigningError};
use super::settings::{MailSettings, SettingsError};
use crate::delivery::record::DeliveryRecord;
use crate::domain::{Message, Recipient, TemplateKey};
use crate::templates::{MailText, RenderError, Templates, greeting_name};

/// Composes the emails of the platform.
#[derive(Clone)]
pub(crate) struct Composer {
    from: Mailbox,
    host: String,
    templates: Arc<Templates>,
    signer: Option<Arc<Signer>>,
}

/// An email that cannot be composed, however often it is tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error("the address cannot be used: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error(transparent)]
    Template(#[from] RenderError),
    #[error("the email cannot be composed: {0}")]
    Mail(#[from] lettre::error::Error),
    #[error(transparent)]
    Signing(#[from] SigningError),
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
            signer: settings.signer()?.map(Arc::new),
        })
    }

    /// The email of a notification: the same bytes each time, so that a repeat can be seen as one.
    pub(crate) fn notification(
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

    /// The message of a transactional email.
    pub(crate) fn transactional(
        &self,
        delivery: &DeliveryRecord,
        template: TemplateKey,
        email: &EmailContent,
    ) -> Result<Mail, ComposeError> {
        let text = self.templates.transactional(template, email)?;
        self.envelope(delivery, &email.display_name, &email.email, text)
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
            .boundary(format!("part-{}", delivery.id.uuid().simple()))
            .singlepart(part(ContentType::TEXT_PLAIN, text.plain))
            .singlepart(part(ContentType::TEXT_HTML, text.html));
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let mut mail = Mail::builder()
            .from(self.from.clone())
            .to(to)
            .subject(text.subject)
            .date(SystemTime::from(delivery.created_at))
            .message_id(Some(format!("<{}@{}>", delivery.id, self.host)))
            .raw_header(automatic)
            .multipart(body)?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut mail, delivery.created_at)?;
        }
        Ok(mail)
    }
}

fn part(content_type: ContentType, body: String) -> SinglePart {
    SinglePart::builder().content_type(content_type).body(body)
}

/// The host of a web address.
pub(super) fn host(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri.host().filter(|host| web && !host.is_empty())?;
    Some(host.to_lowercase())
}

#[cfg(test)]
mod tests;
