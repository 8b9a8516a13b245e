//! Bad input to every endpoint: a 4xx problem, nothing stored, never a 5xx.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::send;
use crate::support::{AppTest, Client};

struct Endpoint {
    name: String,
    method: Method,
    path: String,
    params: Vec<(String, String)>,
    takes_json: bool,
    needs_if_match: bool,
    secured: bool,
}

fn endpoints() -> Vec<Endpoint> {
    let document = gopro::gateway::openapi::document();
    let mut endpoints = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let params = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let of = |place: &str| {
                let found = params.iter().filter(|param| param["in"] == place);
                found
                    .map(|param| {
                        let example = &param["example"];
                        let example = example
                            .as_str()
                            .map_or_else(|| example.to_string(), str::to_owned);
                        (param["name"].as_str().expect("a name").to_owned(), example)
                    })
                    .collect::<Vec<_>>()
            };
            endpoints.push(Endpoint {
                name: format!("{} {path}", method.to_uppercase()),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                params: of("path"),
                takes_json: !operation["requestBody"]["content"]["application/json"].is_null(),
                needs_if_match: params
                    .iter()
                    .any(|param| param["name"] == "If-Match" && param["required"] == true),
                secured: operation["security"].as_array().is_some_and(|list| {
                    !list.is_empty()
                        && list
                            .iter()
                            .all(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty()))
                }),
            });
        }
    }
    endpoints
}

impl Endpoint {
    fn path(&self) -> String {
        self.params
            .iter()
            .fold(self.path.clone(), |path, (name, value)| {
                path.replace(&format!("{{{name}}}"), value)
            })
    }

    /// The path with one parameter replaced.
    fn path_with(&self, wrong: &str, value: &str) -> String {
        self.params
            .iter()
            .fold(self.path.clone(), |path, (name, example)| {
                path.replace(
                    &format!("{{{name}}}"),
                    if name == wrong { value } else { example },
                )
            })
    }
}

fn assert_problem(name: &str, what: &str, status: u16, text: &str) {
    assert!(
        (400..500).contains(&status),
        "{name} with {what}: {status} {text}"
    );
    let problem: Value = serde_json::from_str(text).unwrap_or_default();
    assert_eq!(problem["status"], status, "{name} with {what}: {text}");
    assert!(
        problem["code"].is_string() && problem["instance"].is_string(),
        "{name} with {what}: {text}"
    );
}

