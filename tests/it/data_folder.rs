//! Faults of the data folder: each is reported in one sentence, and the command fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::Process;
use crate::support::app::PASSWORD;
use crate::support::process::{gopro, run};
use crate::support::storage::Storage;

/// `nobody` on every Linux.
const UNPRIVILEGED: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/// The same command behind a program that changes its circumstances.
fn behind(program: &str, arguments: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(program);
    wrapped
        .args(arguments)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

#[track_caller]
fn expect_one_sentence(command: &mut Command, words: &[&str]) {
    let (code, _, errors) = run(command);
    assert_ne!(code, 0, "{errors}");
    for words in words {
        assert!(errors.contains(words), "{words} is missing in {errors}");
    }
    assert_eq!(errors.trim().lines().count(), 1, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_another_process_holds_is_refused() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let server = Process::serve(&storage, &[]).await;
    let words = ["in use by another gopro process", "data.folder"];
    for command in [&["serve"][..], &["migrate", "up"], &["seed", "demo"]] {
        expect_one_sentence(gopro(&storage).args(command), &words);
    }
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_anybody_could_guess_is_refused_without_showing_it() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    let key = storage.folder.path().join("data/master.key");
    for (text, words) in [
        ("abcd".repeat(10), ["must be random", "openssl rand"]),
        ("abcd".to_owned(), ["is damaged", "backup"]),
    ] {
        fs::write(&key, &text).expect("written");
        let (code, _, errors) = run(gopro(&storage).args(["keys", "list"]));
        assert_ne!(code, 0, "{errors}");
        for word in words {
            assert!(errors.contains(word), "{word} is missing in {errors}");
        }
        assert!(!errors.contains(&text), "{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_a_newer_version_is_refused() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    let database = storage.folder.path().join("data/course.db");
    let connection = sea_orm::Database::connect(format!("sqlite://{}", database.display()))
        .await
        .expect("SQLite");
    sea_orm::ConnectionTrait::execute_unprepared(
        &connection,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 1)",
    )
    .await
    .expect("a migration of the future");
    connection.close().await.expect("closed");
    for command in [&["serve"][..], &["doctor"], &["migrate", "status"]] {
        expect_one_sentence(
            gopro(&storage).args(command),
            &["newer gopro", "m9999_future", "restore a backup"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_a_file_is_refused() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let file = storage.folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let place = format!("data.folder={}", file.display());
    for command in ["serve", "doctor"] {
        expect_one_sentence(
            gopro(&storage).args([command, "--set", &place]),
            &["is a file", "data.folder"],
        );
    }
    let below = format!("data.folder={}", file.join("data").display());
    expect_one_sentence(
        gopro(&storage).args(["serve", "--set", &below]),
        &["cannot make the data folder", "data.folder"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_refused() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let outer = storage.folder.path();
    let data = outer.join("data");
    let set = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    fs::create_dir(&data).expect("a folder");
    set(&data, 0o555);
    set(outer, 0o555);
    // Permissions do not stop root, so a test of root's runs the command as nobody.
    let probe = outer.join("probe");
    let restricted = fs::write(&probe, "").is_err();
    let command = |action: &[&str]| {
        let mut command = gopro(&storage);
        command.args(action);
        if restricted {
            return command;
        }
        behind("setpriv", &UNPRIVILEGED, &command)
    };
    let (able, _, why) = run(&mut command(&["--version"]));
    if able == 0 {
        let words = ["cannot write to the data folder", "data.folder"];
        expect_one_sentence(&mut command(&["serve"]), &words);
        let below = format!("data.folder={}", data.join("new").display());
        expect_one_sentence(
            &mut command(&["serve", "--set", &below]),
            &["cannot make the data folder", "data.folder"],
        );
    } else {
        testkit::left_out(&format!(
            "the binary cannot be run as an unprivileged user here: {why}"
        ));
    }
    set(outer, 0o755);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_once_the_file_of_a_database_is_gone() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let server = Process::serve(&storage, &[]).await;
    let database = storage.folder.path().join("data/user.db");
    let (client, aside) = (server.client(), database.with_extension("aside"));
    let register = async |name: &str| {
        let body = serde_json::json!({ "username": name, "email": format!("{name}@example.org"), "password": PASSWORD });
        client.post("/api/v1/auth/register", body).await
    };
    register("ada").await.expect_status(201);
    fs::rename(&database, &aside).expect("moved away");
    register("bob")
        .await
        .expect_problem(503, "storage.unavailable");
    fs::write(&database, "").expect("another file");
    register("bob")
        .await
        .expect_problem(503, "storage.unavailable");
    fs::rename(&aside, &database).expect("put back");
    register("bob").await.expect_status(201);
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    let database = storage.folder.path().join("data/course.db");
    fs::write(&database, "this is no database, ".repeat(1000)).expect("damaged");
    // SQLite would mend the file from a log that a quick end has left beside it.
    for log in ["course.db-wal", "course.db-shm"] {
        let _ = fs::remove_file(database.with_file_name(log));
    }
    for command in [&["serve"][..], &["doctor"], &["migrate", "status"]] {
        expect_one_sentence(
            gopro(&storage).args(command),
            &["course.db is damaged", "backup"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_lost_beside_others_is_not_made_anew() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    let database = storage.folder.path().join("data/user.db");
    let aside = database.with_extension("aside");
    fs::rename(&database, &aside).expect("moved away");
    for command in [&["serve"][..], &["migrate", "up"], &["seed", "demo"]] {
        expect_one_sentence(
            gopro(&storage).args(command),
            &["user.db is missing", "where course.db is", "backup"],
        );
        assert!(!database.exists(), "nothing is in its place");
    }
    fs::rename(&aside, &database).expect("put back");
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_broke_off_before_any_schema_goes_on() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let data = storage.folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::write(data.join("user.db"), "").expect("the first file");
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    assert!(data.join("notification.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_database_is_made_private_at_the_start() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    let data = storage.folder.path().join("data");
    let files = ["user.db", "user.db-wal", "user.db-shm"].map(|name| data.join(name));
    let server = Process::serve(&storage, &[]).await;
    server.kill();
    for file in &files {
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(file, open).expect("a quick end leaves all three");
    }
    let server = Process::serve(&storage, &[]).await;
    for file in &files {
        let mode = fs::metadata(file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let data = storage.folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    // The mount is seen by this one command and goes with it.
    let mount = format!(
        "mount -t tmpfs -o size=256k none {} && exec \"$@\"",
        data.display()
    );
    let in_little_room = |action: &[&str]| {
        let mut command = gopro(&storage);
        command.args(action);
        behind("unshare", &["--mount", "sh", "-c", &mount, "sh"], &command)
    };
    let (able, _, why) = run(&mut in_little_room(&["--version"]));
    if able != 0 {
        testkit::left_out(&format!("a small disk cannot be mounted here: {why}"));
        return;
    }
    expect_one_sentence(&mut in_little_room(&["migrate", "up"]), &["full"]);
}
