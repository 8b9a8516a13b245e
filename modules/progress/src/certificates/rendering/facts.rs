//! What stands on a certificate.

use crate::certificates::view::{CertificateView, written};

/// What stands on a certificate.
pub(in crate::certificates) struct Facts {
    pub(in crate::certificates) name: String,
    pub(in crate::certificates) course: String,
    pub(in crate::certificates) version: i64,
    pub(in crate::certificates) completed_on: String,
    pub(in crate::certificates) code: String,
    pub(in crate::certificates) issuer: String,
    pub(in crate::certificates) host: String,
    pub(in crate::certificates) url: String,
    /// The day on which it was revoked.
    pub(in crate::certificates) revoked_on: Option<String>,
}

impl Facts {
    pub(in crate::certificates) fn of(certificate: &CertificateView, host: &str) -> Self {
        let revoked_on = certificate.revoked_at.map(|moment| moment.date_naive());
        Self {
            name: kernel::text::line(&certificate.name),
            course: kernel::text::line(&certificate.course_title),
            version: certificate.course_version,
            completed_on: match certificate.expires_at {
                Some(end) => format!(
                    "{}, valid until {}",
                    written(certificate.completed_on),
                    written(end.date_naive())
                ),
                None => written(certificate.completed_on),
            },
            code: certificate.code.clone(),
            issuer: certificate.issuer.name.clone(),
            host: host.to_owned(),
            url: certificate.url.clone(),
            revoked_on: revoked_on.map(written),
        }
    }

    /// The certificate in one sentence, for those who cannot see it.
    pub(super) fn sentence(&self) -> String {
        let text = format!(
            "{} has completed the course {} on {}. Certificate number {}, issued by {}.",
            self.name, self.course, self.completed_on, self.code, self.issuer
        );
        match &self.revoked_on {
            Some(day) => format!("Revoked on {day}, not valid. {text}"),
            None => text,
        }
    }
}
