//! Public names use the words of docs/glossary.md.

use std::collections::BTreeSet;
use std::fs;

use crate::arch::{root, sources};
use crate::support::AppTest;

fn page() -> String {
    fs::read_to_string(root().join("docs/glossary.md")).expect("the glossary")
}

/// The single words of all terms.
fn words() -> BTreeSet<String> {
    let page = page();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let terms = rows.filter_map(|row| row.split(" | ").next());
    let words = terms.flat_map(|term| {
        term.split(|letter: char| !letter.is_alphanumeric())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    });
    words.filter(|word| !word.is_empty()).collect()
}

fn unknown<'a>(name: &'a str, words: &'a BTreeSet<String>) -> impl Iterator<Item = String> + 'a {
    let parts = name.split('_').filter(|part| !words.contains(*part));
    parts.map(move |part| format!("{name}: {part}"))
}

#[test]
fn tables_are_named_by_words_of_the_glossary() {
    let words = words();
    let mut tables = BTreeSet::new();
    for (_, text) in sources(&root().join("modules")) {
        for rest in text.split("table_name = \"").skip(1) {
            tables.extend(rest.split('"').next().map(str::to_owned));
        }
    }
    assert!(tables.len() > 40, "{tables:?}");
    let found: Vec<String> = tables
        .iter()
        .flat_map(|name| unknown(name, &words))
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_families_of_problem_codes_stand_in_the_glossary() {
    let words = words();
    let families: BTreeSet<&str> = gopro::gateway::problem_pages::codes()
        .filter_map(|code| code.split('.').next())
        .collect();
    let found = families.iter().flat_map(|name| unknown(name, &words));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn operations_begin_with_an_agreed_verb() {
    let page = page();
    let (_, verbs) = page
        .split_once("## Verbs of operations")
        .expect("the verbs");
    let verbs: BTreeSet<&str> = verbs
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.split('_').next())
        .collect();
    let document = serde_json::to_value(gopro::gateway::openapi::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths
        .values()
        .flat_map(|item| item.as_object().expect("an item").values());
    let ids: BTreeSet<&str> = operations
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    assert!(ids.len() > 100, "{ids:?}");
    let strange = ids.iter().filter(|id| {
        let verb = id.split('_').next().unwrap_or_default();
        !verbs.contains(verb)
    });
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// Names that say nothing in a flat list of schemas.
const VAGUE: [&str; 12] = [
    "Item", "Id", "Key", "Level", "Status", "Part", "Line", "Entry", "Data", "Info", "Match",
    "Pair",
];

#[test]
fn schemas_say_what_they_are_in_a_flat_list() {
    let document = serde_json::to_value(gopro::gateway::openapi::document()).expect("JSON");
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let strange = schemas.keys().filter(|name| {
        VAGUE.contains(&name.as_str()) || name.ends_with("View") || name.contains('_')
    });
    assert_eq!(strange.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_the_prefix_the_words_and_the_endings_of_prometheus() {
    let app = AppTest::spawn().await;
    let internal = app.anonymous().at(&app.internal_url());
    let metrics = internal.get("/metrics").await.text;
    let words = words();
    let kinds = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let mut found = Vec::new();
    let mut count = 0;
    for (name, kind) in kinds.filter_map(|line| line.split_once(' ')) {
        count += 1;
        if (kind == "counter") != name.ends_with("_total") {
            found.push(format!("{name} is a {kind}"));
        }
        let Some(own) = name.strip_prefix("gopro_") else {
            // Those of OpenTelemetry and of the process collector have names of their own.
            if !name.starts_with("http_server_") && !name.starts_with("process_") {
                found.push(format!("{name} has no prefix"));
            }
            continue;
        };
        let about = own.split('_').next().unwrap_or_default();
        found.extend(unknown(about, &words).map(|word| format!("{name}: {word}")));
    }
    assert!(count > 8, "{metrics}");
    assert_eq!(found, Vec::<String>::new());
}
