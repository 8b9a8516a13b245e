//! Issuing, showing and revoking certificates.

mod expiry;
mod issue;
mod revocation;

use std::sync::Arc;
use std::time::Duration;

use contracts::user::UserApi;
use database::Database;
use kernel::{Env, Page, PageRequest, UserId};
use rest::Lane;

use super::credential;
use super::rendering::{self, Facts};
use super::settings::CertificateSettings;
use super::store;
use super::store::CertificateRecord;
use super::view::CertificateView;
use crate::domain::CertificateCode;
use crate::error::Error;
use crate::outlines;

pub(crate) use issue::{issue, name_unnamed};

/// How long drawing a certificate may take with its waiting.
const DEADLINE: Duration = Duration::from_secs(5);

/// Certificates.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    users: Arc<dyn UserApi>,
    settings: Arc<CertificateSettings>,
    lane: Lane,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        users: Arc<dyn UserApi>,
        settings: CertificateSettings,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            users,
            settings: Arc::new(settings),
            lane: Lane::beside_requests(DEADLINE),
        }
    }

    /// The certificates of a learner.
    pub(crate) async fn list(
        &self,
        learner: UserId,
        page_request: &PageRequest,
    ) -> Result<Page<CertificateView>, Error> {
        let page = store::list(self.database.read(), learner, page_request).await?;
        Ok(page.map(|record| self.shown(record)))
    }

    /// What everybody may see of the certificate with this number.
    pub(crate) async fn find(&self, code: &str) -> Result<CertificateView, Error> {
        let record = self.record(code).await?;
        match record.public {
            true => Ok(CertificateView::public(
                record,
                &self.settings,
                self.env.now(),
            )),
            false => Err(Error::CertificateNotFound),
        }
    }

    /// All that its learner and the staff may see.
    fn shown(&self, record: CertificateRecord) -> CertificateView {
        CertificateView::of(record, &self.settings, self.env.now())
    }

    /// The picture of a certificate.
    pub(crate) async fn image(&self, code: &str) -> Result<String, Error> {
        let certificate = self.find(code).await?;
        let facts = Facts::of(&certificate, self.settings.host());
        self.lane.run(move || rendering::draw_svg(&facts)).await?
    }

    /// The document of a certificate.
    pub(crate) async fn document(&self, certificate: &CertificateView) -> Result<Vec<u8>, Error> {
        let facts = Facts::of(certificate, self.settings.host());
        self.lane.run(move || rendering::draw_pdf(&facts)).await?
    }

    pub(crate) fn settings(&self) -> &CertificateSettings {
        &self.settings
    }

    /// The certificate as a signed credential (Open Badges 3.0).
    pub(crate) async fn credential(&self, code: &str) -> Result<String, Error> {
        let certificate = self.find(code).await?;
        let claims = credential::claims(&certificate);
        Ok(self.users.sign_credential(&claims.to_string()).await?)
    }

    async fn record(&self, code: &str) -> Result<CertificateRecord, Error> {
        let code = CertificateCode::parse(code).ok_or(Error::CertificateCodeMistyped)?;
        let found = store::find(self.database.read(), &code).await?;
        found.ok_or(Error::CertificateNotFound)
    }
}
