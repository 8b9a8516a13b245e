//! Each problem code has a page that says what to do, and each page a code that can occur.

use std::collections::BTreeSet;

use gopro::gateway::problem_pages::{codes, field_codes};

use crate::arch::{root, sources};
use crate::support::AppTest;

/// Only commands say these, which print them.
const OF_COMMANDS: [&str; 2] = ["course.id_taken", "course.unwritable"];

/// The text between the first two quotation marks.
fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

fn is_code(word: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    word.split_once('.')
        .is_some_and(|(family, what)| part(family) && part(what))
}

/// Every code that the sources give a problem: as an arm of `Fault::code`, or beside its status.
fn codes_of_sources() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["modules", "src"] {
        for (path, text) in sources(&root().join(folder)) {
            let path = path.display().to_string();
            if path.contains("tests") || path.contains("testkit") {
                continue;
            }
            for method in text.split("fn code(&self)").skip(1) {
                let end = method.find("\n    }\n").unwrap_or(method.len());
                let arms = method[..end].split("=>").skip(1);
                found.extend(arms.filter_map(|arm| Some(quoted(arm.lines().next()?)?.to_owned())));
            }
            for status in text.split("StatusCode::").skip(1) {
                let Some((_, after)) = status.split_once(',') else {
                    continue;
                };
                if let Some(rest) = after.trim_start().strip_prefix('"') {
                    found.extend(rest.split('"').next().map(str::to_owned));
                }
            }
        }
    }
    found.retain(|word| is_code(word));
    found
}

#[test]
fn each_code_of_the_sources_has_a_page() {
    let explained: BTreeSet<&str> = codes().collect();
    let sources = codes_of_sources();
    assert!(sources.len() > 80, "{sources:?}");
    let missing = sources
        .iter()
        .filter(|code| !explained.contains(code.as_str()) && !OF_COMMANDS.contains(&code.as_str()));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn each_page_is_of_a_code_that_the_sources_name() {
    let mut text = String::new();
    for folder in ["modules", "src"] {
        let files = sources(&root().join(folder)).into_iter();
        text.extend(files.map(|(_, text)| text));
    }
    let names = |code: &&str| !text.contains(&format!("\"{code}\""));
    assert_eq!(
        codes().filter(names).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    assert_eq!(
        field_codes().filter(names).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_problem_says_what_to_do_and_an_unknown_one_is_not_found() {
    let app = AppTest::spawn().await;
    let client = app.anonymous();
    let refused = client.get("/api/v1/users/me").await;
    let kind = refused.expect_problem(401, "auth.token_required")["type"].clone();
    let page = client.get(kind.as_str().expect("a type")).await;
    assert_eq!(page.status, 200);
    for part in ["What happened", "What to do", "/api/v1/auth/login"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let list = client.get("/problems").await;
    assert!(list.text.contains("/problems/course.not_found"));
    client
        .get("/problems/course.no_such_code")
        .await
        .expect_problem(404, "request.route_not_found");
}
