//! Uploading, listing and deleting the assets of a draft, and keeping their content.

mod keeping;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contracts::course_ref::CourseRef;
use database::{Database, Transaction};
use futures::Stream;
use kernel::{
    Caller, CourseId, Env, ExpectedHash, Key, OnePerUser, Operation, Page, PageRequest, UserId,
};
use rest::Lane;
use sea_orm::ConnectionTrait;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub(crate) use keeping::Kept;

use super::blobs::{AssetStore, StoreError, of_disk};
use super::content::{Content, Incoming};
use super::scratch::Scratch;
use super::store::{blobs, drafts};
use super::view::AssetView;
use super::{AssetRecord, Change};
use crate::authoring;
use crate::authoring::courses;
use crate::domain::asset::name_key;
use crate::domain::bounds::MAX_ASSETS;
use crate::domain::{AssetName, Need, paging};
use crate::error::Error;

/// Longer than looking at the largest file takes behind some others.
const DEADLINE: Duration = Duration::from_secs(20);
/// So many archives are on the disk at once on their way to somebody.
pub(super) const EXPORTS: usize = 8;

/// The use cases of assets.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    store: AssetStore,
    lane: Lane,
    exports: Arc<Semaphore>,
    exporting: OnePerUser,
}

/// What an upload has named.
struct Named {
    asset: AssetRecord,
    course: CourseId,
    change: Change,
    /// The content that had the name before.
    former: Option<String>,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        store: AssetStore,
    ) -> Self {
        Self {
            database,
            env,
            authoring,
            store,
            lane: Lane::beside_requests(DEADLINE),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            exporting: OnePerUser::default(),
        }
    }

    /// Makes room for a file whose sender may upload it, before any of it is read.
    pub(crate) async fn begin(
        &self,
        caller: &Caller,
        course: &CourseRef,
        name: &str,
    ) -> Result<Incoming, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        self.authoring
            .require(db, caller, &course, Need::Edit)
            .await?;
        let name = AssetName::parse(name, "/query/name").map_err(|fault| vec![fault])?;
        let incoming = Incoming::new(name, self.scratch()).await;
        Ok(incoming.map_err(of_disk)?)
    }

    /// A place for a file that is too large for memory.
    pub(crate) fn scratch(&self) -> Scratch {
        let own = Uuid::from_bytes(self.env.bytes::<16>()).simple();
        Scratch::new(self.store.place_of(&own.to_string()))
    }

    /// A place for an archive on its way to somebody, of which there are only a few at a time, and one for each user, so
    /// that whoever reads slowly takes no place of others.
    pub(crate) fn scratch_of_export(&self, user: UserId) -> Result<Scratch, Error> {
        let own = self.exporting.begin(user).ok_or(Error::ExportRunning)?;
        let turn = Arc::clone(&self.exports).try_acquire_owned();
        let turn = turn.map_err(|_| Error::TooManyExports)?;
        Ok(self.scratch().until_gone(turn, own))
    }

    /// The asset, its course, and whether its name is new.
    pub(crate) async fn upload(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: Option<&ExpectedHash>,
        mut incoming: Incoming,
    ) -> Result<(AssetView, CourseId, bool), Error> {
        incoming.finish().await.map_err(of_disk)?;
        let content = self.lane.run(move || incoming.checked()).await?;
        let content = content.map_err(of_disk)?.map_err(|fault| vec![fault])?;
        let known = self.authoring.find(self.database.read(), course).await?;
        self.check_room(self.database.read(), known.id, &content)
            .await?;
        let name = content.name.as_str();
        let before = drafts::find(self.database.read(), known.id, name).await?;
        check_expected(before.as_ref(), &content, expected)?;
        let kept = self.keep(&content).await?;
        let named = self.name(caller, operation, course, expected, &content);
        let named = named.await;
        let former = match &named {
            Ok(named) => named.former.iter().cloned().collect(),
            Err(_) => Vec::new(),
        };
        self.release(vec![kept], former).await;
        let Named {
            asset,
            course,
            change,
            ..
        } = named?;
        Ok((asset.into(), course, change == Change::Added))
    }

    async fn name(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: Option<&ExpectedHash>,
        content: &Content,
    ) -> Result<Named, Error> {
        let txn = self.database.begin().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        let before = drafts::find(&txn, course.id, content.name.as_str()).await?;
        check_expected(before.as_ref(), content, expected)?;
        let former = before.as_ref().map(|asset| asset.sha256.clone());
        let (asset, change) = self.put_over(&txn, course.id, content, before).await?;
        if change != Change::Nothing {
            courses::touch(&txn, course.id, self.env.now()).await?;
            self.authoring
                .publish_update(&txn, operation, &course)
                .await?;
        }
        txn.commit().await?;
        Ok(Named {
            asset,
            course: course.id,
            change,
            former,
        })
    }

    /// Names stored content in a draft.
    pub(crate) async fn put(
        &self,
        txn: &Transaction,
        course: CourseId,
        content: &Content,
    ) -> Result<(AssetRecord, Change), Error> {
        let before = drafts::find(txn, course, content.name.as_str()).await?;
        self.put_over(txn, course, content, before).await
    }

    /// Names stored content in a draft that has `before` of that name.
    async fn put_over(
        &self,
        txn: &Transaction,
        course: CourseId,
        content: &Content,
        before: Option<AssetRecord>,
    ) -> Result<(AssetRecord, Change), Error> {
        let name = content.name.as_str();
        let change = match before {
            Some(before) if !changes(Some(&before), name, &content.sha256) => {
                return Ok((before, Change::Nothing));
            }
            Some(_) => Change::Replaced,
            None => Change::Added,
        };
        self.check_room(txn, course, content).await?;
        // Of an import that is only tried out, the content is not there; of others, it is held until the commit.
        blobs::upsert(txn, &content.sha256, content.bytes, self.env.now()).await?;
        let asset = AssetRecord {
            name: name.to_owned(),
            media_type: content.name.kind().media_type.to_owned(),
            bytes: content.bytes,
            sha256: content.sha256.clone(),
            created_at: self.env.now(),
        };
        drafts::upsert(txn, course, &asset).await?;
        Ok((asset, change))
    }

    /// Refuses what would be too much for the course. Content of its versions counts too, because it stays for ever.
    async fn check_room(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
        content: &Content,
    ) -> Result<(), Error> {
        let key = content.name.key();
        let others = drafts::list(db, course).await?;
        let new = others
            .iter()
            .all(|other| !other.name.eq_ignore_ascii_case(&key));
        if new && others.len() >= MAX_ASSETS {
            return Err(Error::TooMany("assets", MAX_ASSETS));
        }
        if blobs::is_of_course(db, course, &content.sha256, &key).await? {
            return Ok(());
        }
        let bytes = blobs::bytes_of_course(db, course, &key).await?;
        let own = u64::try_from(content.bytes).unwrap_or(0);
        match bytes + own > self.store.bytes_per_course {
            true => Err(Error::TooManyAssetBytes(self.store.bytes_per_course)),
            false => Ok(()),
        }
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<AssetView>, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        self.authoring
            .require(db, caller, &course, Need::Read)
            .await?;
        let mut assets = drafts::list(db, course.id).await?;
        // Databases sort hyphens and underscores each in their own way.
        assets.sort_by_key(|asset| name_key(&asset.name));
        let page = paging::page(assets, page_request, |asset| {
            vec![Key::Text(name_key(&asset.name))]
        });
        Ok(page.map(AssetView::from))
    }

    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        name: &str,
        expected: &ExpectedHash,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        let asset = drafts::find(&txn, course.id, name).await?;
        let asset = asset.ok_or(Error::NotFound("asset"))?;
        if !expected.allows(Some(&asset.sha256)) {
            return Err(Error::AssetChanged);
        }
        drafts::delete(&txn, course.id, name).await?;
        courses::touch(&txn, course.id, self.env.now()).await?;
        self.authoring
            .publish_update(&txn, operation, &course)
            .await?;
        txn.commit().await?;
        self.release(Vec::new(), vec![asset.sha256]).await;
        Ok(())
    }

    /// A part of what an asset holds, in pieces.
    pub(crate) async fn open(
        &self,
        asset: &AssetRecord,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + use<>, Error> {
        Ok(self.store.open(&asset.sha256, range).await?)
    }

    /// Names what is named elsewhere in a draft.
    pub(crate) async fn put_named(
        &self,
        txn: &Transaction,
        course: CourseId,
        asset: &AssetRecord,
    ) -> Result<Change, Error> {
        let before = drafts::find(txn, course, &asset.name).await?;
        if !changes(before.as_ref(), &asset.name, &asset.sha256) {
            return Ok(Change::Nothing);
        }
        let change = match before {
            Some(_) => Change::Replaced,
            None => Change::Added,
        };
        blobs::hold(txn, &asset.sha256, self.env.now()).await?;
        drafts::upsert(txn, course, asset).await?;
        Ok(change)
    }

    /// All that an asset holds.
    pub(crate) async fn read(&self, asset: &AssetRecord) -> Result<Bytes, Error> {
        Ok(self.store.read(&asset.sha256).await?)
    }
}

/// Whether content of that name is another one than `before`.
fn changes(before: Option<&AssetRecord>, name: &str, sha256: &str) -> bool {
    before.is_none_or(|before| before.sha256 != sha256 || before.name != name)
}

/// Refuses an upload by who does not know what they replace; one that changes nothing replaces nothing.
fn check_expected(
    before: Option<&AssetRecord>,
    content: &Content,
    expected: Option<&ExpectedHash>,
) -> Result<(), Error> {
    let is_new = changes(before, content.name.as_str(), &content.sha256);
    let current = before.map(|asset| asset.sha256.as_str());
    match expected {
        Some(expected) if is_new && !expected.allows(current) => Err(Error::AssetChanged),
        _ => Ok(()),
    }
}
