//! Replacing the master key, as an operator does it.

use std::fs;

use crate::support::Process;
use crate::support::process::{gopro, run, seed_demo};
use crate::support::storage::Storage;

const OLD: &str = "auth.master_key=the first master key of this test, 1";
const NEW: &str = "the second master key of this test, 2";

#[track_caller]
fn expect_refused(storage: &Storage, arguments: &[&str], words: &str) {
    let (code, _, errors) = run(gopro(storage).args(arguments));
    assert_ne!(code, 0);
    assert!(errors.contains(words), "{words} is missing in {errors}");
}

#[track_caller]
fn expect_done(storage: &Storage, arguments: &[&str]) {
    let (code, _, errors) = run(gopro(storage).args(arguments));
    assert_eq!(code, 0, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_of_a_folder_is_replaced_and_an_interrupted_replacement_is_finished() {
    let storage = Storage::new().await;
    seed_demo(&storage);
    let data = storage.folder.path().join("data");
    let (key, next) = (data.join("master.key"), data.join("master.key.next"));
    let first = fs::read(&key).expect("the first key");
    let server = Process::serve(&storage, &[]).await;
    let mut learner = server.client();
    learner
        .log_in("learner", crate::support::app::PASSWORD)
        .await;
    if testkit::postgres_url().is_none() {
        expect_refused(&storage, &["keys", "rotate-master"], "in use by another");
    }
    assert_eq!(server.terminate(), 0);

    let other = ["keys", "rotate-master", "--new-key-file", "elsewhere"];
    expect_refused(&storage, &other, "without --new-key-file");
    expect_done(&storage, &["keys", "rotate-master"]);
    let second = fs::read(&key).expect("the second key");
    assert_ne!(first, second);
    expect_done(&storage, &["audit", "verify"]);
    let server = Process::serve(&storage, &[]).await;
    let learner = learner.at(&server.url);
    learner.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(server.terminate(), 0);

    // Interrupted while the next key was written.
    fs::write(data.join("master.key.new"), "").expect("written");
    expect_done(&storage, &["keys", "list"]);
    // Interrupted before anything was sealed with the next key, and after everything was.
    fs::write(&next, &first).expect("a key that opens nothing");
    expect_refused(&storage, &["keys", "list"], "was interrupted");
    expect_refused(&storage, &["serve"], "was interrupted");
    expect_done(&storage, &["keys", "rotate-master"]);
    let third = fs::read(&key).expect("the third key");
    assert_ne!(second, third);
    fs::rename(&key, &next).expect("renamed");
    fs::write(&key, &second).expect("the key of before");
    expect_done(&storage, &["keys", "rotate-master"]);
    assert_eq!(fs::read(&key).expect("a key"), third);
    assert!(!next.exists());
    expect_done(&storage, &["doctor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_master_key_is_replaced_by_the_one_of_a_file() {
    let storage = Storage::new().await;
    expect_done(&storage, &["--set", OLD, "seed", "demo"]);
    let file = storage.folder.path().join("next.key");
    let file = file.to_str().expect("UTF-8");
    let rotate = ["--set", OLD, "keys", "rotate-master"];
    let rotate_to = [&rotate[..], &["--new-key-file", file]].concat();
    expect_refused(&storage, &rotate, "--new-key-file");
    expect_refused(&storage, &rotate_to, "cannot read");
    for (bad, words) in [
        ("short", "one line of 32"),
        (
            &"two lines of a key that is long\n".repeat(2),
            "one line of 32",
        ),
        (&"a key that is too long".repeat(50), "one line of 32"),
        (&"ab".repeat(20), "must be random"),
        (&OLD[16..], "has the present master key"),
    ] {
        fs::write(file, bad).expect("written");
        expect_refused(&storage, &rotate_to, words);
    }
    fs::write(file, format!("{NEW}\n")).expect("written");
    expect_done(&storage, &rotate_to);
    // Whoever has not seen that it was done may do it again.
    expect_done(&storage, &rotate_to);
    expect_refused(
        &storage,
        &["--set", OLD, "keys", "list"],
        "another master key",
    );
    let new = format!("auth.master_key={NEW}");
    expect_done(&storage, &["--set", &new, "audit", "verify"]);
}
