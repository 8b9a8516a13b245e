//! The operator's commands, run as processes.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::Process;
use crate::support::app::PASSWORD;
#[cfg(feature = "rabbitmq")]
use crate::support::process::quiet_port;
use crate::support::process::{gopro, run, seed_demo};
use crate::support::services_required;
use crate::support::storage::Storage;
use crate::support::totp;

fn demo_course() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/content/go-from-zero").to_owned()
}

fn bare() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gopro"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_reports_every_fault_and_fails() {
    let (code, _, errors) = run(bare().args([
        "config",
        "check",
        "--set",
        "server.adress=1.2.3.4:80",
        "--set",
        "limits.requests_per_minute=none",
        "--set",
        "auth.master_key=short",
    ]));
    assert_ne!(code, 0);
    for key in [
        "server.adress",
        "limits.requests_per_minute",
        "auth.master_key",
    ] {
        assert!(errors.contains(key), "{key} is missing in {errors}");
    }
    let (code, output, _) = run(bare().args(["config", "check"]));
    assert_eq!((code, output.trim()), (0, "The configuration is valid."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_output_is_lost_fails_and_says_that_it_has_run() {
    let storage = Storage::new().await;
    let create = [
        "user",
        "create",
        "--username",
        "ada",
        "--email",
        "ada@example.org",
    ];
    let said = "the command has run, but not all of its output could be written";
    for (words, expected) in [
        (&["migrate", "up"][..], said),
        (&create, said),
        (&["config", "check"], said),
        (&["config", "print"], "the document cannot be written"),
        (&["openapi"], "the document cannot be written"),
    ] {
        let mut command = gopro(&storage);
        let full = fs::File::options().write(true).open("/dev/full");
        let mut child = command
            .args(words)
            .stdin(Stdio::piped())
            .stdout(full.expect("a full disk"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut input = child.stdin.take().expect("standard input");
        // A command that reads no password may have ended by now.
        let _unread = writeln!(input, "{PASSWORD}");
        drop(input);
        let done = child.wait_with_output().expect("it ends");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{words:?}: {errors}");
        assert!(errors.contains(expected), "{words:?}: {errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_configuration_shows_no_secret() {
    let secret = "a master key that nobody may see!";
    let (code, output, _) = run(bare().args([
        "config",
        "print",
        "--set",
        &format!("auth.master_key={secret}"),
    ]));
    assert_eq!(code, 0);
    assert!(
        output.contains("(set)") && !output.contains(secret),
        "{output}"
    );
}

#[test]
fn the_reference_of_settings_is_the_committed_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/operations/configuration.md"
    );
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        gopro::config::reference() == committed,
        "docs/operations/configuration.md is stale; run: make docs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_by_command_and_say_what_is_pending() {
    let storage = Storage::new().await;
    for action in ["up", "status"] {
        let (code, output, errors) = run(gopro(&storage).args(["migrate", action]));
        assert_eq!(code, 0, "{errors}");
        assert_eq!(output.matches(" 0 pending").count(), 4, "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_behind_is_refused_when_it_may_not_be_migrated() {
    let storage = Storage::new().await;
    let (code, _, errors) = run(gopro(&storage).args(["serve", "--set", "migrate.on_start=never"]));
    assert_ne!(code, 0);
    assert!(errors.contains("gopro migrate up"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_with_the_password_from_standard_input() {
    let storage = Storage::new().await;
    let create = |password: &str| {
        let mut child = gopro(&storage)
            .args([
                "user",
                "create",
                "--role",
                "admin",
                "--username",
                "root",
                "--email",
                "root@example.org",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut input = child.stdin.take().expect("standard input");
        input
            .write_all(format!("{password}\n").as_bytes())
            .expect("written");
        drop(input);
        child.wait_with_output().expect("an end")
    };
    let weak = create("password1234");
    assert!(!weak.status.success());
    let errors = String::from_utf8_lossy(&weak.stderr).into_owned();
    assert!(
        errors.contains("password") && errors.contains("guess"),
        "{errors}"
    );
    assert!(create("correct horse battery staple").status.success());
    let server = Process::serve(&storage, &[]).await;
    let mut client = server.client();
    client.log_in("root", "correct horse battery staple").await;
    let me = client.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(
        me["roles"],
        serde_json::json!(["student", "instructor", "admin"])
    );
    client.get("/api/v1/users").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_course_is_checked_imported_exported_and_unchanged_on_the_way_back() {
    let storage = Storage::new().await;
    let (code, output, errors) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0, "{errors}");
    assert_eq!(output.matches("Demo account").count(), 3, "{output}");
    let (code, output, _) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0);
    assert_eq!(
        output.matches("Demo account").count(),
        0,
        "passwords are told once: {output}"
    );
    let folder = storage.folder.path().join("exported");
    let folder = folder.to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args([
        "course",
        "export",
        "01940000-0000-7000-8000-000000000001",
        folder,
    ]));
    assert_eq!(code, 0, "{errors}");
    let (code, output, errors) = run(gopro(&storage).args(["course", "check", folder]));
    assert_eq!(code, 0, "{output}{errors}");
    for owner in ["01940000-0000-7000-8000-000000000a02", "Instructor"] {
        let (code, output, errors) =
            run(gopro(&storage).args(["course", "import", folder, "--owner", owner, "--publish"]));
        assert_eq!(code, 0, "{errors}");
        assert!(output.contains("unchanged"), "{output}");
    }
    for nobody in ["01940000-0000-7000-8000-000000000fff", "nobody"] {
        let (code, _, errors) =
            run(gopro(&storage).args(["course", "import", folder, "--owner", nobody]));
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains("there is no account"), "{errors}");
    }
    let new = storage.folder.path().join("new-course");
    let new = new.to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args(["course", "new", new, "--title", "Knots"]));
    assert_eq!(code, 0, "{errors}");
    let (code, output, errors) = run(gopro(&storage).args(["course", "check", new]));
    assert_eq!(code, 0, "{output}{errors}");
    let (code, _, errors) = run(gopro(&storage).args(["course", "new", new]));
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("not empty"), "{errors}");
}

/// The lines that check-jsonschema, which knows nothing of GO-PRO, finds wrong; nothing when it is not installed.
fn check_schema(arguments: &[&str]) -> Option<(bool, String)> {
    let ran = Command::new("check-jsonschema").args(arguments).output();
    let Ok(ran) = ran else {
        assert!(!services_required(), "check-jsonschema is not installed");
        testkit::left_out("the schemas of course files (check-jsonschema is not installed)");
        return None;
    };
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    Some((ran.status.success(), text))
}

#[tokio::test(flavor = "multi_thread")]
async fn editors_find_the_schema_of_each_file_of_a_new_course() {
    let storage = Storage::new().await;
    let folder = storage.folder.path().join("knots");
    let new = folder.to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args(["course", "new", new]));
    assert_eq!(code, 0, "{errors}");
    let lesson = "01-first-section/01-first-lesson";
    let files = [
        "course.yaml".to_owned(),
        "01-first-section/section.yaml".to_owned(),
        format!("{lesson}/exercises.yaml"),
    ];
    for file in files {
        let file = folder.join(file);
        let text = fs::read_to_string(&file).expect("a file");
        let first = text.lines().next().expect("a line");
        let place = first.strip_prefix("# yaml-language-server: $schema=");
        let place = place.unwrap_or_else(|| panic!("{first}"));
        let schema = file.parent().expect("a folder").join(place);
        let (schema, file) = (
            schema.to_str().expect("UTF-8"),
            file.to_str().expect("UTF-8"),
        );
        let Some((valid, text_of)) = check_schema(&["--schemafile", schema, file]) else {
            return;
        };
        assert!(valid, "{file}: {text_of}");
        fs::write(file, text.replace("title:", "titel:")).expect("written");
        let (valid, text_of) = check_schema(&["--schemafile", schema, file]).expect("it ran");
        assert!(!valid && text_of.contains("titel"), "{file}: {text_of}");
    }
    let head = folder.join(".gopro/lesson.json");
    let head = head.to_str().expect("UTF-8");
    let (valid, text) = check_schema(&["--check-metaschema", head]).expect("it ran");
    assert!(valid, "{text}");
    fs::remove_dir_all(folder.join(".gopro")).expect("removed");
    let (code, _, errors) = run(gopro(&storage).args(["course", "schema", new]));
    assert_eq!(code, 0, "{errors}");
    assert!(folder.join(".gopro/exercises.json").is_file());
    let empty = storage.folder.path().to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args(["course", "schema", empty]));
    assert_eq!(code, 1);
    assert!(errors.contains("there is no"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_master_key_is_missed_and_not_made_anew() {
    let storage = Storage::new().await;
    seed_demo(&storage);
    let key = storage.folder.path().join("data/master.key");
    fs::remove_file(&key).expect("removed");
    let (code, _, errors) = run(gopro(&storage).arg("serve"));
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("the master key is missing"), "{errors}");
    assert!(!key.exists(), "a new one would hide the loss");
    let (code, output, errors) = run(gopro(&storage).arg("doctor"));
    assert_eq!(code, 1, "{output}");
    assert!(errors.contains("the master key is missing"), "{errors}");
    assert!(
        output.contains("FAIL  the master key is missing"),
        "{output}"
    );
    assert!(!output.contains("there is no master key yet"), "{output}");
    let later = "ok    notification has no dead letters and no blocked outbox";
    assert!(output.contains(later), "the other checks go on: {output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_course_is_reported_with_file_and_line_and_nothing_is_imported() {
    let storage = Storage::new().await;
    let folder = storage.folder.path().join("broken");
    let copied = Command::new("cp")
        .args(["-r", &demo_course()])
        .arg(&folder)
        .status();
    assert!(copied.expect("cp").success());
    let edit = |file: &str, from: &str, to: &str| {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).expect(file);
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).expect("written");
    };
    edit(
        "course.yaml",
        "difficulty: beginner",
        "difficulty: heroic\ncolour: red",
    );
    edit("01-foundations/section.yaml", "title:", "titel:");
    edit(
        "01-foundations/01-syntax-and-basic-types/exercises.yaml",
        "kind: single_choice",
        "kind: guess",
    );
    fs::remove_file(folder.join("01-foundations/03-control-structures-and-loops/lesson.md"))
        .expect("removed");
    let aside = folder.join("02-more");
    fs::create_dir(&aside).expect("a folder");
    let (code, told, errors) = run(gopro(&storage).args(["course", "check"]).arg(&folder));
    assert_eq!(code, 1, "{errors}");
    let empty = "02-more:1: is an empty folder";
    assert!(
        told.contains(empty) && told.contains("difficulty"),
        "{told}"
    );
    fs::remove_dir(&aside).expect("removed");
    std::os::unix::fs::symlink("01-foundations", &aside).expect("a link");
    let (_, told, _) = run(gopro(&storage).args(["course", "check"]).arg(&folder));
    let link = "02-more:1: is a link";
    assert!(told.contains(link) && told.contains("difficulty"), "{told}");
    fs::remove_file(&aside).expect("removed");
    let folder = folder.to_str().expect("UTF-8");
    let (code, output, errors) = run(gopro(&storage).args(["course", "check", folder]));
    assert_ne!(code, 0);
    for words in [
        "course.yaml:",
        "difficulty",
        "colour",
        "section.yaml:",
        "titel",
        "exercises.yaml:",
        "kind",
        "03-control-structures-and-loops",
    ] {
        assert!(
            output.contains(words),
            "{words} is missing in {output}{errors}"
        );
    }
    let owner = "01940000-0000-7000-8000-000000000a02";
    let (code, _, _) = run(gopro(&storage).args(["course", "import", folder, "--owner", owner]));
    assert_ne!(code, 0);
    let server = Process::serve(&storage, &[]).await;
    let list = server
        .client()
        .get("/api/v1/courses?count=exact")
        .await
        .expect_status(200);
    assert_eq!(list["page"]["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_is_refused_for_stands_in_a_line_of_its_own() {
    let storage = Storage::new().await;
    let (code, _, errors) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0, "{errors}");
    let folder = storage.folder.path().join("more");
    let folder = folder.to_str().expect("UTF-8");
    let (code, _, errors) = run(gopro(&storage).args(["course", "new", folder]));
    assert_eq!(code, 0, "{errors}");
    let path = format!("{folder}/course.yaml");
    let mut text = fs::read_to_string(&path).expect("course.yaml");
    text.push_str("prerequisites: [go-from-zero, none-of-these, nor-that]\n");
    fs::write(&path, text).expect("written");
    let owner = "01940000-0000-7000-8000-000000000a02";
    let (code, output, errors) =
        run(gopro(&storage).args(["course", "import", folder, "--owner", owner]));
    assert_eq!(code, 1, "{output}");
    for number in [1, 2] {
        let place = format!("/prerequisites/{number}: ");
        let lines = output.lines().filter(|line| line.contains(&place));
        assert_eq!(lines.count(), 1, "{output}{errors}");
    }
    assert!(
        !format!("{output}{errors}").contains("\\n"),
        "{output}{errors}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_rest_where_only_their_owner_reads_them() {
    let storage = Storage::new().await;
    let (code, _, errors) = run(gopro(&storage).args(["seed", "demo"]));
    assert_eq!(code, 0, "{errors}");
    let data = storage.folder.path().join("data");
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    // A folder that was there before keeps its mode; what lies in it is private by itself.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("opened");
    let server = Process::serve(&storage, &[]).await;
    let mut seen = 0;
    for entry in fs::read_dir(&data).expect("a folder") {
        let path = entry.expect("an entry").path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 3, "the key, the lock and the mails at least");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_can_check_its_health() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &[]).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let set = format!("server.address={address}");
    let (code, output, errors) = run(gopro(&storage).args(["healthcheck", "--set", &set]));
    assert_eq!((code, output.trim()), (0, "ready"), "{errors}");
    server.kill();
    let (code, _, errors) = run(gopro(&storage).args(["healthcheck", "--set", &set]));
    assert_ne!(code, 0);
    assert!(errors.contains("is the server running?"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_command_the_help_reads_well() {
    let (code, output, _) = run(bare().arg("--help"));
    assert_eq!(code, 0);
    for command in [
        "serve",
        "migrate",
        "seed",
        "course",
        "user",
        "openapi",
        "config",
        "doctor",
        "healthcheck",
    ] {
        assert!(output.contains(command), "{command} is missing in {output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_the_authenticator_is_let_in_by_the_operator_beside_a_running_server() {
    let storage = Storage::new().await;
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut learner = server.client();
    learner.log_in("learner", PASSWORD).await;
    let begun = learner.touch("/api/v1/auth/mfa/totp").await;
    let secret = begun.expect_status(201)["secret"].clone();
    let code = totp::code(secret.as_str().expect("a secret"));
    learner
        .post("/api/v1/auth/mfa/totp/confirm", json!({ "code": code }))
        .await
        .expect_status(200);
    let login = json!({ "login": "learner", "password": PASSWORD });
    let owed = server.client().post("/api/v1/auth/login", login).await;
    assert!(owed.expect_status(200)["mfa_token"].is_string());
    let remove = |login: &str| run(gopro(&storage).args(["user", "reset-mfa", "--login", login]));
    let (code, _, errors) = remove("nobody");
    assert_ne!(code, 0);
    assert!(errors.contains("no account with this username"), "{errors}");
    let (code, output, errors) = remove("Learner");
    assert_eq!(code, 0, "{errors}");
    assert!(output.contains("the password alone"), "{output}");
    let (code, _, errors) = remove("learner");
    assert_ne!(code, 0);
    assert!(errors.contains("no authenticator"), "{errors}");
    server.client().log_in("learner", PASSWORD).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    learner.get("/api/v1/users/me").await.expect_status(401);
}

/// Everything that a stranger may write and that a terminal would obey.
const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\u{202e}evil\r\nforged: line\u{7}\u{200b}";

fn assert_harmless(text: &str) {
    let harmful = text
        .chars()
        .filter(|letter| *letter != '\n')
        .find(|letter| letter.is_control() || "\u{202e}\u{200b}".contains(*letter));
    assert_eq!(harmful, None, "{text:?}");
    assert!(!text.contains("\nforged"), "a line was forged: {text:?}");
    assert!(!text.is_empty(), "nothing was said");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_untrusted_text_controls_the_terminal_of_the_operator() {
    let storage = Storage::new().await;
    let folder = storage.folder.path().join("course");
    let copied = Command::new("cp")
        .args(["-r", &demo_course()])
        .arg(&folder)
        .status();
    assert!(copied.expect("cp").success());
    let file_name = HOSTILE.replace('/', "");
    fs::create_dir(folder.join(format!("03-{file_name}"))).expect("a folder");
    fs::write(
        folder.join("course.yaml"),
        format!("title: \"{}\"\n", "evil\u{202e}\u{200b}"),
    )
    .expect("written");
    let course = folder.to_str().expect("UTF-8");
    let missing = format!("/nowhere/{HOSTILE}");
    let owner = "01940000-0000-7000-8000-000000000a02";
    let key = format!("server.{HOSTILE}=1");
    let value = format!("log.level={HOSTILE}");
    let prefix = format!("cache.prefix={HOSTILE}");
    for words in [
        &["course", "check", course][..],
        &["course", "import", course, "--owner", owner],
        &["course", "check", &missing],
        &["course", "import", &missing, "--owner", HOSTILE],
        &["course", "export", HOSTILE, &missing],
        &["user", "create", "--role", HOSTILE],
        &["user", "reset-mfa", "--login", HOSTILE],
        &["user", HOSTILE],
        &["config", "check", "--set", &key],
        &["config", "check", "--set", &value],
        &["config", "check", "--config", &missing],
        &["config", "print", "--set", &prefix],
        &["events", "dead-letters", "show", HOSTILE],
        &["sagas", "show", HOSTILE],
    ] {
        let (_, output, errors) = run(gopro(&storage).args(words));
        let told = format!("{output}{errors}");
        assert_harmless(&told);
    }
}

#[cfg(feature = "rabbitmq")]
#[tokio::test(flavor = "multi_thread")]
async fn the_passwords_of_the_demo_are_printed_although_the_broker_is_away() {
    let storage = Storage::new().await;
    let url = format!("bus.url=amqp://127.0.0.1:{}", quiet_port());
    let (code, output, errors) = run(gopro(&storage).args(["seed", "demo"]).args([
        "--set",
        "bus.kind=rabbitmq",
        "--set",
        &url,
    ]));
    assert_ne!(code, 0, "{output}");
    assert!(errors.contains("broker"), "{errors}");
    for account in ["learner", "instructor", "admin"] {
        let start = format!("Demo account {account}");
        let line = output.lines().find(|line| line.starts_with(&start));
        assert!(
            line.is_some_and(|line| line.contains(" password ")),
            "{account}: {output}"
        );
    }
}
