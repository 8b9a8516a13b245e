//! The assets of a course, taken into its draft.

use std::collections::HashSet;

use database::Transaction;

use super::{Importer, Service};
use crate::assets::{Change, Content, Kept, drafts, versions};
use crate::authoring::CourseRecord;
use crate::domain::asset::name_key;
use crate::error::Error;
use crate::files::{ImportReport, ParsedAssets, ParsedCourse};

impl Service {
    /// Stores what the files bring, which nobody names yet, unless they are only tried out or it is plain that they
    /// will be refused.
    pub(super) async fn keep(
        &self,
        parsed: &ParsedCourse,
        by: Importer<'_>,
        dry_run: bool,
    ) -> Result<Vec<Kept>, Error> {
        let mut kept = Vec::new();
        if dry_run || parsed.contents().is_empty() {
            return Ok(kept);
        }
        self.assets.check_contents(parsed.contents())?;
        let txn = self.database.begin_private().await?;
        self.known_course(&txn, parsed, by).await?;
        txn.rollback().await?;
        for content in parsed.contents() {
            kept.push(self.assets.keep(content).await?);
        }
        Ok(kept)
    }

    pub(super) async fn take_assets(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        assets: &ParsedAssets,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let (mut contents, mut named) = match assets {
            ParsedAssets::Kept => return Ok(()),
            ParsedAssets::Files(contents) => (contents.iter().collect(), Vec::new()),
            ParsedAssets::OfVersion(number) => {
                (Vec::new(), versions::list(txn, course.id, *number).await?)
            }
            ParsedAssets::OfDraft(other) => (Vec::new(), drafts::list(txn, *other).await?),
        };
        // The rows of contents are locked in the same order by all, so that no two of them wait for each other.
        contents.sort_unstable_by(|one: &&Content, other| one.sha256().cmp(other.sha256()));
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
            report.former.push(before.sha256);
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
