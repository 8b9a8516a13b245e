//! A user takes their data along, and goes: over HTTP, through all four modules.

use std::io::{Cursor, Read, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::Duration;
use contracts::user::UserErasureStarted;
use database::outbox;
use gopro::module_name::ModuleName;
use kernel::{Envelope, Event, Operation, Role};
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use testkit::FixedClock;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::app::PASSWORD;
use crate::support::client::send;
use crate::support::dump::dump;
use crate::support::{AppTest, Client};

const USERNAME: &str = "zerafina-quill";
const EMAIL: &str = "zerafina.quill@example.org";
const NAME: &str = "Zerafina Q. Featherstone";
const COURSE: &str = "01940000-0000-7000-8000-000000000001";
const EXERCISE: &str = "01940000-0000-7000-8000-000000020101";

/// All that this process logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let _ = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .try_init();
        log
    })
}

/// A learner who has left traces everywhere.
async fn busy_user(app: &AppTest) -> (Client, String) {
    let anonymous = app.anonymous();
    let account = json!({
        "username": USERNAME, "email": EMAIL, "password": PASSWORD, "display_name": NAME,
    });
    let register = anonymous
        .request(Method::POST, "/api/v1/auth/register")
        .header("Idempotency-Key", "a-key-of-mine")
        .json(&account);
    let account = send(register).await.expect_status(201);
    let user = account["id"].as_str().expect("an id").to_owned();
    let wrong = json!({ "login": EMAIL, "password": "not the right one at all" });
    anonymous
        .post("/api/v1/auth/login", wrong)
        .await
        .expect_problem(401, "auth.credentials_invalid");
    let client = app.log_in(USERNAME).await;
    let bio = json!({ "bio": format!("I am {NAME}"), "avatar_url": "https://example.org/z.png" });
    client
        .patch("/api/v1/users/me", bio)
        .await
        .expect_status(200);
    let enroll = client
        .request(Method::POST, "/api/v1/progress/enrollments")
        .header("Idempotency-Key", "another-key")
        .json(&json!({ "course_id": COURSE }));
    send(enroll).await.expect_status(201);
    let answer = json!({ "answer": { "kind": "ordering", "order": [] } });
    client
        .post(&format!("/api/v1/exercises/{EXERCISE}/submissions"), answer)
        .await
        .expect_status(201);
    let alias = json!({ "visible": true, "alias": NAME });
    client
        .put("/api/v1/progress/leaderboards/me", alias)
        .await
        .expect_status_in(&[200, 204]);
    client
        .post(
            "/api/v1/users/me/tokens",
            json!({ "name": "my script", "scopes": ["profile:read"] }),
        )
        .await
        .expect_status(201);
    app.settle().await;
    (client, user)
}

async fn run_due_after(app: &AppTest, clock: &FixedClock, span: Duration) {
    clock.advance(span);
    app.user().run_due_sagas().await.expect("tended");
    app.settle().await;
}

/// The time to keep the account passes, and every step is done.
async fn erase(app: &AppTest, clock: &FixedClock) {
    run_due_after(app, clock, Duration::hours(72)).await;
    for _ in 0..20 {
        let sagas = app.user().sagas().await.expect("sagas");
        if !sagas.iter().any(|saga| saga.state.is_open()) {
            return;
        }
        run_due_after(app, clock, Duration::minutes(1)).await;
    }
    panic!("the erasure did not end within twenty minutes");
}

/// Whom others see on the leaderboard of all time.
async fn ranked(app: &AppTest) -> Vec<String> {
    let instructor = app.log_in("instructor").await;
    let board = instructor.get("/api/v1/progress/leaderboards/global").await;
    let board = board.expect_status(200);
    let entries = board["items"].as_array().expect("entries");
    let names = entries.iter().map(|entry| entry["display_name"].as_str());
    names.map(|name| name.expect("a name").to_owned()).collect()
}

/// The secret of the link in the email about the newest erasure.
async fn keep_token(app: &AppTest) -> String {
    let database = app.modules.databases().of(ModuleName::User);
    let database = database.expect("the user module");
    let rows = outbox::Entity::find().all(database.read()).await;
    let rows = rows.expect("the outbox");
    let mut envelopes = rows
        .iter()
        .filter_map(|row| serde_json::from_str::<Envelope>(&row.envelope).ok());
    let started = envelopes
        .rfind(|event| event.kind == UserErasureStarted::TYPE)
        .expect("an erasure");
    let started: UserErasureStarted = started.decode().expect("its facts");
    let mail = app.user().api().email_content(started.token_id).await;
    let url = mail.expect("an answer").expect("an email").url;
    let url = url.expect("a link");
    url.rsplit_once("#token=").expect("a token").1.to_owned()
}

