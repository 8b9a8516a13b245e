//! The tours of the documentation, replayed as they are written.

use std::fs;
use std::process::Command;

use crate::support::AppTest;
use crate::support::app::PASSWORD;

/// The shell blocks of a tour.
fn blocks_of(tour: &str) -> String {
    let path = format!("{}/docs/tours/{tour}.md", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect(tour);
    let blocks = text
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
    // Readable or not, it says the same.
    let text = String::from_utf8_lossy(&output.stdout).replace("\": ", "\":");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{errors}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_a_learner_works() {
    let app = AppTest::demo().await;
    let script = blocks_of("learner");
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
async fn the_tour_of_an_account_works() {
    let app = AppTest::spawn().await;
    let text = replay(&app, blocks_of("account")).await;
    for sign in [
        "\"device\":\"phone\"",
        "auth.token_invalid",
        "\"codes\":",
        "\"courses\"",
        "auth.scope_required",
    ] {
        assert!(text.contains(sign), "{sign} is missing in\n{text}");
    }
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_an_instructor_works() {
    let app = AppTest::demo().await;
    let text = replay(&app, blocks_of("instructor")).await;
    assert!(!text.contains("/problems/"), "a step was refused:\n{text}");
    for sign in [
        "Where the end goes",
        "\"published_version\":1",
        "\"published_version\":2",
        "Five knots that hold.",
        "Six knots that hold.",
        "\"learners\":0",
        "\"text\":\"Five\"",
        "\"slug\":\"seamanship\"",
        "\"state\":\"queued\"",
        "Because it is easy before the wind comes.",
        "8 of 10 points",
        "What about the crew?",
        "/assets/loop.svg",
        "\"time_limit_minutes\":5",
        "\"published_version\":3",
        "The formula was wrong.",
        "\"state\":\"applying\"",
        "\"visibility\":\"invite\"",
        "\"status\":\"active\"",
    ] {
        assert!(text.contains(sign), "{sign} is missing in\n{text}");
    }
    app.settle().await;
}
