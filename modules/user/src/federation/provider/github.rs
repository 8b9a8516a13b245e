//! GitHub, which speaks OAuth 2.0 alone: its API says who the user is.

use serde::Deserialize;
use url::Url;

use super::super::answer::{Endpoints, ExternalUser};
use super::super::refusal::Refusal;
use super::super::settings::ClaimedRole;
use super::{Provider, Unusable};
use crate::error::Error;

const GITHUB: &str = "https://github.com";
const USER: Unusable = Unusable {
    reason: "user_answer",
    remedy: "its API does not say who the user is; check issuer and scopes",
};

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl Provider {
    pub(super) fn github_endpoints(&self) -> Result<Endpoints, Error> {
        let base = self.settings.issuer.trim_end_matches('/');
        let at =
            |path: &str| Url::parse(&format!("{base}/login/oauth{path}")).map_err(Error::internal);
        Ok(Endpoints {
            authorization: at("/authorize")?,
            token: at("/access_token")?,
            keys: at("")?,
            user_info: None,
            issuers: vec![base.to_owned(), format!("{base}/login/oauth")],
            names_itself: false,
            secret_in_body: true,
        })
    }

    pub(super) async fn github_user(&self, access_token: &str) -> Result<ExternalUser, Refusal> {
        let user: User = self.github_get("/user", access_token).await?;
        let emails: Vec<Email> = self.github_get("/user/emails", access_token).await?;
        let primary = emails.into_iter().find(|email| email.primary);
        Ok(ExternalUser {
            // The number stays when the user takes another name.
            subject: user.id.to_string(),
            email_verified: primary.as_ref().is_some_and(|email| email.verified),
            email: primary.map(|email| email.email),
            username: Some(user.login),
            name: user.name,
            locale: None,
            zone_info: None,
            claimed_role: ClaimedRole::Unknown,
        })
    }

    async fn github_get<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        access_token: &str,
    ) -> Result<T, Refusal> {
        // A server of one's own has its API below its own address.
        let base = match self.settings.issuer.trim_end_matches('/') {
            GITHUB => "https://api.github.com".to_owned(),
            own => format!("{own}/api/v3"),
        };
        let url = Url::parse(&format!("{base}{path}")).map_err(Error::internal)?;
        self.get(&url, Some(access_token), USER).await
    }
}