/// The tables and rows that still say something about the user.
async fn traces(app: &AppTest, words: &[&str]) -> Vec<(String, String)> {
    let rows = dump(app).await;
    assert!(rows.len() > 50, "the dump is empty");
    let says = |text: &str| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(&word.to_lowercase()))
    };
    rows.into_iter().filter(|(_, text)| says(text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_user_is_nowhere_but_in_the_documented_residue() {
    let log = log();
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let (client, user) = busy_user(&app).await;
    let personal = [USERNAME, EMAIL, NAME];
    assert!(traces(&app, &personal).await.len() >= 5);

    let location = client.touch("/api/v1/users/me/export").await;
    assert_eq!(location.status, 202, "{}", location.text);
    app.settle().await;
    let erasing = client.delete("/api/v1/users/me").await;
    let erasing = erasing.expect_status(202);
    assert_eq!(erasing["erase_after"], "2026-03-04T12:00:00Z");
    app.settle().await;
    client
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
    let login = json!({ "login": USERNAME, "password": PASSWORD });
    app.anonymous()
        .post("/api/v1/auth/login", login.clone())
        .await
        .expect_problem(403, "auth.deletion_scheduled");

    erase(&app, &clock).await;
    let admin = app.log_in("admin").await;
    let path = format!("/api/v1/users/{user}/erasure");
    let certificate = admin.get(&path).await.expect_status(200);
    assert_eq!(certificate["state"], "done", "{certificate}");
    assert_eq!(certificate["user_id"], user);
    let steps = certificate["steps"].as_array().expect("steps");
    let names: Vec<_> = steps.iter().map(|done| done["step"].as_str()).collect();
    let expected = ["course", "progress", "notification", "tombstone", "sweep"];
    assert_eq!(names, expected.map(Some));
    assert_eq!(steps[0]["removed"]["submissions"], 1, "{certificate}");
    assert_eq!(steps[1]["removed"]["enrollments"], 1, "{certificate}");
    assert!(steps[2]["removed"]["notifications"].as_u64() >= Some(2));

    assert_eq!(traces(&app, &personal).await, vec![]);
    let residue = traces(&app, &[&user]).await;
    let known = [
        "user.account",
        "user.audit",
        "user.saga",
        "course.erased_user",
        "progress.erased_user",
        "notification.erased_user",
    ];
    for (table, row) in residue {
        let numbering = table.ends_with(".event_stream");
        assert!(
            numbering || known.contains(&table.as_str()),
            "{table}: {row}"
        );
    }
    let said = {
        let said = log.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).into_owned()
    };
    assert!(!said.is_empty(), "nothing was logged");
    for word in personal {
        assert!(!said.contains(word), "the log says {word}");
    }

    app.anonymous()
        .post("/api/v1/auth/login", login)
        .await
        .expect_problem(401, "auth.credentials_invalid");
    for gone in [
        format!("/api/v1/users/{user}"),
        format!("/api/v1/users/{user}/profile"),
    ] {
        admin.get(&gone).await.expect_problem(404, "user.not_found");
    }
    let all = admin
        .get("/api/v1/users?limit=200")
        .await
        .expect_status(200);
    assert!(!all.to_string().contains(&user));
    let audit = app.user().verify_audit().await.expect("the log");
    assert!(
        matches!(audit, user::AuditVerification::Whole { .. }),
        "{audit:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_email_keeps_an_account() {
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let (client, user) = busy_user(&app).await;
    let first = "/api/v1/progress/lessons/01940000-0000-7000-8000-000000000101/complete";
    client.touch(first).await.expect_status(200);
    assert_eq!(ranked(&app).await, [NAME]);
    client.delete("/api/v1/users/me").await.expect_status(202);
    app.settle().await;
    assert_eq!(ranked(&app).await, Vec::<String>::new());
    let keep = json!({ "token": keep_token(&app).await });
    clock.advance(Duration::hours(70));
    let anonymous = app.anonymous();
    let path = "/api/v1/auth/account/keep";
    anonymous.post(path, keep.clone()).await.expect_status(204);
    anonymous
        .post(path, keep)
        .await
        .expect_problem(403, "auth.link_invalid");
    run_due_after(&app, &clock, Duration::hours(10)).await;
    assert_eq!(ranked(&app).await, [NAME]);
    let back = app.log_in(USERNAME).await;
    let me = back.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["display_name"], NAME);
    let mine = back.get("/api/v1/progress/enrollments").await;
    assert_eq!(mine.expect_status(200)["items"][0]["course_id"], COURSE);
    let admin = app.log_in("admin").await;
    let path = format!("/api/v1/users/{user}/erasure");
    let certificate = admin.get(&path).await.expect_status(200);
    assert_eq!(certificate["state"], "cancelled");
    assert_eq!(certificate["steps"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_erase_others_and_nobody_the_last_administrator() {
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let admin = app.log_in("admin").await;
    let instructor = "/api/v1/users/01940000-0000-7000-8000-000000000a02";
    let me = "/api/v1/users/01940000-0000-7000-8000-000000000a03";
    admin
        .get(&format!("{instructor}/erasure"))
        .await
        .expect_problem(404, "user.erasure_not_found");
    admin
        .delete(me)
        .await
        .expect_problem(409, "user.self_deletion_forbidden");
    admin
        .delete("/api/v1/users/me")
        .await
        .expect_problem(409, "user.last_admin");
    let first = admin.delete(instructor).await;
    assert_eq!(
        first.header("location"),
        Some(format!("{instructor}/erasure").as_str())
    );
    let first = first.expect_status(202);
    let again = admin.delete(instructor).await.expect_status(202);
    assert_eq!(first, again);
    erase(&app, &clock).await;
    let learner = app.log_in("learner").await;
    let course = learner.get(&format!("/api/v1/courses/{COURSE}")).await;
    let course = course.expect_status(200);
    assert_eq!(course["title"], "Go from Zero", "the course stays");
    assert!(
        !course
            .to_string()
            .contains("01940000-0000-7000-8000-000000000a02")
    );
    learner
        .delete(instructor)
        .await
        .expect_problem(403, "auth.role_required");
}

fn unpack(archive: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("a zip archive");
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        files.push((file.name().expect("a name").into_owned(), text));
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_every_module_knows_and_no_secret() {
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let (client, user) = busy_user(&app).await;
    let ask = || {
        client
            .request(Method::POST, "/api/v1/users/me/export")
            .header("Idempotency-Key", "export-once")
    };
    let asked = send(ask()).await;
    let location = asked.header("location").expect("a location").to_owned();
    let id = asked.expect_status(202)["id"].clone();
    app.settle().await;
    let replayed = send(ask()).await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert_eq!(replayed.expect_status(202)["id"], id);
    let view = client.get(&location).await.expect_status(200);
    assert_eq!(view["state"], "done", "{view}");
    assert_eq!(view["expires_at"], "2026-03-08T12:00:00Z");
    let content = format!("{location}/content");
    let response = client.request(Method::GET, &content).send().await;
    let response = response.expect("an answer");
    let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "application/zip");
    assert_eq!(header("cache-control"), "private, no-store");
    let archive = response.bytes().await.expect("a body");
    let files = unpack(&archive);
    let file = |wanted: &str| -> Value {
        let found = files.iter().find(|(name, _)| name == wanted);
        serde_json::from_str(&found.expect(wanted).1).expect("JSON")
    };
    let own = file("user.json");
    assert_eq!(own["account"][0]["email"], EMAIL);
    assert_eq!(own["account"][0]["id"], user);
    assert_eq!(own["sessions"].as_array().map(Vec::len), Some(1));
    let course = file("course.json");
    assert_eq!(course["submissions"][0]["exercise_id"], EXERCISE);
    let progress = file("progress.json");
    assert_eq!(progress["enrollments"][0]["course_id"], COURSE);
    assert_eq!(progress["learner"][0]["alias"], NAME);
    assert!(
        progress["activity"]
            .as_array()
            .is_some_and(|log| !log.is_empty())
    );
    let notification = file("notification.json");
    assert_eq!(notification["recipient"][0]["email"], EMAIL);
    assert!(
        !notification["notifications"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
    for (name, text) in &files {
        for secret in ["password_hash", "token_hash", "argon2", "sealed", PASSWORD] {
            let read_me = name == "README.txt";
            assert!(read_me || !text.contains(secret), "{name} has {secret}");
        }
    }
    let admin = app.log_in("admin").await;
    admin
        .get(&content)
        .await
        .expect_problem(404, "user.export_not_found");
    clock.advance(Duration::minutes(11));
    client
        .touch("/api/v1/users/me/export")
        .await
        .expect_problem(401, "auth.step_up_required");
    clock.advance(Duration::days(7));
    let back = app.log_in(USERNAME).await;
    back.get(&content)
        .await
        .expect_problem(404, "user.export_not_found");
    let swept = app.user().sweep().await.expect("swept");
    assert!(swept >= 1);
    assert!(app.user().sagas().await.expect("sagas").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_taught_and_ran_the_platform_can_go_too() {
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let client = app.new_user("vanya", &[Role::Student, Role::Admin]).await;
    client.delete("/api/v1/users/me").await.expect_status(202);
    app.settle().await;
    let id = app.user().sagas().await.expect("sagas")[0].id;
    let retried = app
        .modules
        .user()
        .expect("the user module")
        .retry_saga(&Operation::system("test"), id)
        .await;
    assert!(!retried.expect("a database"), "it has not failed");
    erase(&app, &clock).await;
    assert_eq!(traces(&app, &["vanya"]).await, vec![]);
}