/// What an operator would count: rows that users made.
async fn census(admin: &Client) -> Value {
    let total =
        async |path: &str| admin.get(path).await.expect_status(200)["page"]["total"].clone();
    json!([
        total("/api/v1/users?count=exact").await,
        total("/api/v1/courses?count=exact").await,
        total("/api/v1/courses/go-from-zero/sections?count=exact").await,
        total("/api/v1/courses/go-from-zero/versions?count=exact").await,
        total("/api/v1/progress/enrollments?count=exact").await,
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_make_no_sense_are_refused_and_nothing_is_stored() {
    let app = AppTest::demo().await;
    app.settle().await;
    let admin = app.log_in("admin").await;
    let before = census(&admin).await;
    let long = json!("x".repeat(200_000)).to_string();
    let deep = "[".repeat(2000) + &"]".repeat(2000);
    let bodies = [
        ("broken JSON", "{\"a\": "),
        ("no body", ""),
        ("a number", "7"),
        ("an array", "[]"),
        ("a text", "\"x\""),
        ("null", "null"),
        ("an unknown field", "{\"no_such_field\": 1}"),
        ("a NUL", "{\"title\": \"a\\u0000b\", \"no_such_field\": 1}"),
        ("a lone surrogate", "{\"title\": \"\\ud800\"}"),
        ("bytes that are no UTF-8", "\u{fffd}{"),
        ("a very long text", long.as_str()),
        ("great depth", deep.as_str()),
    ];
    let mut tried = 0;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.takes_json) {
        for (what, body) in &bodies {
            let request = admin.request(endpoint.method.clone(), &endpoint.path());
            let request = request
                .header("If-Match", "*")
                .header("Content-Type", "application/json");
            let answer = send(request.body((*body).to_owned())).await;
            assert_problem(&endpoint.name, what, answer.status, &answer.text);
            tried += 1;
        }
        let request = admin
            .request(endpoint.method.clone(), &endpoint.path())
            .header("If-Match", "*");
        let answer = send(
            request
                .header("Content-Type", "application/xml")
                .body("<a/>"),
        )
        .await;
        answer.expect_problem(415, "request.media_type_unsupported");
    }
    assert!(tried > 200, "only {tried} bodies were tried");
    assert_eq!(census(&admin).await, before, "something was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_and_foreign_ids_are_refused_by_name() {
    let app = AppTest::demo().await;
    app.settle().await;
    let admin = app.log_in("admin").await;
    let foreign = "0194ffff-ffff-7fff-8fff-ffffffffffff";
    let mut tried = 0;
    for endpoint in endpoints() {
        for (param, _) in &endpoint.params {
            for wrong in [
                "not an id",
                "%00",
                "..%2f..%2fetc",
                "%F0%9F%A6%86",
                "-1",
                foreign,
                "' OR 1=1 --",
            ] {
                if param == "number" && wrong == foreign {
                    continue;
                }
                let path = endpoint.path_with(param, wrong);
                let mut request = admin
                    .request(endpoint.method.clone(), &path)
                    .header("If-Match", "*");
                if endpoint.takes_json {
                    request = request.json(&json!({}));
                }
                let answer = send(request).await;
                assert_problem(
                    &endpoint.name,
                    &format!("{param} = {wrong}"),
                    answer.status,
                    &answer.text,
                );
                let problem = answer.json();
                if problem["code"] == "request.path_invalid" {
                    let pointers: Vec<_> = problem["errors"]
                        .as_array()
                        .expect("errors")
                        .iter()
                        .map(|error| error["pointer"].clone())
                        .collect();
                    assert!(
                        pointers.contains(&json!(format!("/path/{param}"))),
                        "{}: {problem}",
                        endpoint.name
                    );
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "only {tried} ids were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_or_with_a_stale_if_match_is_refused() {
    let app = AppTest::demo().await;
    app.settle().await;
    let instructor = app.log_in("instructor").await;
    let learner = app.log_in("learner").await;
    let admin = app.log_in("admin").await;
    // The only thing of the examples that the demo does not have.
    let cohorts = "/api/v1/progress/courses/go-from-zero/cohorts";
    let cohort = instructor.post(cohorts, json!({ "name": "Spring" })).await;
    let cohort = cohort.expect_status(201)["id"].clone();
    let cohort = cohort.as_str().expect("an id");
    let mut tried = 0;
    for endpoint in endpoints()
        .iter()
        .filter(|endpoint| endpoint.needs_if_match)
    {
        let client = match endpoint.path.as_str() {
            path if path.contains("/gradebook/")
                || path.contains("/enrollment-settings")
                || path.contains("/cohorts/") =>
            {
                &instructor
            }
            path if path.contains("/progress/") || path.contains("/users/me") => &learner,
            path if path.contains("/notifications/") => continue,
            path if path.contains("/users/") || path.contains("/achievements/") => &admin,
            _ => &instructor,
        };
        let document = gopro::gateway::openapi::document();
        let operation = &document["paths"][&endpoint.path][endpoint.method.as_str().to_lowercase()];
        let schema =
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let example = schema.map(|reference| {
            document.pointer(&reference[1..]).expect("a schema")["example"].clone()
        });
        let send_with = async |if_match: Option<&str>| {
            let path = endpoint.path_with("cohort", cohort);
            let mut request = client.request(endpoint.method.clone(), &path);
            if let Some(value) = if_match {
                request = request.header("If-Match", value);
            }
            if let Some(example) = &example {
                request = request.json(example);
            }
            send(request).await
        };
        let missing = send_with(None).await;
        assert_eq!(missing.status, 428, "{}: {}", endpoint.name, missing.text);
        missing.expect_problem(428, "request.if_match_required");
        let garbled = send_with(Some("yesterday's")).await;
        assert_eq!(garbled.status, 400, "{}: {}", endpoint.name, garbled.text);
        // A user who is not yet on the staff has no version that could be stale.
        if !endpoint.path.ends_with("/staff/{user}") {
            let stale = send_with(Some("\"987654\"")).await;
            assert_eq!(stale.status, 412, "{}: {}", endpoint.name, stale.text);
        }
        tried += 1;
    }
    assert!(tried >= 10, "only {tried} changes were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_token_is_refused_without_one() {
    let app = AppTest::demo().await;
    let anonymous = app.anonymous();
    let mut tried = 0;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.secured) {
        let request = anonymous
            .request(endpoint.method.clone(), &endpoint.path())
            .header("If-Match", "*");
        let request = if endpoint.takes_json {
            request.json(&json!({}))
        } else {
            request
        };
        send(request)
            .await
            .expect_problem(401, "auth.token_required");
        tried += 1;
    }
    assert!(tried >= 55, "only {tried} endpoints were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_writes_no_courses_and_manages_no_users() {
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await;
    let course = json!({ "title": "Mine", "difficulty": "beginner" });
    learner
        .post("/api/v1/courses", course)
        .await
        .expect_problem(403, "auth.role_required");
    learner
        .get("/api/v1/users")
        .await
        .expect_problem(403, "auth.role_required");
    let me = learner.get("/api/v1/users/me").await.expect_status(200);
    let path = format!("/api/v1/users/{}", me["id"].as_str().expect("an id"));
    let answer = learner.patch(&path, json!({ "roles": ["admin"] })).await;
    answer.expect_problem(403, "auth.role_required");
    let answer = learner
        .patch("/api/v1/users/me", json!({ "roles": ["admin"] }))
        .await;
    let problem = answer.expect_problem(422, "request.invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/roles");
}
