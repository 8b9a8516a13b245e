//! The asset store on a server that speaks as much S3 as is needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::Bytes;
use contracts::course_ref::CourseRef;
use futures::TryStreamExt;
use kernel::SecretString;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::assets::Content;
use crate::assets::store::blobs;
use crate::domain::AssetName;
use crate::error::Error;
use crate::tests::*;
use crate::{AssetStore, Course, S3Bucket};

type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

async fn answer(
    objects: web::Data<Objects>,
    deletions: web::Data<Semaphore>,
    req: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    if req.method() == Method::DELETE {
        deletions.acquire().await.unwrap().forget();
    }
    let header = |name: header::HeaderName| {
        let value = req.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let signed = header(header::AUTHORIZATION).unwrap_or_default();
    if !signed.starts_with("AWS4-HMAC-SHA256 Credential=key/") {
        return HttpResponse::Forbidden().finish();
    }
    let path = req.path().to_owned();
    let mut objects = objects.lock().unwrap();
    let mut ok = HttpResponse::Ok();
    ok.insert_header((header::ETAG, "\"1\""))
        .insert_header((header::LAST_MODIFIED, "Mon, 30 Nov 2026 08:00:00 GMT"));
    match (req.method(), objects.get(&path).cloned()) {
        (&Method::PUT, _) => {
            objects.insert(path, body);
            ok.finish()
        }
        (&Method::DELETE, _) => {
            objects.remove(&path);
            HttpResponse::NoContent().finish()
        }
        (_, None) => HttpResponse::NotFound().finish(),
        (&Method::HEAD, Some(found)) => {
            let length = u64::try_from(found.len()).unwrap();
            ok.no_chunking(length).body(found)
        }
        (_, Some(found)) => match header(header::RANGE) {
            None => ok.body(found),
            Some(range) => {
                let (first, last) = range[6..].split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                let shown = format!("bytes {first}-{last}/{}", found.len());
                ok.status(actix_web::http::StatusCode::PARTIAL_CONTENT)
                    .insert_header((header::CONTENT_RANGE, shown))
                    .body(found.slice(first..=last))
            }
        },
    }
}

/// A bucket that does as many deletions as `deletions` lets through.
fn bucket_of(objects: &Objects, deletions: &web::Data<Semaphore>, folder: &TempDir) -> AssetStore {
    let data = web::Data::new(Arc::clone(objects));
    let deletions = deletions.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(deletions.clone())
            .default_service(web::to(answer))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let secret = SecretString::from("secret");
    let bucket = S3Bucket {
        endpoint: &endpoint,
        name: "gopro",
        region: "us-east-1",
        access_key: "key",
        secret_key: &secret,
        allow_http: true,
        ca_pem: b"",
    };
    AssetStore::in_bucket(&bucket, folder.path(), 1024).unwrap()
}

#[actix_web::test]
async fn while_a_bucket_deletes_slowly_others_write_and_the_same_content_is_not_lost() {
    let test = ModuleTest::new().await;
    let (objects, deletions) = (Objects::default(), web::Data::new(Semaphore::new(0)));
    let store = bucket_of(&objects, &deletions, &test.folder);
    let course = Course::new(
        test.database.clone(),
        test.env.clone(),
        Arc::new(Everybody),
        store,
    );
    let at: CourseRef = test.course("Go").await.id.into();
    let upload = async |content: &[u8]| {
        let mut incoming = course.assets.begin(&author(), &at, "a.txt").await?;
        incoming.write(content).await.unwrap();
        let (me, operation) = (author(), op());
        let done = course.assets.upload(&me, &operation, &at, None, incoming);
        done.await?;
        Ok::<_, Error>(())
    };
    upload(b"first").await.unwrap();
    // The first one, which is named no more, is just being deleted, and its request goes on without.
    upload(b"second").await.unwrap();
    let db = test.database.read();
    assert!(blobs::is_any_going(db).await.unwrap());
    assert_eq!(code(upload(b"first").await), "server.busy");
    upload(b"third").await.unwrap();
    deletions.add_permits(10);
    while blobs::is_any_going(db).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(objects.lock().unwrap().len(), 1);
    upload(b"first").await.unwrap();
    let (me, edition) = (author(), draft());
    let asset = test.reading.asset(Some(&me), &at, "a.txt", &edition);
    let (asset, _) = asset.await.unwrap();
    assert_eq!(course.assets.read(&asset).await.unwrap(), "first");
}

#[actix_web::test]
async fn content_is_put_read_in_part_and_deleted_in_a_bucket() {
    let objects = Objects::default();
    let deletions = web::Data::new(Semaphore::new(10));
    let folder = TempDir::new().unwrap();
    let store = bucket_of(&objects, &deletions, &folder);
    store.probe().await.unwrap();
    assert!(objects.lock().unwrap().is_empty(), "the probe is gone");

    let name = AssetName::parse("a.txt", "").unwrap();
    let content = Content::of_bytes(name, Bytes::from_static(b"0123456789")).unwrap();
    let sha256 = &content.sha256;
    store.put(sha256, &content.source).await.unwrap();
    let place = format!("/gopro/{}/{sha256}", &sha256[..2]);
    assert!(objects.lock().unwrap().contains_key(&place));
    let part: Vec<Bytes> = store
        .open(sha256, 2..5)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(part.concat(), b"234");
    assert_eq!(store.read(sha256).await.unwrap(), "0123456789");
    store.delete(sha256).await.unwrap();
    store.delete(sha256).await.unwrap();
    assert!(objects.lock().unwrap().is_empty());
    assert!(store.read(sha256).await.is_err());
}
