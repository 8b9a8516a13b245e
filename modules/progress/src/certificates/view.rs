//! Certificates as they are answered.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CourseId, UserId};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use utoipa::ToSchema;

use super::settings::CertificateSettings;
use super::store::CertificateRecord;

/// Whether a certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum CertificateStatus {
    /// It counts.
    Valid,
    /// The staff of the course has revoked it.
    Revoked,
    /// Its time is over.
    Expired,
}

/// Who issued a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CertificateIssuer {
    /// The name of the installation.
    #[schema(max_length = 100, example = "GO-PRO")]
    pub(crate) name: String,
    /// Its public URL.
    #[schema(max_length = 200, example = "https://learn.example.org")]
    pub(crate) url: String,
}

/// A certificate: that somebody has completed a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CertificateView {
    /// Its number.
    #[schema(
        max_length = 19,
        pattern = "^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$",
        example = "ABCD-EFGH-JKMN-PQR8"
    )]
    pub(crate) code: String,
    /// Whether it counts.
    pub(crate) status: CertificateStatus,
    /// The name of the learner when it was issued.
    #[schema(max_length = 100, example = "Anna Rossi")]
    pub(crate) name: String,
    /// The course.
    pub(crate) course_id: CourseId,
    /// The title of the course when it was completed.
    #[schema(max_length = 200, example = "Go from zero")]
    pub(crate) course_title: String,
    /// The version of the course that was completed.
    #[schema(minimum = 1, maximum = 1000000, example = 1)]
    pub(crate) course_version: i64,
    /// The day of completion where the learner was.
    pub(crate) completed_on: NaiveDate,
    /// When it was issued.
    pub(crate) issued_at: DateTime<Utc>,
    /// Who issued it.
    #[schema(inline)]
    pub(crate) issuer: CertificateIssuer,
    /// Where anybody can check it.
    #[schema(max_length = 300)]
    pub(crate) url: String,
    /// When it expires, or has expired; absent when it is without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Whether anybody who has its number can check it.
    #[serde(default = "yes")]
    pub(crate) public: bool,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    /// Why it was revoked; only for its learner and the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub(crate) revocation_reason: Option<String>,
    /// Who revoked it; only for its learner and the staff, and absent once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) revoked_by: Option<UserId>,
}

/// What was kept before there was a choice.
const fn yes() -> bool {
    true
}

impl CertificateView {
    /// All that its learner and the staff may see.
    pub(super) fn of(
        record: CertificateRecord,
        settings: &CertificateSettings,
        now: DateTime<Utc>,
    ) -> Self {
        let code = record.code.to_string();
        Self {
            status: match (record.revoked_at, record.expires_at) {
                (Some(_), _) => CertificateStatus::Revoked,
                (None, Some(end)) if end <= now => CertificateStatus::Expired,
                (None, _) => CertificateStatus::Valid,
            },
            // As on leaderboards, until the name is known.
            name: record.name.unwrap_or_else(|| "Learner".to_owned()),
            course_id: record.course,
            course_title: record.title,
            course_version: record.version,
            completed_on: record.completed_on,
            issued_at: record.issued_at,
            issuer: CertificateIssuer {
                name: settings.issuer_name.clone(),
                url: settings.public_url.clone(),
            },
            url: settings.url_of(&code),
            code,
            expires_at: record.expires_at,
            public: record.public,
            revoked_at: record.revoked_at,
            revocation_reason: record.revocation_reason,
            revoked_by: record.revoked_by,
        }
    }

    /// What everybody may see.
    pub(super) fn public(
        record: CertificateRecord,
        settings: &CertificateSettings,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            revocation_reason: None,
            revoked_by: None,
            ..Self::of(record, settings, now)
        }
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.status == CertificateStatus::Revoked
    }
}

/// A day as it is written on a certificate.
pub(super) fn written(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The list of revoked credentials of one certificate (1EdTech Revocation List).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RevocationList {
    /// Its address.
    #[schema(max_length = 300)]
    id: String,
    /// Who issued the credential.
    #[schema(max_length = 200, example = "https://learn.example.org")]
    issuer: String,
    /// The credential when it is revoked; otherwise nothing.
    #[serde(rename = "revokedCredentials")]
    #[schema(inline, max_items = 1)]
    revoked_credentials: Vec<RevokedCredential>,
}

/// A credential that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct RevokedCredential {
    /// The `id` of the credential.
    #[schema(max_length = 300)]
    id: String,
    /// That it was revoked.
    revoked: bool,
}

impl RevocationList {
    pub(super) fn of(certificate: &CertificateView) -> Self {
        let credential = RevokedCredential {
            id: certificate.url.clone(),
            revoked: true,
        };
        Self {
            id: format!("{}/credential/status", certificate.url),
            issuer: certificate.issuer.url.clone(),
            revoked_credentials: Vec::from_iter(certificate.is_revoked().then_some(credential)),
        }
    }
}
