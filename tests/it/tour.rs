//! The five-minute tour of the README, replayed as it is written.

use std::fs;
use std::process::Command;

use crate::support::TestApp;
use crate::support::app::PASSWORD;

/// The shell blocks between the tour's heading and the next one.
fn tour() -> String {
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let (_, rest) = readme
        .split_once("## A tour in five minutes")
        .expect("the tour");
    let section = rest.split("\n## ").next().expect("a section");
    let blocks = section
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_command_of_the_readme_works() {
    let app = TestApp::demo().await;
    let script = tour();
    assert!(
        script.matches("curl").count() >= 8,
        "the tour is too short:\n{script}"
    );
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
