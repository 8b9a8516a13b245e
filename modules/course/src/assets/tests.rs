//! Assets: what is uploaded, what each edition has of it, and what is kept.

mod bucket;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpMessage, web};
use chrono::Duration;
use contracts::course_ref::CourseRef;
use kernel::{Caller, Expected, ExpectedHash, Role};
use rest::MaybeCaller;
use sea_orm::ConnectionTrait;
use serde_json::json as value;
use utoipa_actix_web::AppExt;

use super::service::EXPORTS;
use super::store::blobs;
use super::view::AssetView;
use super::{Caching, Content};
use crate::domain::AssetName;
use crate::error::Error;
use crate::publishing::EditionQuery;
use crate::tests::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture";

impl ModuleTest {
    async fn try_upload(
        &self,
        caller: &Caller,
        course: &CourseRef,
        name: &str,
        content: &[u8],
    ) -> Result<(AssetView, bool), Error> {
        let mut incoming = self.assets.begin(caller, course, name).await?;
        incoming.write(content).await.unwrap();
        let done = self
            .assets
            .upload(caller, &op(), course, None, incoming)
            .await;
        done.map(|(asset, _, created)| (asset, created))
    }

    pub(crate) async fn upload(&self, course: &CourseRef, name: &str, content: &[u8]) -> AssetView {
        let done = self.try_upload(&author(), course, name, content).await;
        done.unwrap().0
    }

    /// What a reader gets.
    pub(crate) async fn asset(
        &self,
        caller: Option<&Caller>,
        course: &CourseRef,
        name: &str,
        query: &EditionQuery,
    ) -> Result<Vec<u8>, Error> {
        let (asset, _) = self.reading.asset(caller, course, name, query).await?;
        Ok(self.assets.read(&asset).await?.to_vec())
    }

    /// How many contents lie in the store.
    pub(crate) fn kept(&self) -> usize {
        let folders = std::fs::read_dir(self.folder.path().join("assets")).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files.count()
    }
}

fn version(number: i64) -> EditionQuery {
    EditionQuery {
        version: Some(number),
        draft: None,
    }
}

