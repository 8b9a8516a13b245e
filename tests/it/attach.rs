//! The operator's commands beside a running server.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use database::{inbox, outbox};
use gopro::module_name::ModuleName;
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
    assert!(output.contains("decrypts the signing keys"), "{output}");
    assert!(!output.contains("chmod"), "{output}");
    let key = storage.folder.path().join("data/master.key");
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a mode");
    let (_, output, _) = run(gopro(&storage).arg("doctor"));
    assert!(
        output.contains("master.key can be read by other users"),
        "{output}"
    );
    let (code, output, errors) = run(gopro(&storage).args(["migrate", "status"]));
    assert_eq!(code, 0, "{errors}");
    assert_eq!(output.matches(" 0 pending").count(), 4, "{output}");
    let (code, output, errors) = run(gopro(&storage).args(["events", "dead-letters", "list"]));
    assert_eq!(
        (code, output.trim()),
        (0, "There are no dead letters."),
        "{errors}"
    );
    let (code, output, errors) = run(gopro(&storage).args(["sagas", "list"]));
    assert_eq!(
        (code, output.trim()),
        (0, "There are no exports or erasures."),
        "{errors}"
    );
    for action in ["show", "retry"] {
        let (code, _, errors) = run(gopro(&storage).args(["sagas", action, DEMO_COURSE]));
        assert_eq!(code, 1);
        assert!(errors.contains("gopro sagas list shows them"), "{errors}");
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
    assert!(output.starts_with("The audit log is intact"), "{output}");
    let databases = storage.databases().await;
    let user = databases
        .of(ModuleName::User)
        .expect("a module")
        .for_migrations();
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
async fn an_operator_verifies_the_progress_of_learners_beside_a_running_server() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &["--demo"]).await;
    let (code, output, errors) = run(gopro(&storage).args(["progress", "verify"]));
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("All progress is what"), "{output}");
    let databases = storage.databases().await;
    let progress = databases.of(ModuleName::Progress).expect("a module");
    sea_orm::ConnectionTrait::execute_unprepared(
        progress.for_migrations(),
        "UPDATE enrollment SET points = points + 7",
    )
    .await
    .expect("a projection is damaged");
    let (code, output, errors) = run(gopro(&storage).args(["progress", "verify"]));
    assert_ne!(code, 0);
    assert!(output.contains("points: 7"), "{output}");
    assert!(errors.contains("differ from the activity log"), "{errors}");
    let rebuild = ["progress", "rebuild", "--projection", "course_progress"];
    let (code, output, errors) = run(gopro(&storage).args(rebuild));
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.starts_with("Rebuilt course_progress from"),
        "{output}"
    );
    let (code, output, errors) = run(gopro(&storage).args(["progress", "verify"]));
    assert_eq!(code, 0, "{output}{errors}");
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
        &["progress", "verify"],
        &["progress", "rebuild"],
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
        .col_expr(
            inbox::Column::Error,
            Expr::value("\u{1b}[2J\u{202e}evil\nforged"),
        )
        .filter(mine.clone())
        .exec(database.for_migrations());
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
    for words in [&["list"][..], &["show", &id]] {
        let told = dead_letters(words);
        assert!(told.contains("\\u001b[2J\\u202eevil\\nforged"), "{told:?}");
    }
    let (code, output, _) = run(gopro(&storage).arg("doctor"));
    assert_ne!(code, 0, "{output}");
    assert!(
        output.contains("notification has 1 dead letter(s)"),
        "{output}"
    );
    dead_letters(&["replay", &id]);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let found = inbox::Entity::find().filter(mine.clone());
        let row = found.one(database.read()).await.expect("a database");
        if row.expect("the event").state == inbox::DONE {
            break;
        }
        assert!(Instant::now() < deadline, "the server did not take it up");
        crate::support::between_looks().await;
    }
    assert!(dead_letters(&["list"]).contains("no dead letters"));
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_does_not_take_a_blocked_outbox_for_dead_letters() {
    let storage = Storage::new().await;
    let (code, _, errors) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0, "{errors}");
    let doctor = || run(gopro(&storage).arg("doctor"));
    let (code, output, errors) = doctor();
    assert_eq!(code, 0, "{output}{errors}");
    assert!(
        output.contains("user has no dead letters and no blocked outbox"),
        "{output}"
    );
    let databases = storage.databases().await;
    let database = databases.of(ModuleName::User).expect("a module");
    let event = outbox::Entity::find().one(database.read()).await;
    let position = event.expect("a database").expect("an event").position;
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(outbox::PARKED))
        .filter(outbox::Column::Position.eq(position))
        .exec(database.for_migrations())
        .await
        .expect("parked");
    let (code, output, _) = doctor();
    assert_eq!(code, 1, "{output}");
    let fault = output.lines().find(|line| line.starts_with("FAIL"));
    let fault = fault.expect("a fault");
    assert!(
        fault.contains("user has 1 event(s) in its outbox that cannot be published"),
        "{output}"
    );
    assert!(!output.contains("dead letter(s)"), "{output}");
    let (code, output, _) = run(gopro(&storage).args(["events", "dead-letters", "list"]));
    assert_eq!((code, output.trim()), (0, "There are no dead letters."));
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
        output.contains("keeps every acknowledged commit"),
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

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_or_user_is_reported_at_once_and_not_waited_for() {
    let storage = Storage::new().await;
    if storage.database_url.is_empty() {
        testkit::left_out("what PostgreSQL refuses");
        return;
    }
    let of_storage = url::Url::parse(&storage.database_url).expect("an address");
    let mut no_database = of_storage.clone();
    no_database.set_path("/gopro_is_not_there");
    let mut no_user = of_storage;
    no_user.set_username("gopro_is_not_there").expect("a user");
    for (url, words) in [
        (no_database, "has no database of this name; create it"),
        (no_user, "refuses the user or the password"),
    ] {
        for command in ["serve", "doctor"] {
            let begun = Instant::now();
            let set = format!("database.url={url}");
            let (code, output, errors) = run(gopro(&storage).args([command, "--set", &set]));
            assert_ne!(code, 0, "{output}");
            let told = format!("PostgreSQL answers, but {words}");
            assert!(errors.contains(&told), "{errors}");
            assert!(
                begun.elapsed() < Duration::from_secs(6),
                "it was waited for"
            );
        }
    }
}
