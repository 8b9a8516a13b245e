//! Where the content of assets lies: a folder, or a bucket of a server that speaks S3.

use std::fs::DirBuilder;
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use kernel::{ExposeSecret, SecretString};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::{
    Certificate, ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload,
    RetryConfig,
};
use tokio::sync::Semaphore;

use super::content::Source;

/// So many contents are in memory at once on their way into the store.
const PUTS: usize = 4;
/// No file takes as long to arrive.
const BROKEN_OFF: Duration = Duration::from_secs(24 * 3600);

/// Keeps content by its hash, so that the same content is kept once.
#[derive(Clone)]
pub struct AssetStore {
    objects: Arc<dyn ObjectStore>,
    /// What arrives lies here until all of it is here.
    incoming: PathBuf,
    puts: Arc<Semaphore>,
    /// What a course may keep.
    pub(super) bytes_per_course: u64,
}

/// A bucket of a server that speaks S3.
pub struct S3Bucket<'s> {
    /// The URL of the server; empty: that of Amazon.
    pub endpoint: &'s str,
    /// The bucket.
    pub name: &'s str,
    /// Its region.
    pub region: &'s str,
    /// The key that signs requests, and its secret.
    pub access_key: &'s str,
    /// The secret.
    pub secret_key: &'s SecretString,
    /// Whether an endpoint without TLS may be used.
    pub allow_http: bool,
    /// Certificates to trust beside those of the system, as PEM.
    pub ca_pem: &'s [u8],
}

pub(super) type StoreError = object_store::Error;

impl AssetStore {
    /// In the folder `assets` of `data`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn on_disk(data: &Path, bytes_per_course: u64) -> Result<Self, StoreError> {
        let folder = data.join("assets");
        make(&folder)?;
        let objects = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Self::new(Arc::new(objects), data, bytes_per_course)
    }

    /// In a bucket; what arrives lies in the folder `data` before.
    ///
    /// # Errors
    /// When the settings cannot be used or the folder cannot be made.
    pub fn in_bucket(
        bucket: &S3Bucket<'_>,
        data: &Path,
        bytes_per_course: u64,
    ) -> Result<Self, StoreError> {
        let mut client = ClientOptions::new().with_allow_http(bucket.allow_http);
        if !bucket.ca_pem.is_empty() {
            for certificate in Certificate::from_pem_bundle(bucket.ca_pem)? {
                client = client.with_root_certificate(certificate);
            }
        }
        // A request waits for it.
        let retries = RetryConfig {
            max_retries: 2,
            retry_timeout: Duration::from_secs(10),
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(retries)
            // Not every server that speaks S3 deletes several objects at once.
            .with_disable_bulk_delete(true)
            .with_bucket_name(bucket.name)
            .with_region(bucket.region)
            .with_access_key_id(bucket.access_key)
            .with_secret_access_key(bucket.secret_key.expose_secret());
        if !bucket.endpoint.is_empty() {
            builder = builder.with_endpoint(bucket.endpoint);
        }
        Self::new(Arc::new(builder.build()?), data, bytes_per_course)
    }

    fn new(
        objects: Arc<dyn ObjectStore>,
        data: &Path,
        bytes_per_course: u64,
    ) -> Result<Self, StoreError> {
        let incoming = data.join("incoming");
        make(&incoming)?;
        Ok(Self {
            objects,
            incoming,
            puts: Arc::new(Semaphore::new(PUTS)),
            bytes_per_course,
        })
    }

    /// Writes something, reads it and takes it away again.
    ///
    /// # Errors
    /// What keeps the store from being used.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let path = object_store::path::Path::from(format!("probe-{}", std::process::id()));
        let content = PutPayload::from_static(b"gopro");
        self.objects.put(&path, content).await?;
        self.objects.get(&path).await?.bytes().await?;
        self.objects.delete(&path).await
    }

    /// Where a file that arrives may lie; the name is the caller's choice.
    pub(super) fn place_of(&self, name: &str) -> PathBuf {
        self.incoming.join(name)
    }

    /// Deletes what began to arrive more than a day ago, whose process has ended meanwhile.
    pub(super) async fn forget_broken_off(&self) -> std::io::Result<()> {
        let mut files = tokio::fs::read_dir(&self.incoming).await?;
        while let Some(file) = files.next_entry().await? {
            match forget_old(&file.path()).await {
                // The upload has ended meanwhile, and has taken its file along.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// Stores content under its hash, on the disk before this returns.
    pub(super) async fn put(&self, sha256: &str, source: &Source) -> Result<(), StoreError> {
        let path = path_of(sha256);
        if self.objects.head(&path).await.is_ok() {
            return Ok(());
        }
        let _turn = self.puts.acquire().await;
        let content = source.read().await.map_err(of_disk)?;
        self.objects.put(&path, content.into()).await?;
        Ok(())
    }

    /// All of some content.
    pub(crate) async fn read(&self, sha256: &str) -> Result<Bytes, StoreError> {
        self.objects.get(&path_of(sha256)).await?.bytes().await
    }

    /// A part of some content, in pieces.
    pub(super) async fn open(
        &self,
        sha256: &str,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + use<>, StoreError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.objects.get_opts(&path_of(sha256), options).await?;
        Ok(found.into_stream())
    }

    /// Deletes content, if it is there.
    pub(super) async fn delete(&self, sha256: &str) -> Result<(), StoreError> {
        match self.objects.delete(&path_of(sha256)).await {
            Err(StoreError::NotFound { .. }) => Ok(()),
            done => done,
        }
    }
}

/// Deletes a file that began to arrive more than a day ago.
async fn forget_old(file: &Path) -> std::io::Result<()> {
    let age = tokio::fs::symlink_metadata(file)
        .await?
        .modified()?
        .elapsed();
    if age.is_ok_and(|age| age > BROKEN_OFF) {
        tokio::fs::remove_file(file).await?;
    }
    Ok(())
}

/// A folder of files has a folder for each beginning, because file systems grow slow with very many in one.
fn path_of(sha256: &str) -> object_store::path::Path {
    let beginning = sha256.get(..2).unwrap_or_default();
    object_store::path::Path::from(format!("{beginning}/{sha256}"))
}

/// A folder that only its owner may read.
fn make(folder: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(folder);
    made.map_err(of_disk)
}

pub(crate) fn of_disk(error: std::io::Error) -> StoreError {
    StoreError::Generic {
        store: "disk",
        source: Box::new(error),
    }
}