#[tokio::test]
async fn the_staff_uploads_lists_and_deletes_and_a_name_has_one_file_whatever_its_case() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let (uploaded, created) = test
        .try_upload(&author(), &at, "Plan.png", PNG)
        .await
        .unwrap();
    assert!(created);
    assert_eq!(
        (uploaded.media_type.as_str(), uploaded.bytes),
        ("image/png", 18)
    );
    let version = |course: &crate::authoring::CourseDetail| course.version;
    let read = async || {
        test.reading
            .course(&author(), &at, &text_of(draft()))
            .await
            .unwrap()
    };
    let before = version(&read().await);
    let again = test.try_upload(&author(), &at, "Plan.png", PNG).await;
    assert_eq!(again.unwrap(), (uploaded, false));
    assert_eq!(version(&read().await), before, "the same changes nothing");

    let longer = [PNG, b" and more"].concat();
    let (replaced, created) = test
        .try_upload(&author(), &at, "plan.PNG", &longer)
        .await
        .unwrap();
    assert!(!created);
    assert_eq!(version(&read().await), before + 1);
    test.upload(&at, "a_b.txt", b"a").await;
    test.upload(&at, "a-b.txt", b"b").await;
    let page = test.assets.list(&author(), &at, &first()).await;
    let page = page.unwrap();
    let names: Vec<_> = page.items.iter().map(|asset| asset.name.as_str()).collect();
    assert_eq!(names, ["a-b.txt", "a_b.txt", "plan.PNG"]);
    assert_eq!(page.items[2], replaced);

    let delete = async |name| {
        test.assets
            .delete(&author(), &op(), &at, name, &ExpectedHash::Any)
            .await
    };
    delete("PLAN.png").await.unwrap();
    assert_eq!(code(delete("PLAN.png").await), "course.not_found");
    let gone = test.asset(Some(&author()), &at, "plan.png", &draft()).await;
    assert_eq!(code(gone), "course.not_found");

    for (caller, refused) in [
        (other(), "course.not_found"),
        (learner(), "course.not_found"),
    ] {
        let upload = test.try_upload(&caller, &at, "b.txt", b"b").await;
        assert_eq!(code(upload), refused);
        let list = test.assets.list(&caller, &at, &first()).await;
        assert_eq!(code(list), refused);
        let deleted = test
            .assets
            .delete(&caller, &op(), &at, "a-b.txt", &ExpectedHash::Any)
            .await;
        assert_eq!(code(deleted), refused);
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_its_name_says_is_refused_with_its_place() {
    use kernel::Fault;
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    for (name, content, pointer, fault) in [
        ("../a.png", PNG, "/query/name", "asset_name"),
        ("a.html", b"<p>".as_slice(), "/query/name", "asset_type"),
        ("a.png", b"<script>", "", "asset_content"),
        ("a.svg", b"\x89PNG", "", "asset_content"),
        ("a.txt", b"a\xff", "", "asset_content"),
        ("a.txt", b"", "", "asset_content"),
    ] {
        let (me, at) = (author(), course.id.into());
        let done = test.try_upload(&me, &at, name, content).await;
        let error = done.unwrap_err();
        assert_eq!(error.code(), "course.invalid", "{name}");
        let found = &error.fields()[0];
        assert_eq!(
            (found.pointer.as_str(), found.code.as_str()),
            (pointer, fault)
        );
    }
    assert_eq!(test.kept(), 0);
    let left = std::fs::read_dir(test.folder.path().join("incoming")).unwrap();
    assert_eq!(left.count(), 0, "what was refused is gone");
}

#[tokio::test]
async fn each_version_has_the_files_of_its_moment() {
    let test = ModuleTest::new().await;
    let (course, _, _) = test.published(value!({})).await;
    let at: CourseRef = course.id.into();
    let (me, nobody) = (author(), newest());
    for text in ["one", "two"] {
        test.upload(&at, "a.txt", text.as_bytes()).await;
        assert_eq!(
            test.publish(&at).await.published_version,
            Some(if text == "one" { 2 } else { 3 })
        );
    }
    test.upload(&at, "a.txt", b"three").await;
    test.upload(&at, "b.txt", b"new").await;
    let read = async |caller: Caller, query: EditionQuery| {
        let read = test.asset(Some(&caller), &at, "A.txt", &query).await;
        read.map(|bytes| String::from_utf8(bytes).unwrap())
    };
    assert_eq!(read(learner(), newest()).await.unwrap(), "two");
    assert_eq!(read(learner(), version(2)).await.unwrap(), "one");
    assert_eq!(read(me, draft()).await.unwrap(), "three");
    assert_eq!(code(read(learner(), version(1)).await), "course.not_found");
    assert_eq!(
        code(read(learner(), draft()).await),
        "course.staff_required"
    );
    assert_eq!(
        test.asset(None, &at, "a.txt", &nobody).await.unwrap(),
        b"two"
    );
    let old = test.asset(None, &at, "a.txt", &version(2)).await;
    assert_eq!(code(old), "auth.token_required");
    let unpublished = test.asset(Some(&learner()), &at, "b.txt", &newest()).await;
    assert_eq!(code(unpublished), "course.not_found");

    // A learner stays on the version of their enrollment.
    test.enroll(course.id, 2).await;
    assert_eq!(read(learner(), newest()).await.unwrap(), "one");

    let same = test.publish(&at).await;
    assert_eq!(same.published_version, Some(4));
    let new = json(value!({ "change_notes": "" }));
    let unchanged = test
        .publishing
        .publish(&author(), &op(), &at, &Expected::Any, new)
        .await;
    assert_eq!(code(unchanged), "course.draft_unchanged");
    test.assets
        .delete(&author(), &op(), &at, "b.txt", &ExpectedHash::Any)
        .await
        .unwrap();
    assert_eq!(test.publish(&at).await.published_version, Some(5));
    let (_, caching) = test
        .reading
        .asset(Some(&learner()), &at, "b.txt", &version(4))
        .await
        .unwrap();
    assert_eq!(caching, Caching::Fixed);
}

#[tokio::test]
async fn the_same_content_is_kept_once_and_goes_when_nobody_names_it() {
    let test = ModuleTest::new().await;
    let (course, _, _) = test.published(value!({})).await;
    let other = test.course("Rust").await;
    let (at, elsewhere) = (course.id.into(), other.id.into());
    test.upload(&at, "a.txt", b"same").await;
    test.upload(&at, "b.txt", b"same").await;
    test.upload(&elsewhere, "c.txt", b"same").await;
    test.upload(&at, "d.txt", b"published").await;
    assert_eq!(test.kept(), 2);
    test.publish(&at).await;
    let delete = async |course: &CourseRef, name| {
        let deleted = test
            .assets
            .delete(&author(), &op(), course, name, &ExpectedHash::Any)
            .await;
        deleted.unwrap();
    };
    for name in ["a.txt", "b.txt", "d.txt"] {
        delete(&at, name).await;
    }
    test.upload(&elsewhere, "e.txt", b"on its way").await;
    assert_eq!(test.kept(), 3);
    delete(&elsewhere, "e.txt").await;
    assert_eq!(test.kept(), 2, "versions and other courses keep theirs");
    let published = test.asset(Some(&learner()), &at, "d.txt", &newest()).await;
    assert_eq!(published.unwrap(), b"published");

    test.authoring
        .delete_course(&author(), &op(), &elsewhere, &Expected::Any)
        .await
        .unwrap();
    test.clock.advance(Duration::hours(2));
    assert_eq!(test.assets.sweep().await.unwrap(), 0, "a version has it");
    let draft = test.course("Zig").await;
    test.upload(&draft.id.into(), "f.txt", b"of a draft").await;
    test.authoring
        .delete_course(&author(), &op(), &draft.id.into(), &Expected::Any)
        .await
        .unwrap();
    assert_eq!(test.assets.sweep().await.unwrap(), 1, "its course is gone");
    let mine = test.asset(Some(&learner()), &at, "a.txt", &newest()).await;
    assert_eq!(mine.unwrap(), b"same");
}

#[tokio::test]
async fn the_database_refuses_to_delete_content_that_is_named() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    test.upload(&course.id.into(), "a.txt", b"named").await;
    let db = test.database.for_migrations();
    let refused = db.execute_unprepared("DELETE FROM blob").await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_course_keeps_no_more_than_it_may_and_its_versions_count() {
    let test = ModuleTest::new().await;
    let (course, _, _) = test.published(value!({})).await;
    let at = course.id.into();
    let half = |letter: u8| vec![letter; 500 * 1024];
    test.upload(&at, "a.txt", &half(b'a')).await;
    test.upload(&at, "b.txt", &half(b'b')).await;
    test.upload(&at, "same.txt", &half(b'b')).await;
    let more = test.try_upload(&author(), &at, "c.txt", &half(b'c')).await;
    assert_eq!(code(more), "course.asset_limit_exceeded");
    // What is replaced and in no version does not count.
    test.upload(&at, "a.txt", &half(b'c')).await;
    test.publish(&at).await;
    let more = test.try_upload(&author(), &at, "a.txt", &half(b'd')).await;
    assert_eq!(code(more), "course.asset_limit_exceeded");
}

#[actix_web::test]
async fn an_asset_is_sent_whole_or_in_part_and_not_again_to_who_has_it() {
    let test = ModuleTest::new().await;
    let (course, _, _) = test.published(value!({})).await;
    let at = course.id.into();
    let picture = test.upload(&at, "a.png", PNG).await;
    test.upload(&at, "a.svg", b"<svg><script>alert(1)</script></svg>")
        .await;
    test.upload(&at, "a.txt", b"0123456789").await;
    test.publish(&at).await;
    let (app, _) = App::new()
        .into_utoipa_app()
        .configure(|cfg| test.course.configure(cfg))
        .split_for_parts();
    let app = init_service(app).await;
    let ask = async |name: &str, sent: &[(&str, &str)]| {
        let path = format!("/courses/{}/assets/{name}", course.id);
        let mut request = TestRequest::with_uri(&path);
        for header in sent {
            request = request.insert_header(*header);
        }
        let request = request.to_request();
        request.extensions_mut().insert(MaybeCaller(None));
        let response = call_service(&app, request).await;
        let headers = response.headers().clone();
        (response.status(), headers, read_body(response).await)
    };
    let (status, headers, body) = ask("a.png", &[]).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, PNG));
    let etag = format!("\"{}\"", picture.sha256);
    for (name, expected) in [
        ("etag", etag.as_str()),
        ("content-type", "image/png"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline; filename=\"a.png\""),
        ("vary", "Authorization"),
    ] {
        let found = headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(found, Some(expected), "{name}");
    }
    let (_, headers, _) = ask("a.svg", &[]).await;
    let policy = headers.get("content-security-policy").unwrap();
    let policy = policy.to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    let (_, headers, _) = ask("a.txt", &[]).await;
    let disposition = headers.get("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"a.txt\"");

    let (status, _, body) = ask("a.png", &[("if-none-match", &etag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let (status, headers, body) = ask("a.txt", &[("range", "bytes=2-4")]).await;
    assert_eq!(
        (status, &body[..]),
        (StatusCode::PARTIAL_CONTENT, b"234".as_slice())
    );
    assert_eq!(headers.get("content-range").unwrap(), "bytes 2-4/10");
    let (status, headers, _) = ask("a.txt", &[("range", "bytes=10-")]).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(headers.get("content-range").unwrap(), "bytes */10");
    let other = [("range", "bytes=2-4"), ("if-range", "\"another\"")];
    let (status, _, body) = ask("a.txt", &other).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 10));
}

