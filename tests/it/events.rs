//! Dead letters over HTTP.

use chrono::Duration;
use database::inbox;
use gopro::module_name::ModuleName;
use kernel::{Env, Role};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{AppTest, Client};

const LIST: &str = "/api/v1/events/dead-letters";

/// Makes dead letters of the account's first event, in the two modules that have handled it.
async fn park(app: &AppTest) {
    app.settle().await;
    for (_, database) in app.modules.databases().all() {
        let parked = inbox::Entity::update_many()
            .col_expr(inbox::Column::State, Expr::value(inbox::PARKED))
            .col_expr(inbox::Column::Error, Expr::value("it was too much"))
            .filter(inbox::Column::Kind.eq("user.created.v1"))
            .exec(database.for_migrations());
        parked.await.expect("parked");
    }
}

async fn list(admin: &Client, query: &str) -> Value {
    admin
        .get(&format!("{LIST}{query}"))
        .await
        .expect_status(200)
}

fn modules(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    let modules = items.iter().map(|item| item["module"].as_str());
    modules.map(|module| module.expect("a module")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_a_dead_letter_and_replays_it() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    assert_eq!(list(&admin, "").await["items"], json!([]));
    park(&app).await;
    let all = list(&admin, "?count=exact").await;
    assert_eq!(modules(&all), ["progress", "notification"]);
    assert_eq!(all["page"]["total"], 2);
    let item = &all["items"][0];
    assert_eq!(
        (&item["type"], &item["error"]),
        (&json!("user.created.v1"), &json!("it was too much"))
    );
    let one = format!("{LIST}/{}", item["event_id"].as_str().expect("an id"));
    let detail = admin.get(&one).await.expect_status(200);
    assert_eq!(detail["dead_letters"].as_array().map(Vec::len), Some(2));
    let envelope = detail["envelope"].as_str().expect("an envelope");
    let envelope: Value = serde_json::from_str(envelope).expect("JSON");
    assert_eq!(envelope["id"], item["event_id"]);

    let replay = format!("{one}/replay");
    let replayed = admin.touch(&replay).await.expect_status(202);
    assert_eq!(replayed["modules"], json!(["progress", "notification"]));
    app.settle().await;
    assert_eq!(list(&admin, "").await["items"], json!([]));
    for gone in [admin.touch(&replay).await, admin.get(&one).await] {
        gone.expect_problem(404, "events.dead_letter_not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_dead_letter_is_gone() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    park(&app).await;
    let all = list(&admin, "").await;
    let id = all["items"][0]["event_id"].as_str().expect("an id");
    let one = format!("{LIST}/{id}");
    admin.delete(&one).await.expect_status(204);
    assert_eq!(list(&admin, "").await["items"], json!([]));
    admin
        .delete(&one)
        .await
        .expect_problem(404, "events.dead_letter_not_found");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_walked_in_pages_across_the_modules() {
    let app = AppTest::spawn().await;
    let admin = app.admin().await;
    app.new_user("eve", &[Role::Student]).await;
    park(&app).await;
    let whole = list(&admin, "").await;
    let expected = ["progress", "progress", "notification", "notification"];
    assert_eq!(modules(&whole), expected);
    let mut walked = Vec::new();
    let mut page = list(&admin, "?limit=1").await;
    loop {
        walked.extend(page["items"].as_array().expect("items").clone());
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        page = list(&admin, &format!("?limit=1&cursor={next}")).await;
    }
    assert_eq!(Value::from(walked.clone()), whole["items"]);
    let mut back = Vec::new();
    while let Some(prev) = page["page"]["prev"].as_str() {
        page = list(&admin, &format!("?limit=1&cursor={prev}")).await;
        back.extend(page["items"].as_array().expect("items").clone());
    }
    walked.pop();
    walked.reverse();
    assert_eq!(back, walked);

    let some = list(&admin, "?module=notification&count=exact").await;
    assert_eq!(modules(&some), ["notification", "notification"]);
    assert_eq!(some["page"]["total"], 2);
    assert_eq!(modules(&list(&admin, "?module=course").await).len(), 0);
    let wrong = admin.get(&format!("{LIST}?module=kitchen")).await;
    wrong.expect_problem(400, "request.query_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_for_administrators() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let one = format!("{LIST}/01940000-0000-7000-8000-000000000e01");
    let replay = format!("{one}/replay");
    for refused in [
        lena.get(LIST).await,
        lena.get(&one).await,
        lena.touch(&replay).await,
        lena.delete(&one).await,
    ] {
        refused.expect_problem(403, "auth.role_required");
    }
    let anonymous = app.anonymous();
    for refused in [anonymous.get(LIST).await, anonymous.touch(&replay).await] {
        refused.expect_problem(401, "auth.token_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_oldest_event_waits_longer_than_a_minute_is_lagging() {
    let app = AppTest::spawn().await;
    let _admin = app.admin().await;
    app.settle().await;
    let operator = Client::new(&app.internal_url());
    let health = operator.get("/health").await.expect_status(200);
    assert_eq!(
        (&health["status"], &health["faults"]),
        (&json!("up"), &json!([]))
    );
    let database = app.modules.databases().of(ModuleName::Notification);
    let now = Env::system().now();
    let waiting = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(inbox::PENDING))
        .col_expr(
            inbox::Column::ReceivedAt,
            Expr::value(now - Duration::minutes(2)),
        )
        .col_expr(
            inbox::Column::AvailableAt,
            Expr::value(now + Duration::seconds(55)),
        )
        .filter(inbox::Column::Kind.eq("user.created.v1"))
        .exec(database.expect("a module").for_migrations());
    waiting.await.expect("it waits");
    let health = operator.get("/health").await.expect_status(200);
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["modules"]["notification"]["status"], "lagging");
    assert_eq!(health["modules"]["progress"]["status"], "up");
    let fault = health["faults"][0].as_str().expect("a sentence");
    assert!(
        fault.starts_with("notification has 1 waiting event(s)"),
        "{fault}"
    );
    let metrics = operator.get("/metrics").await.text;
    let age = "gopro_inbox_oldest_age_seconds{module=\"notification\"} 12";
    assert!(metrics.contains(age), "{metrics}");
    let received = "gopro_inbox_received_total{module=\"notification\"} ";
    assert!(metrics.contains(received), "{metrics}");
}

/// The health of the server as soon as a module has this status.
async fn health_when(operator: &Client, module: &str, status: &str) -> Value {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let health = operator.get("/health").await.expect_status(200);
        if health["modules"][module]["status"] == status {
            return health;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{module} is not {status}: {health}"
        );
        crate::support::between_looks().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_inbox_takes_no_events_is_failing_until_it_does() {
    let app = AppTest::spawn().await;
    app.settle().await;
    let operator = Client::new(&app.internal_url());
    health_when(&operator, "progress", "up").await;
    let database = app.modules.databases().of(ModuleName::Progress);
    let database = database.expect("a module").for_migrations();
    let (refuse, again) = match database.get_database_backend() {
        DatabaseBackend::Postgres => (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'there is no space'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION refuse()",
            "DROP TRIGGER refuse ON inbox",
        ),
        _ => (
            "CREATE TRIGGER refuse BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'there is no space'); END",
            "DROP TRIGGER refuse",
        ),
    };
    let refused = database.execute_unprepared(refuse).await;
    refused.expect("a trigger");
    app.learner().await;
    let health = health_when(&operator, "progress", "failing").await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["modules"]["notification"]["status"], "up");
    let faults = health["faults"].as_array().expect("faults");
    let mut faults = faults.iter().filter_map(Value::as_str);
    let fault = faults.find(|fault| fault.starts_with("no events have come into progress for "));
    let fault = fault.expect("a sentence about the intake");
    assert!(fault.contains("there is no space"), "{fault}");
    let mended = database.execute_unprepared(again).await;
    mended.expect("no trigger");
    health_when(&operator, "progress", "up").await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_whose_database_is_silent_hides_nothing_of_the_others() {
    let app = AppTest::spawn().await;
    let _admin = app.admin().await;
    app.settle().await;
    let operator = Client::new(&app.internal_url());
    operator.get("/metrics").await.expect_status_in(&[200]);
    let database = app.modules.databases().of(ModuleName::Notification);
    let database = database.expect("a module").for_migrations();
    let rename = async |from: &str, to: &str| {
        let renamed = database
            .execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .await;
        renamed.expect("another name");
    };
    rename("inbox", "inbox_away").await;
    let answer = operator.get("/health").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let health = answer.expect_status(503);
    assert_eq!(health["status"], "down");
    assert_eq!(health["modules"]["notification"]["status"], "down");
    assert_eq!(health["modules"]["progress"]["status"], "up");
    assert_eq!(health["modules"]["user"]["events"]["outbox_pending"], 0);
    let fault = health["faults"][0].as_str().expect("a sentence");
    assert!(
        fault.starts_with("the event backlog of notification is unknown"),
        "{fault}"
    );
    let metrics = operator.get("/metrics").await.text;
    for (line, there) in [
        (
            "gopro_event_backlog_readable{module=\"notification\"} 0",
            true,
        ),
        ("gopro_event_backlog_readable{module=\"progress\"} 1", true),
        (
            "gopro_event_backlog{module=\"progress\",place=\"inbox_pending\"} 0",
            true,
        ),
        ("gopro_event_backlog{module=\"notification\"", false),
        (
            "gopro_inbox_oldest_age_seconds{module=\"notification\"}",
            false,
        ),
    ] {
        assert_eq!(metrics.contains(line), there, "{line} in {metrics}");
    }
    rename("inbox_away", "inbox").await;
    operator.get("/health").await.expect_status(200);
    let metrics = operator.get("/metrics").await.text;
    let again = "gopro_event_backlog_readable{module=\"notification\"} 1";
    assert!(metrics.contains(again), "{metrics}");
}
