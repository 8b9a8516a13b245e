//! Courses that an operator brings at the console.

use kernel::{Operation, UserId};

use super::{Importer, Service};
use crate::error::Error;
use crate::files::check::parse;
use crate::files::{CourseFiles, ImportError, ImportReport, ParsedCourse};

impl Service {
    pub(crate) async fn import(
        &self,
        files: &CourseFiles,
        owner: UserId,
        operation: &Operation,
        publish: bool,
        dry_run: bool,
    ) -> Result<ImportReport, ImportError> {
        let parsed = parse(files).map_err(ImportError::Files)?;
        let by = Importer::Operator(owner);
        let kept = self.keep(&parsed, by, dry_run).await?;
        let imported = self.import_kept(by, operation, parsed, publish, dry_run);
        let imported = imported.await;
        let former = imported
            .as_ref()
            .map(|report| report.former.clone())
            .unwrap_or_default();
        self.assets.release(kept, former).await;
        Ok(imported?)
    }

    async fn import_kept(
        &self,
        by: Importer<'_>,
        operation: &Operation,
        parsed: ParsedCourse,
        publish: bool,
        dry_run: bool,
    ) -> Result<ImportReport, Error> {
        let (parsed, publish) = self.prepared(parsed, publish).await?;
        let _place = self.drafts.enter().await?;
        let txn = self.database.begin().await?;
        let (_, report) = self
            .import_in(&txn, &parsed, by, operation, publish)
            .await?;
        if !dry_run {
            txn.commit().await?;
        }
        Ok(report)
    }
}
