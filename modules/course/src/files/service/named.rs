//! The assets of a course, taken into its draft.

use std::collections::HashSet;

use database::Transaction;

use super::Service;
use crate::assets::{Change, drafts, versions};
use crate::authoring::CourseRecord;
use crate::domain::asset::name_key;
use crate::error::Error;
use crate::files::{ImportReport, ParsedAssets, ParsedCourse};

impl Service {
    /// Stores what the files bring, which nobody names yet.
    pub(super) async fn keep(&self, parsed: &ParsedCourse) -> Result<(), Error> {
        for content in parsed.contents() {
            self.assets.keep(content).await?;
        }
        Ok(())
    }

    pub(super) async fn take_assets(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        assets: &ParsedAssets,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let (contents, mut named) = match assets {
            ParsedAssets::Kept => return Ok(()),
            ParsedAssets::Files(contents) => (contents.as_slice(), Vec::new()),
            ParsedAssets::OfVersion(number) => {
                (&[][..], versions::list(txn, course.id, *number).await?)
            }
            ParsedAssets::OfDraft(other) => (&[][..], drafts::list(txn, *other).await?),
        };
        // The rows of contents are locked in the same order by all, so that no two copies wait for each other.
        named.sort_unstable_by(|one, other| one.sha256.cmp(&other.sha256));
        let names: HashSet<String> = contents
            .iter()
            .map(|content| content.name.key())
            .chain(named.iter().map(|asset| name_key(&asset.name)))
            .collect();
        for before in drafts::list(txn, course.id).await? {
            if !names.contains(&name_key(&before.name)) {
                drafts::delete(txn, course.id, &before.name).await?;
                report.removed += 1;
            }
        }
        let mut changes = Vec::new();
        for content in contents {
            changes.push(self.assets.put(txn, course.id, content).await?.1);
        }
        for asset in &named {
            changes.push(self.assets.put_named(txn, course.id, asset).await?);
        }
        let count = |wanted: Change| changes.iter().filter(|change| **change == wanted).count();
        report.added += count(Change::Added);
        report.changed += count(Change::Replaced);
        Ok(())
    }
}
