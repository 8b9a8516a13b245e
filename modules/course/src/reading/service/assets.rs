//! Assets, each as the edition has it that the caller may see.

use contracts::course_ref::CourseRef;
use kernel::Caller;

use super::Service;
use crate::assets::{AssetRecord, Caching, drafts, versions};
use crate::error::Error;
use crate::publishing::{Edition, EditionQuery};

impl Service {
    /// The asset, and who may keep it.
    pub(crate) async fn asset(
        &self,
        caller: Option<&Caller>,
        course: &CourseRef,
        name: &str,
        query: &EditionQuery,
    ) -> Result<(AssetRecord, Caching), Error> {
        let db = self.database.read();
        let Some(caller) = caller else {
            let (course, version) = self.public(course, query).await?;
            let found = versions::find(db, course.id, version.number, name).await?;
            let asset = found.ok_or(Error::NotFound("asset"))?;
            return Ok((asset, Caching::Everybody));
        };
        let (course, edition) = self.publishing.edition(caller, course, query).await?;
        let (found, caching) = match edition {
            Edition::Draft => (drafts::find(db, course.id, name).await?, Caching::Asker),
            Edition::Published(number) => {
                let caching = match query.version {
                    Some(_) => Caching::Fixed,
                    None => Caching::Asker,
                };
                let found = versions::find(db, course.id, number, name).await?;
                (found, caching)
            }
        };
        match found {
            Some(asset) => Ok((asset, caching)),
            None => Err(self.absent(caller, course.id, "asset").await),
        }
    }
}
