//! A user's whole journey, over real HTTP against the real binary, which is killed between
//! the steps: nothing may be lost and nothing may happen twice.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::client::send;
use crate::support::mail;
use crate::support::process::seed_demo;
#[cfg(feature = "rabbitmq")]
use crate::support::split;
use crate::support::storage::Storage;
use crate::support::{Answer, Client, Process};

/// How the binary runs.
#[derive(Clone, Copy)]
enum Topology {
    Monolith,
    #[cfg(feature = "rabbitmq")]
    Split,
}

/// The running processes; the first one is where users come in.
struct Running(Vec<Process>);

impl Running {
    async fn start(topology: Topology, storage: &Storage) -> Self {
        match topology {
            Topology::Monolith => Self(vec![Process::serve(storage, &[]).await]),
            #[cfg(feature = "rabbitmq")]
            Topology::Split => Self(split::serve(storage).await),
        }
    }
}

/// A deployment that can be killed, and the users who use it.
struct DeploymentTest {
    topology: Topology,
    storage: Storage,
    running: Running,
    kills: usize,
}

impl DeploymentTest {
    async fn new(topology: Topology, storage: Storage) -> Self {
        seed_demo(&storage);
        let running = Running::start(topology, &storage).await;
        Self {
            topology,
            storage,
            running,
            kills: 0,
        }
    }

    fn server(&self) -> &Process {
        &self.running.0[0]
    }

    /// SIGKILL to all, and up again on other ports; users keep their tokens.
    async fn kill(&mut self, people: &mut [&mut Client]) {
        for process in self.running.0.drain(..) {
            process.kill();
        }
        self.running = Running::start(self.topology, &self.storage).await;
        for client in people {
            **client = client.at(&self.server().url);
        }
        self.kills += 1;
    }

    async fn settle(&self) {
        let processes = self.running.0.iter();
        let urls: Vec<&str> = match self.topology {
            Topology::Monolith => processes.map(|one| one.internal_url.as_str()).collect(),
            // The gateway has no events.
            #[cfg(feature = "rabbitmq")]
            Topology::Split => processes
                .skip(1)
                .map(|one| one.internal_url.as_str())
                .collect(),
        };
        self.storage.settle(&urls).await;
    }

    async fn log_in(&self, login: &str) -> Client {
        let mut client = self.server().client();
        client.log_in(login, PASSWORD).await;
        client
    }
}

