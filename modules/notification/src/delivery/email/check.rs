//! What an operator checks before anybody waits for an email: whether the server lets us in, and a test
//! email.

use kernel::Env;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::{Address, Message};

use super::composer::host;
use super::dkim::SigningError;
use super::send_error::SendError;
use super::settings::{MailSettings, SettingsError};
use super::transport::Mailer;

/// Why a check failed, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MailCheckError {
    /// No email can be sent with these settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address of the recipient is none.
    #[error("{0:?} is not an email address; write it as ada@example.org")]
    Address(String),
    /// The email cannot be composed.
    #[error("the email cannot be composed: {0}")]
    Composing(#[from] lettre::error::Error),
    /// It cannot be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// It cannot be sent.
    #[error("{cause}; {remedy}")]
    Sending {
        /// What went wrong.
        cause: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

impl From<SendError> for MailCheckError {
    fn from(error: SendError) -> Self {
        Self::Sending {
            cause: error.to_string(),
            remedy: error.remedy(),
        }
    }
}

impl MailSettings {
    /// Connects to the mail server and logs in there, and sends nothing; does nothing without a server.
    ///
    /// # Errors
    /// Why no email would leave, and what to do about it.
    pub async fn try_server(&self) -> Result<(), MailCheckError> {
        let mailer = Mailer::new(self.transport.clone())?;
        Ok(mailer.check().await?)
    }

    /// Sends a test email, and returns what the server said, or where the file is.
    ///
    /// # Errors
    /// Why it was not sent, and what to do about it.
    pub async fn send_test(&self, env: &Env, email: &str) -> Result<String, MailCheckError> {
        let address: Result<Address, _> = email.trim().parse();
        let address = address.map_err(|_| MailCheckError::Address(email.to_owned()))?;
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let id = env.id();
        let host = host(&self.public_url).ok_or_else(|| SettingsError::PublicUrl {
            url: self.public_url.clone(),
        })?;
        let mut mail = Message::builder()
            .from(self.mailbox()?)
            .to(Mailbox::new(None, address))
            .subject("GO-PRO test email")
            .date(env.now().into())
            .message_id(Some(format!("<{id}@{host}>")))
            .header(MIME_VERSION_1_0)
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(format!(
                "This is a test email of GO-PRO at {}.\n\nYour mail server accepts emails of this installation.\n",
                self.public_url
            ))?;
        if let Some(signer) = self.signer()? {
            signer.sign(&mut mail, env.now())?;
        }
        let mailer = Mailer::new(self.transport.clone())?;
        Ok(mailer.send(id, mail).await?)
    }

    /// The name and the text of the DNS record with which others check the signatures of emails; nothing when they
    /// are not signed.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn dkim_record(&self) -> Result<Option<(String, String)>, MailCheckError> {
        let signer = self.signer()?;
        Ok(signer.map(|signer| signer.record()).transpose()?)
    }
}