#[actix_web::test]
async fn a_file_is_uploaded_as_the_body_and_one_that_is_too_large_is_refused() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let (app, _) = App::new()
        .app_data(web::Data::new(rest::CursorKey::new(b"a key of the test")))
        .into_utoipa_app()
        .configure(|cfg| test.course.configure(cfg))
        .split_for_parts();
    let app = init_service(app).await;
    let send = async |name: &str, body: Vec<u8>| {
        let path = format!("/courses/{}/assets?name={name}", course.id);
        let request = TestRequest::post().uri(&path).set_payload(body);
        let request = request.to_request();
        request.extensions_mut().insert(MaybeCaller(Some(author())));
        let response = call_service(&app, request).await;
        let place = response.headers().get("location").cloned();
        (response.status(), place)
    };
    let (status, place) = send("a.png", PNG.to_vec()).await;
    assert_eq!(status, StatusCode::CREATED);
    let expected = format!("/api/v1/courses/{}/assets/a.png", course.id);
    assert_eq!(place.unwrap(), expected.as_str());
    assert_eq!(send("a.png", PNG.to_vec()).await.0, StatusCode::OK);
    let (status, _) = send("b.txt", vec![b'a'; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        send("a.exe", vec![1]).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(send(".png", vec![1]).await.0, StatusCode::BAD_REQUEST);
}

/// Content that a request has stored, which has ended without naming it and without saying so.
async fn left_over(test: &ModuleTest, content: &'static [u8]) -> String {
    let name = AssetName::parse("x.txt", "").unwrap();
    let content = Content::of_bytes(name, content.into()).unwrap();
    let kept = test.assets.keep(&content).await.unwrap();
    std::mem::forget(kept);
    content.sha256().to_owned()
}

#[tokio::test]
async fn what_a_process_that_ended_has_stored_goes_after_an_hour() {
    let test = ModuleTest::new().await;
    left_over(&test, b"one").await;
    test.clock.advance(Duration::minutes(59));
    assert_eq!(test.assets.sweep().await.unwrap(), 0);
    assert_eq!(test.kept(), 1);
    test.clock.advance(Duration::minutes(2));
    assert_eq!(test.assets.sweep().await.unwrap(), 1);
    assert_eq!(test.kept(), 0);
}

#[tokio::test]
async fn a_deletion_that_broke_off_is_taken_over_and_content_on_its_way_to_a_name_stays() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let one = left_over(&test, b"one").await;
    test.clock.advance(Duration::hours(2));
    let mark = async || {
        let now = test.env.now();
        let txn = test.database.begin_private().await.unwrap();
        let marked = blobs::mark_going(&txn, &one, now, now).await;
        txn.commit().await.unwrap();
        marked.unwrap().then_some(now)
    };
    let marked = mark().await.unwrap();
    assert_eq!(mark().await, None, "somebody else deletes it");
    assert_eq!(test.assets.sweep().await.unwrap(), 0);
    // What is going is not named again, neither by an upload nor by a copy.
    let again = test.try_upload(&author(), &at, "a.txt", b"one").await;
    assert_eq!(code(again), "server.busy");
    let held = blobs::hold(test.database.for_migrations(), &one, test.env.now()).await;
    assert_eq!(code(held), "server.busy");
    test.clock.advance(Duration::minutes(11));
    test.upload(&at, "a.txt", b"one").await;
    // Who had marked it before and was stopped deletes neither what was stored since nor its row.
    assert!(!test.assets.delete_going(&one, marked).await.unwrap());
    let db = test.database.for_migrations();
    blobs::delete_going(db, &one, marked).await.unwrap();
    let read = test.asset(Some(&author()), &at, "a.txt", &draft()).await;
    assert_eq!(read.unwrap(), b"one");
}

