//! What certificates say of the installation that issues them.

/// What certificates say of the installation that issues them.
#[derive(Debug, Clone)]
pub struct CertificateSettings {
    /// Its name.
    pub issuer_name: String,
    /// Its public URL, without a slash at the end.
    pub public_url: String,
}

impl CertificateSettings {
    /// The address at which a certificate is checked.
    pub(super) fn url_of(&self, code: &str) -> String {
        format!("{}/api/v1/progress/certificates/{code}", self.public_url)
    }

    /// The public URL as people write it.
    pub(super) fn host(&self) -> &str {
        let url = self.public_url.as_str();
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        host.trim_end_matches('/')
    }
}
