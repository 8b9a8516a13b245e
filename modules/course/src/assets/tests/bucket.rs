//! The asset store on a server that speaks as much S3 as is needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::Bytes;
use futures::TryStreamExt;
use kernel::SecretString;
use tempfile::TempDir;

use crate::assets::Content;
use crate::domain::AssetName;
use crate::{AssetStore, S3Bucket};

type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

async fn answer(objects: web::Data<Objects>, req: HttpRequest, body: Bytes) -> HttpResponse {
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

#[actix_web::test]
async fn content_is_put_read_in_part_and_deleted_in_a_bucket() {
    let objects = Objects::default();
    let data = web::Data::new(Arc::clone(&objects));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .default_service(web::to(answer))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let folder = TempDir::new().unwrap();
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
    let store = AssetStore::in_bucket(&bucket, folder.path(), 1024).unwrap();
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
