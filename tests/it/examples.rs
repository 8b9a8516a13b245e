//! Every example of the document, sent as it is against the demo data, succeeds.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::send;
use crate::support::{AppTest, Client};

/// Ids and tokens that only a running server can give; all other examples are sent as they stand.
const GIVEN_AT_RUN_TIME: [&str; 63] = [
    "get_cohort",
    "update_cohort",
    "delete_cohort",
    "list_cohort_members",
    "apply_cohort_batch",
    "get_my_report",
    "download_my_report",
    "delete_my_report",
    "get_certificate",
    "get_certificate_image",
    "get_certificate_document",
    "get_certificate_credential",
    "get_certificate_credential_status",
    "create_my_vacation",
    "update_my_certificate",
    "revoke_certificate",
    "reinstate_certificate",
    "delete_grade_override",
    "join_waiting_list",
    "leave_waiting_list",
    "upload_asset",
    "get_course_schedule",
    "cancel_course_schedule",
    "get_my_attempt",
    "update_my_attempt",
    "claim_submission",
    "release_submission",
    "grade_submission",
    "get_regrade",
    "list_regrade_changes",
    "apply_regrade",
    "cancel_regrade",
    "restore_course",
    "delete_section",
    "refresh",
    "create_first_admin",
    "verify_email",
    "reset_password",
    "confirm_totp",
    "disable_totp",
    "regenerate_recovery_codes",
    "get_invitation",
    "revoke_invitation",
    "revoke_course_invitation",
    "reset_user_mfa",
    "start_provider_login",
    "complete_provider_login",
    "exchange_login_code",
    "unlink_my_identity",
    "restore_account",
    "get_my_export",
    "download_my_export",
    "get_user_erasure",
    "revoke_my_api_token",
    "revoke_my_session",
    "get_my_notification",
    "update_my_notification",
    "delete_my_notification",
    "retry_delivery",
    "get_submission",
    "get_dead_letter",
    "replay_dead_letter",
    "discard_dead_letter",
];

struct Example {
    id: String,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    secured: bool,
}

fn examples() -> Vec<Example> {
    let document = gopro::gateway::openapi::document();
    let mut examples = Vec::new();
    for (template, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let mut path = template.clone();
            let mut headers = Vec::new();
            for param in operation["parameters"].as_array().into_iter().flatten() {
                let name = param["name"].as_str().expect("a name");
                let example = &param["example"];
                let text = example
                    .as_str()
                    .map_or_else(|| example.to_string(), str::to_owned);
                match param["in"].as_str() {
                    Some("path") => path = path.replace(&format!("{{{name}}}"), &text),
                    Some("header") if !example.is_null() => headers.push((name.to_owned(), text)),
                    _ => {}
                }
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let schema = schema
                .as_str()
                .map(|reference| document.pointer(&reference[1..]).expect("a schema"));
            examples.push(Example {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path,
                headers,
                body: schema.map(|schema| schema["example"].clone()),
                secured: operation["security"][0]
                    .as_object()
                    .is_some_and(|entry| !entry.is_empty()),
            });
        }
    }
    examples
}

