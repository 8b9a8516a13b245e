//! The content of the email with a one-time token.

use contracts::user::EmailContent;
use kernel::{ExposeSecret, OneTimeTokenId};
use serde::Deserialize;

use super::super::store::{self, OneTimeToken};
use super::Service;
use crate::domain::{UserRecord, email_address};
use crate::error::Error;
use crate::users;

/// The recipient of an email to somebody without an account.
#[derive(Default, Deserialize)]
struct Stranger {
    display_name: String,
    locale: String,
}

impl Service {
    /// The content of the email of a token, unless nothing should be sent any more.
    pub(crate) async fn email_content(
        &self,
        id: OneTimeTokenId,
    ) -> Result<Option<EmailContent>, Error> {
        let now = self.env.now();
        let db = self.database.read();
        let token = store::find(db, id).await?;
        let token = token.filter(|token| token.is_valid(now));
        let Some(token) = token else {
            return Ok(None);
        };
        let account = match token.user_id {
            Some(user) => users::find(db, user).await?,
            None => None,
        };
        let email = written_address(&token, account.as_ref());
        let stranger = || -> Stranger {
            let data = token.data.as_deref().unwrap_or("{}");
            serde_json::from_str(data).unwrap_or_default()
        };
        let time_zone = account.as_ref().map(|account| account.time_zone.clone());
        let greeted = account.map_or_else(stranger, |account| Stranger {
            display_name: account.display_name,
            locale: account.locale,
        });
        let secret = self.secret_of(&token)?;
        let url = token.purpose.page().map(|page| {
            // Behind the hash, the secret reaches neither a log nor another site as a referrer.
            format!(
                "{}/{page}#token={}",
                self.account_url,
                secret.expose_secret()
            )
        });
        Ok(Some(EmailContent {
            email,
            display_name: greeted.display_name,
            locale: greeted.locale,
            time_zone: time_zone.unwrap_or_else(|| "UTC".to_owned()),
            url,
            expires_at: token.expires_at,
        }))
    }
}

/// Addresses are compared without regard to case, and written to as their owner wrote them.
fn written_address(token: &OneTimeToken, account: Option<&UserRecord>) -> String {
    let data = token.data.as_deref().unwrap_or("{}");
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    let requested = data["email"].as_str().map(str::to_owned);
    let known = account.map(|account| account.email.clone());
    let same = |email: &String| email_address::key(email) == token.email;
    let written = requested.filter(same).or(known.filter(same));
    written.unwrap_or_else(|| token.email.clone())
}
