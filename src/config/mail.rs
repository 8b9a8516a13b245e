//! The settings of email, and the rules that a schema cannot express.

use kernel::{ExposeSecret, SecretString};
use notification::{DkimError, DkimSettings, SettingsError, Transport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::explain::without_user;
use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The sender of all emails.
    #[schema(min_length = 3, max_length = 300)]
    pub from: String,
    /// Empty: emails are written as `.eml` files to `data.folder/mail`. Otherwise `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required` or `smtp://host:25`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(smtps?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub smtp_url: SecretString,
    /// Allows sending the password of `mail.smtp_url` without encryption, where anybody on the network path can read it.
    pub allow_plaintext_password: bool,
    /// The name of the DKIM key in the DNS, below `_domainkey` of the domain of `mail.from`; `gopro mail dkim` prints the record. Empty: GO-PRO does not sign emails, because the mail server does.
    #[schema(max_length = 200)]
    pub dkim_selector: String,
    /// The private DKIM key as PEM: RSA of at least 2048 bits, or Ed25519. Needs `mail.dkim_selector`.
    #[schema(value_type = String, max_length = 20_000)]
    #[serde(serialize_with = "redacted")]
    pub dkim_key: SecretString,
}

impl MailSettings {
    pub(crate) fn dkim(&self) -> Option<DkimSettings> {
        let unsigned = self.dkim_selector.is_empty() && self.dkim_key.expose_secret().is_empty();
        (!unsigned).then(|| DkimSettings {
            selector: self.dkim_selector.clone(),
            key: self.dkim_key.clone(),
        })
    }
}

pub(super) fn faults(tree: &Value) -> Vec<String> {
    let text = |name: &str| tree["mail"][name].as_str().unwrap_or_default();
    let (from, url) = (text("from"), text("smtp_url"));
    let allow_plaintext_password = tree["mail"]["allow_plaintext_password"] == true;
    let settings = |from: &str, transport| notification::MailSettings {
        from: from.to_owned(),
        public_url: String::new(),
        transport,
        dkim: None,
    };
    let sender = settings(from, Transport::Folder("mail".into()));
    let mut faults = Vec::new();
    if let Err(error) = sender.check() {
        faults.push(format!(
            "  mail.from: {}",
            error.to_string().replace(from, &without_user(from))
        ));
    }
    let server = Transport::Smtp {
        url: url.to_owned().into(),
        allow_plaintext_password,
        ca_pem: String::new(),
    };
    if !url.is_empty()
        && let Err(error) = settings("a@example.org", server).check()
    {
        faults.push(format!("  mail.smtp_url: {error}"));
    }
    faults.extend(dkim_faults(text, sender));
    faults
}

fn dkim_faults<'t>(
    text: impl Fn(&str) -> &'t str,
    sender: notification::MailSettings,
) -> Option<String> {
    let (selector, key) = (text("dkim_selector"), text("dkim_key"));
    match (selector, key) {
        ("", "") => return None,
        ("", _) => {
            return Some(
                "  mail.dkim_selector: is empty, and mail.dkim_key is set; set both or neither"
                    .to_owned(),
            );
        }
        (_, "") => {
            return Some(
                "  mail.dkim_key: is empty, and mail.dkim_selector is set; set both or neither"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let settings = notification::MailSettings {
        dkim: Some(DkimSettings {
            selector: selector.to_owned(),
            key: key.to_owned().into(),
        }),
        ..sender
    };
    match settings.check() {
        Err(SettingsError::Dkim(error)) => {
            let name = match error {
                DkimError::Selector(_) => "dkim_selector",
                DkimError::Key => "dkim_key",
                DkimError::Domain(_) => "from",
            };
            Some(format!("  mail.{name}: {error}"))
        }
        // The other faults of the sender stand there already.
        _ => None,
    }
}