/// Administrators' operations need an administrator, authors' an instructor, the rest a learner.
fn caller_of<'a>(example: &Example, people: &'a BTreeMap<&str, Client>) -> &'a Client {
    let authoring = ["course", "lesson", "section", "exercise"];
    let writes = example.method != Method::GET && !example.path.contains("/progress/");
    let name = if example.path.starts_with("/api/v1/users")
        && !example.path.contains("/me")
        && !example.path.ends_with("/profile")
        || example.path.contains("deliveries")
        || example.path.contains("invitations")
        || example.path.contains("/events/")
        || (writes && example.path.contains("/achievements"))
    {
        "admin"
    } else if (writes
        && authoring
            .iter()
            .any(|word| example.path.contains(&format!("/{word}s")))
        && example.id != "submit_answer")
        || example.path.ends_with("/staff")
        || example.path.ends_with("/upgrades")
        || example.path.contains("/learners")
        || example.path.ends_with("/enrollment-settings")
        || example.path.contains("/cohorts")
        || example.path.contains("/enrollments/batch")
        || (example.path.contains("/courses/") && example.path.ends_with("/waiting-list"))
        || example.path.ends_with("/analytics")
        || example.path.contains("/gradebook")
        || example.path.contains("/progress/reports")
        || example.path.ends_with("/report")
        || example.path.ends_with("/mistakes")
        || example.path.contains("/progress/users/")
        || (example.path.contains("/courses/") && example.path.ends_with("/enrollments"))
        || example.path.ends_with("/assets")
        || example.path.ends_with("/regrades")
        || (example.path.contains("/courses/") && example.path.ends_with("/export"))
        || example.path.ends_with("/gift")
        || example.path.contains("/diff/")
    {
        "instructor"
    } else {
        "learner"
    };
    &people[name]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_succeeds_when_it_is_sent_as_it_is() {
    let mut sent = 0;
    let mut failures = Vec::new();
    let examples = examples();
    // What destroys comes last, each on data of its own.
    let (changing, reading): (Vec<_>, Vec<_>) = examples
        .iter()
        .filter(|example| !GIVEN_AT_RUN_TIME.contains(&example.id.as_str()))
        .partition(|example| example.method != Method::GET);
    let app = AppTest::demo().await;
    let people = people(&app).await;
    for example in reading {
        sent += 1;
        failures.extend(try_out(&app, example, &people).await);
    }
    for example in changing {
        let app = AppTest::demo().await;
        let people = self::people(&app).await;
        sent += 1;
        failures.extend(try_out(&app, example, &people).await);
    }
    assert!(
        failures.is_empty(),
        "{} of {sent} examples failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(sent >= 60, "only {sent} examples were sent");
}

/// Waits until what goes on by itself is in a state.
async fn wait_for(client: &Client, path: &str, state: &str) {
    let mut shown = Value::Null;
    for _ in 0..300 {
        shown = client.get(path).await.expect_status(200);
        if shown["state"] == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} is not {state}: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_with_ids_of_the_running_server_succeed_too() {
    let app = AppTest::demo().await;
    app.settle().await;
    let people = people(&app).await;
    let (learner, admin) = (&people["learner"], &people["admin"]);
    let refresh = json!({ "refresh_token": learner.refresh_token });
    learner
        .post("/api/v1/auth/refresh", refresh)
        .await
        .expect_status(200);
    let inbox = learner
        .get("/api/v1/notifications")
        .await
        .expect_status(200);
    let one = format!(
        "/api/v1/notifications/{}",
        inbox["items"][0]["id"].as_str().expect("an id")
    );
    learner.get(&one).await.expect_status(200);
    learner
        .patch(&one, json!({ "read": true }))
        .await
        .expect_status(200);
    learner.delete(&one).await.expect_status(204);
    learner
        .get(&one)
        .await
        .expect_problem(404, "notification.not_found");
    let sections = "/api/v1/courses/go-in-parallel/sections";
    let section = json!({ "title": "Concurrency" });
    let ivan = &people["instructor"];
    let section = ivan.post(sections, section).await.expect_status(201);
    let section = format!("{sections}/{}", section["id"].as_str().expect("an id"));
    ivan.delete(&section).await.expect_status(204);
    for action in ["archive", "restore"] {
        let path = format!("/api/v1/courses/go-from-zero/{action}");
        let request = ivan.request(Method::POST, &path).header("If-Match", "*");
        send(request).await.expect_status(200);
    }
    let wanted = json!({ "course_id": "01940000-0000-7000-8000-000000000001", "kind": "completion", "format": "xlsx" });
    let report = ivan.post("/api/v1/progress/reports", wanted).await;
    let report = report.expect_status(202)["id"].clone();
    let report = format!(
        "/api/v1/progress/reports/{}",
        report.as_str().expect("an id")
    );
    wait_for(ivan, &report, "ready").await;
    let content = format!("{report}/content");
    let content = ivan.request(Method::GET, &content).send().await;
    let content = content.expect("an answer").bytes().await.expect("a file");
    assert!(content.starts_with(b"PK"), "a workbook is an archive");
    ivan.delete(&report).await.expect_status(204);
    let cohorts = "/api/v1/progress/courses/go-from-zero/cohorts";
    let cohort = ivan.post(cohorts, json!({ "name": "Spring" })).await;
    let cohort = cohort.expect_status(201)["id"].clone();
    let cohort = format!(
        "/api/v1/progress/cohorts/{}",
        cohort.as_str().expect("an id")
    );
    ivan.get(&cohort).await.expect_status(200);
    let members = json!({ "add": ["learner", "nobody@example.org"], "remove": [] });
    ivan.post(&format!("{cohort}/members/batch"), members)
        .await
        .expect_status(200);
    ivan.get(&format!("{cohort}/members"))
        .await
        .expect_status(200);
    let renamed = json!({ "name": "Winter 2026", "ends_on": null });
    ivan.patch(&cohort, renamed).await.expect_status(200);
    ivan.delete(&cohort).await.expect_status(204);
    let exercise = "/api/v1/exercises/01940000-0000-7000-8000-000000020101";
    let reason = json!({ "reason": "The key had the wrong option." });
    let regrade = ivan.post(&format!("{exercise}/regrades"), reason).await;
    let regrade = regrade.expect_status(202)["id"].clone();
    let regrade = format!("/api/v1/regrades/{}", regrade.as_str().expect("an id"));
    wait_for(ivan, &regrade, "checked").await;
    ivan.get(&format!("{regrade}/changes"))
        .await
        .expect_status(200);
    ivan.post(&format!("{regrade}/apply"), json!({}))
        .await
        .expect_status(202);
    wait_for(ivan, &regrade, "applied").await;
    ivan.delete(&regrade)
        .await
        .expect_problem(409, "course.regrade_applied");
    let submit = "/api/v1/exercises/01940000-0000-7000-8000-000000020101/submissions";
    let answer = json!({ "answer": { "kind": "ordering", "order": [] } });
    let graded = learner.post(submit, answer).await.expect_status(201);
    let graded = format!(
        "/api/v1/submissions/{}",
        graded["id"].as_str().expect("an id")
    );
    learner.get(&graded).await.expect_status(200);
    admin
        .get("/api/v1/notifications/deliveries")
        .await
        .expect_status(200);
    let sessions = learner
        .get("/api/v1/users/me/sessions")
        .await
        .expect_status(200);
    let session = sessions["items"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    learner
        .delete(&format!("/api/v1/users/me/sessions/{session}"))
        .await
        .expect_status(204);
    learner
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "auth.token_invalid");
}

async fn people(app: &AppTest) -> BTreeMap<&'static str, Client> {
    let mut people = BTreeMap::new();
    for name in ["learner", "instructor", "admin"] {
        people.insert(name, app.log_in(name).await);
    }
    people
}

async fn try_out(
    app: &AppTest,
    example: &Example,
    people: &BTreeMap<&str, Client>,
) -> Option<String> {
    let anonymous = app.anonymous();
    let client = if example.secured {
        caller_of(example, people)
    } else {
        &anonymous
    };
    let mut request = client.request(example.method.clone(), &example.path);
    for (name, value) in &example.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &example.body {
        request = request.json(body);
    }
    let answer = send(request).await;
    let good = (200..300).contains(&answer.status);
    (!good).then(|| {
        format!(
            "{} {} {}: {} {}",
            example.id, example.method, example.path, answer.status, answer.text
        )
    })
}