/// A POST that may be repeated.
async fn post_once(client: &Client, path: &str, key: &str, body: Value) -> Answer {
    let request = client
        .request(Method::POST, path)
        .header("Idempotency-Key", key);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    send(request).await
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn write_course(instructor: &Client) -> (String, Vec<String>, Vec<String>) {
    let course = json!({ "title": "Birds of the North", "summary": "Who sings there?", "difficulty": "beginner", "retry_percent": 100, "category": "Nature", "tags": ["birds"] });
    let course = text(
        &instructor
            .post("/api/v1/courses", course)
            .await
            .expect_status(201)["id"],
    );
    let base = format!("/api/v1/courses/{course}");
    let section = instructor
        .post(&format!("{base}/sections"), json!({ "title": "Songbirds" }))
        .await
        .expect_status(201);
    let mut lessons = Vec::new();
    for (title, completion) in [("The wren", "read"), ("The dipper", "exercises")] {
        let lesson = json!({
            "section_id": section["id"], "title": title, "minutes": 10, "completion": completion,
            "content": "## Song\n\nIt **sings** loudly.", "objectives": ["Tell its song"],
        });
        lessons.push(text(
            &instructor
                .post(&format!("{base}/lessons"), lesson)
                .await
                .expect_status(201)["id"],
        ));
    }
    let questions = [
        json!({ "kind": "single_choice", "options": [{ "text": "the eagle" }, { "text": "the dipper", "correct": true }] }),
        json!({ "kind": "multiple_choice", "options": [{ "text": "dives", "correct": true }, { "text": "sings", "correct": true }, { "text": "digs" }] }),
        json!({ "kind": "numeric", "value": 18.5, "tolerance": 0.5 }),
        json!({ "kind": "short_text", "accepted": ["cinclus cinclus", "Cinclus"] }),
    ];
    let mut exercises = Vec::new();
    for question in questions {
        let exercise = json!({ "title": "About the dipper", "prompt": "What fits?", "points": 10, "question": question });
        let path = format!("/api/v1/lessons/{}/exercises", lessons[1]);
        exercises.push(text(
            &instructor.post(&path, exercise).await.expect_status(201)["id"],
        ));
    }
    (course, lessons, exercises)
}

/// The id of the option that reads `wanted`, as the learner sees it.
async fn option(learner: &Client, exercise: &str, wanted: &str) -> Value {
    let seen = learner
        .get(&format!("/api/v1/exercises/{exercise}"))
        .await
        .expect_status(200);
    assert!(
        !seen.to_string().contains("correct"),
        "the answer is in the payload: {seen}"
    );
    let options = seen["task"]["options"].as_array().expect("options");
    let found = options.iter().find(|option| option["text"] == wanted);
    found.expect(wanted)["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_through_survives_a_kill_between_any_two_steps() {
    go_through(Topology::Monolith, Storage::new().await).await;
}

#[cfg(feature = "rabbitmq")]
#[tokio::test(flavor = "multi_thread")]
async fn the_way_through_split_services_survives_kills_too() {
    let storage = Storage::new().await;
    if split::possible(&storage) {
        go_through(Topology::Split, storage).await;
    }
}

async fn go_through(topology: Topology, storage: Storage) {
    let mut test = DeploymentTest::new(topology, storage).await;
    let mut instructor = test.log_in("instructor").await;

    // A user registers; the same request again makes no second account.
    let mut learner = test.server().client();
    let account = json!({ "email": "nora@example.org", "username": "nora", "password": PASSWORD, "time_zone": "Europe/Oslo" });
    post_once(&learner, "/api/v1/auth/register", "reg-1", account.clone())
        .await
        .expect_status(201);
    test.kill(&mut [&mut learner, &mut instructor]).await;
    let again = post_once(&learner, "/api/v1/auth/register", "reg-1", account).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let nora = again.expect_status(201);
    learner.log_in("nora", PASSWORD).await;

    // She opens the link of her email, because an address that is not verified gets no others.
    mails_to(&test, "nora@example.org", 1).await;
    let data = test.storage.folder.path().join("data");
    let email = mail::wait_for(&data, "nora@example.org", "#token=").await;
    let token = json!({ "token": email.token() });
    learner
        .post("/api/v1/auth/email/verify", token)
        .await
        .expect_status(200);
    test.settle().await;

    // An instructor writes a course and publishes it.
    let (course, lessons, exercises) = write_course(&instructor).await;
    test.kill(&mut [&mut learner, &mut instructor]).await;
    let publish = format!("/api/v1/courses/{course}/publish");
    learner
        .get(&format!("/api/v1/courses/{course}"))
        .await
        .expect_problem(404, "course.not_found");
    let request = instructor
        .request(Method::POST, &publish)
        .header("If-Match", "*");
    send(request.json(&json!({ "change_notes": "First." })))
        .await
        .expect_status(201);
    test.kill(&mut [&mut learner, &mut instructor]).await;

    // Anyone finds it; the learner enrolls, once.
    let found = test
        .server()
        .client()
        .get("/api/v1/courses?q=north%20birds")
        .await
        .expect_status(200);
    assert_eq!(found["items"][0]["title"], "Birds of the North");
    let enroll = json!({ "course_id": course });
    let enrolled = post_once(
        &learner,
        "/api/v1/progress/enrollments",
        "enroll-1",
        enroll.clone(),
    )
    .await
    .expect_status(201);
    test.kill(&mut [&mut learner, &mut instructor]).await;
    let replay = post_once(
        &learner,
        "/api/v1/progress/enrollments",
        "enroll-1",
        enroll.clone(),
    )
    .await;
    assert_eq!(replay.json()["id"], enrolled["id"]);
    let same = learner
        .post("/api/v1/progress/enrollments", enroll)
        .await
        .expect_status(200);
    assert_eq!(same["id"], enrolled["id"]);

    // The course changes and version 2 is published; the learner stays on version 1.
    let change = json!({ "title": "The wren, again" });
    instructor
        .patch(&format!("/api/v1/lessons/{}", lessons[0]), change)
        .await
        .expect_status(200);
    let request = instructor
        .request(Method::POST, &publish)
        .header("If-Match", "*");
    send(request.json(&json!({ "change_notes": "A better title." })))
        .await
        .expect_status(201);
    let lesson = format!("/api/v1/lessons/{}", lessons[0]);
    test.settle().await;
    assert_eq!(
        learner.get(&lesson).await.expect_status(200)["title"],
        "The wren"
    );
    assert_eq!(
        learner
            .get(&format!("{lesson}?version=2"))
            .await
            .expect_status(200)["title"],
        "The wren, again"
    );
    let progress = format!("/api/v1/progress/courses/{course}");
    assert_eq!(
        learner.get(&progress).await.expect_status(200)["enrollment"]["course_version"],
        1
    );

    // The first lesson is complete when it is read, the second when its exercises are passed.
    let path = |lesson: &str, verb: &str| format!("/api/v1/progress/lessons/{lesson}/{verb}");
    learner
        .touch(&path(&lessons[0], "start"))
        .await
        .expect_status(200);
    test.kill(&mut [&mut learner, &mut instructor]).await;
    learner
        .touch(&path(&lessons[0], "complete"))
        .await
        .expect_status(200);
    test.kill(&mut [&mut learner, &mut instructor]).await;
    let twice = learner
        .touch(&path(&lessons[0], "complete"))
        .await
        .expect_status(200);
    assert_eq!(twice["enrollment"]["done"], 1);
    learner
        .touch(&path(&lessons[1], "complete"))
        .await
        .expect_problem(409, "progress.exercises_required");

    let wrong = json!({ "kind": "single_choice", "choice": option(&learner, &exercises[0], "the eagle").await });
    let right = json!({ "kind": "single_choice", "choice": option(&learner, &exercises[0], "the dipper").await });
    let both = [
        option(&learner, &exercises[1], "dives").await,
        option(&learner, &exercises[1], "sings").await,
    ];
    let answers = [
        (&exercises[0], wrong, 0),
        (&exercises[0], right, 10),
        (
            &exercises[1],
            json!({ "kind": "multiple_choice", "choices": both }),
            10,
        ),
        (
            &exercises[2],
            json!({ "kind": "numeric", "value": 18.2 }),
            10,
        ),
        (
            &exercises[3],
            json!({ "kind": "short_text", "text": "  CINCLUS " }),
            10,
        ),
    ];
    for (number, (exercise, answer, score)) in answers.into_iter().enumerate() {
        let submissions = format!("/api/v1/exercises/{exercise}/submissions");
        let key = format!("answer-{number}");
        let body = json!({ "answer": answer, "version": 1 });
        let graded = post_once(&learner, &submissions, &key, body.clone())
            .await
            .expect_status(201);
        assert_eq!(graded["score"], score, "{graded}");
        assert_eq!(graded["passed"], score == 10);
        test.kill(&mut [&mut learner, &mut instructor]).await;
        let replay = post_once(&learner, &submissions, &key, body)
            .await
            .expect_status(201);
        assert_eq!(replay["id"], graded["id"]);
    }
    test.settle().await;

    // Everything is counted once.
    let done = learner.get(&progress).await.expect_status(200);
    assert_eq!(done["enrollment"]["progress"], "completed", "{done}");
    assert_eq!(
        (&done["enrollment"]["done"], &done["enrollment"]["total"]),
        (&json!(2), &json!(2))
    );
    let overview = learner.get("/api/v1/progress").await.expect_status(200);
    assert_eq!(overview["totals"]["lessons"], 2);
    assert_eq!(overview["totals"]["courses"], 1);
    assert_eq!(overview["totals"]["exercises"], 4);
    assert_eq!(overview["streak"]["days"], 1);
    assert_eq!(overview["streak"]["time_zone"], "Europe/Oslo");
    let mine = learner
        .get("/api/v1/achievements/mine")
        .await
        .expect_status(200);
    let mine = mine["items"].as_array().expect("achievements").clone();
    let earned: i64 = mine
        .iter()
        .map(|one| one["achievement"]["points"].as_i64().expect("points"))
        .sum();
    assert!(mine.len() >= 2, "{mine:?}");
    assert_eq!(overview["totals"]["points"], 40 + 2 * 10 + 100 + earned);
    let board = learner
        .get("/api/v1/progress/leaderboards/global")
        .await
        .expect_status(200);
    assert_eq!(board["items"][0]["display_name"], "nora");
    assert_eq!(board["items"][0]["points"], overview["totals"]["points"]);

    // The inbox has a notification for each event, once, and the emails are in the folder.
    let inbox = learner
        .get("/api/v1/notifications?limit=200")
        .await
        .expect_status(200);
    let kinds: Vec<_> = inbox["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| text(&item["type"]))
        .collect();
    for (kind, count) in [
        ("welcome", 1),
        ("enrolled", 1),
        ("course_completed", 1),
        ("achievement_unlocked", mine.len()),
    ] {
        assert_eq!(
            kinds.iter().filter(|one| *one == kind).count(),
            count,
            "{kind} in {kinds:?}"
        );
    }
    let unread = learner
        .get("/api/v1/notifications/unread-count")
        .await
        .expect_status(200);
    assert_eq!(unread["unread"], kinds.len());
    let mails = mails_to(&test, "nora@example.org", 2 + mine.len()).await;
    assert!(
        mails.iter().any(|mail| mail.contains("Birds of the North")),
        "{mails:?}"
    );
    assert_eq!(
        learner.get("/api/v1/users/me").await.expect_status(200)["id"],
        nora["id"]
    );

    // Nobody else was touched, refreshing works after all the kills, and logging out ends it.
    let others = instructor.get("/api/v1/progress").await.expect_status(200);
    assert_eq!(others["totals"]["points"], 0);
    let refresh = json!({ "refresh_token": learner.refresh_token });
    let next = learner
        .post("/api/v1/auth/refresh", refresh)
        .await
        .expect_status(200);
    learner.token = next["access_token"].as_str().map(str::to_owned);
    learner
        .touch("/api/v1/auth/logout")
        .await
        .expect_status(204);
    learner
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
    assert!(test.kills >= 10, "only {} kills", test.kills);
}

/// The emails to an address, once there are as many as expected: the sender runs on its own, and on
/// PostgreSQL one that a killed process was sending waits until that process is given up.
async fn mails_to(test: &DeploymentTest, address: &str, expected: usize) -> Vec<String> {
    let folder = test.storage.folder.path().join("data/mail");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(180);
    loop {
        let mails: Vec<String> = std::fs::read_dir(&folder)
            .expect("the mail folder")
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "eml"))
            .map(|entry| std::fs::read_to_string(entry.path()).expect("a mail"))
            // Whether the welcome is sent depends on when the address was verified.
            .filter(|mail| mail.contains(address) && !mail.contains("Subject: Welcome"))
            .collect();
        if mails.len() >= expected {
            assert_eq!(mails.len(), expected, "a mail was written twice");
            return mails;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{} of {expected} mails",
            mails.len()
        );
        crate::support::between_looks().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_the_demo_needs_nothing_but_the_binary() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &["--demo"]).await;
    let list = server
        .client()
        .get("/api/v1/courses")
        .await
        .expect_status(200);
    assert_eq!(list["items"][0]["slug"], "go-from-zero");
}