#[tokio::test]
async fn what_is_replaced_deleted_or_refused_leaves_nothing_in_the_store() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    for number in 0..30 {
        let content = vec![b'A' + number; 700 * 1024];
        test.upload(&at, "a.txt", &content).await;
        assert_eq!(test.kept(), 1, "{number}");
    }
    let large = vec![b'x'; 700 * 1024];
    let refused = test.try_upload(&author(), &at, "b.txt", &large).await;
    assert_eq!(code(refused), "course.asset_limit_exceeded");
    let upload = async |expected: ExpectedHash| {
        let mut incoming = test.assets.begin(&author(), &at, "a.txt").await.unwrap();
        incoming.write(b"another").await.unwrap();
        let (me, operation) = (author(), op());
        let done = test
            .assets
            .upload(&me, &operation, &at, Some(&expected), incoming);
        done.await
    };
    let refused = upload(ExpectedHash::OneOf(vec!["0".repeat(64)])).await;
    assert_eq!(code(refused), "request.version_conflict");
    assert_eq!(test.kept(), 1);
    test.assets
        .delete(&author(), &op(), &at, "a.txt", &ExpectedHash::Any)
        .await
        .unwrap();
    assert_eq!(test.kept(), 0);
}

#[tokio::test]
async fn what_another_request_has_stored_too_and_may_still_name_stays() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at: CourseRef = course.id.into();
    let name = AssetName::parse("x.txt", "").unwrap();
    let content = Content::of_bytes(name, b"same".as_slice().into()).unwrap();
    let kept = test.assets.keep(&content).await.unwrap();
    test.upload(&at, "a.txt", b"same").await;
    test.upload(&at, "a.txt", b"other").await;
    assert_eq!(test.kept(), 2, "the first request may still name it");
    assert_eq!(test.assets.sweep().await.unwrap(), 0);
    // A request that is given up releases what it has stored.
    drop(kept);
    for _ in 0..200 {
        if test.kept() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(test.kept(), 1);
}

