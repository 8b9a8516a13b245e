//! The part of the configuration that each module gets, because no module reads it by itself.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use course::{AssetStore, S3Bucket};
use kernel::{ExposeSecret, SecretString};
use notification::{MailSettings, Transport};
use progress::CertificateSettings;
use token::TokenPolicy;
use user::{ProviderKind, ProviderSettings, RegistrationMode, RoleRule};

use crate::config::{self, Registration, Settings};

/// Whose access tokens count here.
pub fn token_policy(settings: &Settings) -> TokenPolicy {
    TokenPolicy {
        issuer: settings.public_url(),
        audience: "gopro".to_owned(),
        lifetime: Duration::from_secs(settings.auth.access_token_minutes * 60),
    }
}

/// # Errors
/// When `tls.ca_file` cannot be used.
pub(super) fn user_settings(
    settings: &Settings,
    master_key: SecretString,
) -> Result<user::Settings> {
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(user::Settings {
        token: token_policy(settings),
        master_key,
        session_idle: days(settings.auth.session_idle_days),
        session_absolute: days(settings.auth.session_absolute_days),
        hash_concurrency: cores.div_ceil(2),
        registration: match settings.auth.registration {
            Registration::Open => RegistrationMode::Open,
            Registration::Verified => RegistrationMode::Verified,
            Registration::Invite => RegistrationMode::Invite,
            Registration::Closed => RegistrationMode::Closed,
        },
        account_url: settings.account_url(),
        mfa_roles: settings.auth.mfa_roles.clone(),
        breached_passwords: Some(settings.auth.breached_passwords_file.as_str())
            .filter(|path| !path.is_empty())
            .map(Into::into),
        key_rotation: Some(settings.auth.key_rotation_days)
            .filter(|days| *days > 0)
            .map(days),
        ca_pem: settings.tls.ca_pem()?,
        providers: providers(settings),
        return_urls: return_urls(settings),
    })
}

/// What certificates say of this installation.
pub(super) fn certificate_settings(settings: &Settings) -> CertificateSettings {
    CertificateSettings {
        issuer_name: settings.server.name.clone(),
        public_url: settings.public_url().trim_end_matches('/').to_owned(),
    }
}

/// Where the assets of courses are kept.
///
/// # Errors
/// When the store cannot be used as it is set; the text names the settings.
pub(crate) fn asset_store(settings: &Settings) -> Result<AssetStore> {
    let (assets, folder) = (&settings.assets, &settings.data.folder);
    if assets.s3_bucket.is_empty() {
        return AssetStore::on_disk(folder, assets.bytes_per_course).with_context(|| {
            format!(
                "cannot keep assets in {}; make it writable for this user or choose another with data.folder",
                folder.display()
            )
        });
    }
    let ca_pem = settings.tls.ca_pem()?;
    let bucket = S3Bucket {
        endpoint: &assets.s3_endpoint,
        name: &assets.s3_bucket,
        region: &assets.s3_region,
        access_key: &assets.s3_access_key,
        secret_key: &assets.s3_secret_key,
        allow_http: assets.s3_allow_http,
        ca_pem: ca_pem.as_bytes(),
    };
    AssetStore::in_bucket(&bucket, folder, assets.bytes_per_course)
        .context("cannot use the bucket for assets; check the settings under assets")
}

/// The identity providers of the settings.
pub(crate) fn providers(settings: &Settings) -> Vec<ProviderSettings> {
    let all = settings.auth.providers.iter();
    all.map(|(name, provider)| ProviderSettings {
        name: name.clone(),
        label: provider.label.clone(),
        kind: match provider.kind {
            config::ProviderKind::Oidc => ProviderKind::Oidc,
            config::ProviderKind::Github => ProviderKind::Github,
        },
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: provider.client_secret.clone(),
        scopes: provider.scopes.clone(),
        private_network: provider.private_network,
        roles: (!provider.role_claim.is_empty()).then(|| RoleRule {
            claim: provider.role_claim.clone(),
            instructors: provider.instructors.clone(),
            admins: provider.admins.clone(),
        }),
    })
    .collect()
}

/// # Errors
/// When `tls.ca_file` cannot be used.
pub(crate) fn mail_settings(settings: &Settings, folder: &Path) -> Result<MailSettings> {
    let smtp = &settings.mail.smtp_url;
    let transport = if smtp.expose_secret().is_empty() {
        Transport::Folder(folder.join("mail"))
    } else {
        Transport::Smtp {
            url: smtp.clone(),
            allow_plaintext_password: settings.mail.allow_plaintext_password,
            ca_pem: settings.tls.ca_pem()?,
        }
    };
    Ok(MailSettings {
        from: settings.mail.from.clone(),
        public_url: settings.public_url(),
        transport,
        dkim: settings.mail.dkim(),
    })
}

/// Where a sign-in with a provider may end: the applications of the operator, and Swagger UI of this server.
fn return_urls(settings: &Settings) -> Vec<String> {
    let own = format!("{}/docs/", settings.public_url());
    let listed = settings.auth.return_urls.iter().cloned();
    listed.chain([own]).collect()
}
