//! The operator's commands beside a running server.

use std::time::{Duration, Instant};

use database::inbox;
use gopro::modules::ModuleName;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::support::Process;
use crate::support::process::{gopro, run};
use crate::support::storage::Storage;

const DEMO_COURSE: &str = "01940000-0000-7000-8000-000000000001";

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_looks_at_a_running_server() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &["--demo"]).await;
    let (code, output, errors) = run(gopro(&storage).arg("doctor"));
    assert_eq!(code, 0, "{output}{errors}");
    assert!(output.contains("opens the signing keys"), "{output}");
    let (code, output, errors) = run(gopro(&storage).args(["migrate", "status"]));
    assert_eq!(code, 0, "{errors}");
    assert_eq!(output.matches(" 0 pending").count(), 4, "{output}");
    let (code, output, errors) = run(gopro(&storage).args(["events", "dead-letters", "list"]));
    assert_eq!(
        (code, output.trim()),
        (0, "There are no dead letters."),
        "{errors}"
    );
    let (code, output, errors) = run(gopro(&storage).args(["saga", "list"]));
    assert_eq!(
        (code, output.trim()),
        (0, "There are no exports and no erasures."),
        "{errors}"
    );
    for action in ["show", "retry"] {
        let (code, _, errors) = run(gopro(&storage).args(["saga", action, DEMO_COURSE]));
        assert_eq!(code, 1);
        assert!(errors.contains("gopro saga list shows them"), "{errors}");
    }
    let folder = storage.folder.path().join("exported");
    let folder = folder.to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args(["course", "export", DEMO_COURSE, folder]));
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = run(gopro(&storage).args(["course", "check", folder]));
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = run(gopro(&storage).args(["config", "print"]));
    assert_eq!(code, 0, "{errors}");
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_rotates_keys_and_checks_the_audit_log_beside_a_running_server() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &["--demo"]).await;
    let (code, output, errors) = run(gopro(&storage).args(["keys", "list"]));
    assert_eq!(code, 0, "{errors}");
    assert_eq!(output.matches(" active ").count(), 1, "{output}");
    let (code, output, errors) = run(gopro(&storage).args(["keys", "rotate"]));
    assert_eq!(code, 0, "{errors}");
    assert!(output.contains(" pending "), "{output}");
    let (code, output, errors) = run(gopro(&storage).args(["audit", "verify"]));
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("The audit log is whole"), "{output}");
    let databases = storage.databases().await;
    let user = databases.of(ModuleName::User).expect("a module").writer();
    sea_orm::ConnectionTrait::execute_unprepared(
        user,
        "UPDATE audit SET detail = '{}' WHERE sequence = 2",
    )
    .await
    .expect("the log is damaged");
    let (code, _, errors) = run(gopro(&storage).args(["audit", "verify"]));
    assert_ne!(code, 0);
    assert!(errors.contains("row 2"), "{errors}");
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_makes_nothing_where_there_is_no_data() {
    if testkit::postgres_url().is_some() {
        testkit::left_out("on PostgreSQL the data folder holds no database");
        return;
    }
    let storage = Storage::new().await;
    let data = storage.folder.path().join("data");
    let folder = storage.folder.path().join("exported");
    let folder = folder.to_str().expect("UTF-8");
    let event = "01940000-0000-7000-8000-000000000e01";
    let commands = [
        &["doctor"][..],
        &["migrate", "status"],
        &["course", "export", DEMO_COURSE, folder],
        &["events", "dead-letters", "list"],
        &["events", "dead-letters", "show", event],
        &["events", "dead-letters", "replay", event],
        &["events", "dead-letters", "discard", event],
    ];
    for exists in [false, true] {
        for command in commands {
            let (code, _, errors) = run(gopro(&storage).args(command));
            assert_ne!(code, 0, "{command:?}");
            for words in ["there is no data in", "gopro serve", "data.folder"] {
                assert!(errors.contains(words), "{command:?}: {errors}");
            }
            assert_eq!(errors.trim().lines().count(), 1, "{errors}");
        }
        if exists {
            let made = std::fs::read_dir(&data).expect("the folder").count();
            assert_eq!(made, 0, "something was made");
        } else {
            assert!(!data.exists(), "the folder was made");
            std::fs::create_dir(&data).expect("a folder");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_dead_letter_is_taken_up_by_the_running_server() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &["--demo"]).await;
    storage.settle(&[&server.internal_url]).await;
    let databases = storage.databases().await;
    let database = databases.of(ModuleName::Notification).expect("a module");
    let welcome = inbox::Entity::find()
        .filter(inbox::Column::Kind.eq("user.created.v1"))
        .one(database.read());
    let row = welcome.await.expect("a database").expect("an event");
    let mine = inbox::Column::Position.eq(row.position);
    let parked = inbox::Entity::update_many()
        .col_expr(inbox::Column::State, Expr::value(inbox::PARKED))
        .filter(mine.clone())
        .exec(database.writer());
    parked.await.expect("parked");

    let id = row.event_id.to_string();
    let dead_letters = |words: &[&str]| {
        let (code, output, errors) =
            run(gopro(&storage).args(["events", "dead-letters"]).args(words));
        assert_eq!(code, 0, "{errors}");
        output
    };
    assert!(dead_letters(&["list"]).contains(&id));
    assert!(dead_letters(&["show", &id]).contains("user.created.v1"));
    let (code, output, _) = run(gopro(&storage).arg("doctor"));
    assert_ne!(code, 0, "{output}");
    assert!(output.contains("notification has 1 parked"), "{output}");
    dead_letters(&["replay", &id]);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let found = inbox::Entity::find().filter(mine.clone());
        let row = found.one(database.read()).await.expect("a database");
        if row.expect("the event").state == inbox::DONE {
            break;
        }
        assert!(Instant::now() < deadline, "the server did not take it up");
        tokio::task::yield_now().await;
    }
    assert!(dead_letters(&["list"]).contains("no dead letters"));
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_lose_what_it_has_acknowledged_is_named() {
    let storage = Storage::new().await;
    let (code, _, errors) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0, "{errors}");
    if storage.database_url.is_empty() {
        testkit::left_out("the settings of a PostgreSQL server");
        return;
    }
    let (code, output, _) = run(gopro(&storage).arg("doctor"));
    assert_eq!(code, 0, "{output}");
    assert!(
        output.contains("keeps what it has acknowledged"),
        "{output}"
    );
    let (_, name) = storage.database_url.rsplit_once('/').expect("a name");
    let careless = format!("ALTER DATABASE \"{name}\" SET synchronous_commit = off");
    let server = sea_orm::Database::connect(&storage.database_url).await;
    let server = server.expect("connected");
    sea_orm::ConnectionTrait::execute_unprepared(&server, &careless)
        .await
        .expect("set");
    let many = "database.max_connections=100";
    let (code, output, _) = run(gopro(&storage).args(["doctor", "--set", many]));
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("FAIL  synchronous_commit is off"),
        "{output}"
    );
    assert!(output.contains("FAIL  max_connections is"), "{output}");
}