#[tokio::test]
async fn nobody_deletes_or_replaces_what_another_has_uploaded_meanwhile() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let put = async |expected: &ExpectedHash, content: &[u8]| {
        let mut incoming = test.assets.begin(&author(), &at, "a.txt").await?;
        incoming.write(content).await.unwrap();
        let (me, operation) = (author(), op());
        let done = test
            .assets
            .upload(&me, &operation, &at, Some(expected), incoming);
        let (asset, ..) = done.await?;
        Ok::<_, Error>(asset)
    };
    let absent = put(&ExpectedHash::Any, b"one").await;
    assert_eq!(code(absent), "request.version_conflict");
    let one = test.upload(&at, "a.txt", b"one").await;
    let one = ExpectedHash::OneOf(vec![one.sha256]);
    let two = put(&one, b"two").await.unwrap();
    put(&one, b"two").await.unwrap();
    let three = put(&one, b"three").await;
    assert_eq!(code(three), "request.version_conflict");
    let delete = async |expected| {
        let (me, operation) = (author(), op());
        let deleted = test.assets.delete(&me, &operation, &at, "a.txt", expected);
        deleted.await
    };
    assert_eq!(code(delete(&one).await), "request.version_conflict");
    let two = ExpectedHash::OneOf(vec![two.sha256]);
    delete(&two).await.unwrap();
    assert_eq!(code(delete(&two).await), "course.not_found");
}

#[tokio::test]
async fn only_so_many_archives_lie_on_the_disk_at_once() {
    let test = ModuleTest::new().await;
    let course = test.course("Go").await;
    let at = course.id.into();
    let mut archives = Vec::new();
    let export = async |number: usize| {
        let caller = user(0xe00 + number as u128, &[Role::Admin]);
        test.files.export_zip(&caller, &at).await
    };
    for number in 0..EXPORTS {
        archives.push(export(number).await.unwrap());
    }
    assert_eq!(code(export(EXPORTS).await), "server.busy");
    archives.pop();
    export(EXPORTS).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_ends_meanwhile_does_not_end_the_sweep() {
    let test = ModuleTest::new().await;
    let incoming = test.folder.path().join("incoming");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let uploads = std::thread::spawn(move || {
        while let Err(std::sync::mpsc::TryRecvError::Empty) = stopped.try_recv() {
            let files: Vec<_> = (0..20)
                .map(|number| incoming.join(format!("{number}")))
                .collect();
            files
                .iter()
                .for_each(|file| std::fs::write(file, "a").unwrap());
            files
                .iter()
                .for_each(|file| std::fs::remove_file(file).unwrap());
        }
    });
    let mut results = Vec::new();
    for _ in 0..200 {
        results.push(test.assets.sweep().await.map_err(|error| error.to_string()));
    }
    stop.send(()).unwrap();
    uploads.join().unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}
