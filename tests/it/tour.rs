//! The five-minute tour of the README, replayed as it is written.

use std::fs;
use std::process::Command;

use crate::support::AppTest;
use crate::support::app::PASSWORD;

/// The shell blocks between a heading of the README and the next one.
fn blocks_of(heading: &str) -> String {
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let (_, rest) = readme.split_once(heading).expect("the section");
    let section = rest.split("\n## ").next().expect("a section");
    let blocks = section
        .split("```sh\n")
        .flat_map(|part| part.split("```bash\n"))
        .skip(1)
        .filter_map(|block| block.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

async fn replay(app: &AppTest, script: String) -> String {
    let script = script.replace("http://127.0.0.1:8080", &app.url());
    let output = tokio::task::spawn_blocking(move || {
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .env("PASSWORD", PASSWORD)
            .output()
            .expect("bash runs")
    })
    .await
    .expect("the script ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{errors}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readme_works() {
    let app = AppTest::demo().await;
    let script = blocks_of("## Five-minute tour");
    assert!(
        script.matches("curl").count() >= 8,
        "the tour is too short:\n{script}"
    );
    let text = replay(&app, script).await;
    assert!(!text.contains("/problems/"), "a step was refused:\n{text}");
    for sign in [
        "Go from Zero",
        "\"passed\":true",
        "\"done\":1",
        "First step",
        "Welcome to GO-PRO",
    ] {
        assert!(text.contains(sign), "{sign} is missing in\n{text}");
    }
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readmes_account_section_works() {
    let app = AppTest::spawn().await;
    let script = format!(
        "api=http://127.0.0.1:8080/api/v1\n{}",
        blocks_of("## Accounts in five minutes")
    );
    let text = replay(&app, script).await;
    for sign in [
        "\"device\":\"phone\"",
        "auth.token_invalid",
        "\"codes\":[",
        "\"courses\"",
        "auth.scope_required",
    ] {
        assert!(text.contains(sign), "{sign} is missing in\n{text}");
    }
    app.settle().await;
}
