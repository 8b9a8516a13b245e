//! What the documents name exists.

use std::collections::BTreeSet;
use std::fs;

use crate::arch::{root, sources};

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["src", "modules", "tests"] {
        for (_, text) in sources(&root().join(folder)) {
            for behind in text
                .split("test]")
                .skip(1)
                .chain(text.split("test(").skip(1))
            {
                let name = behind
                    .split_once("fn ")
                    .and_then(|(_, name)| name.split_once('('));
                names.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
    names
}

/// Whether a place such as `SECURITY.md#Passwords` is there.
fn is_there(place: &str) -> bool {
    let Some((file, heading)) = place.split_once('#') else {
        return false;
    };
    let text = fs::read_to_string(root().join(file)).unwrap_or_default();
    let mut lines = text.lines().filter(|line| line.starts_with('#'));
    lines.any(|line| line.trim_start_matches('#').trim() == heading)
}

#[test]
fn folders_that_the_documents_name_exist() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ] {
        let text = fs::read_to_string(root().join(document)).expect(document);
        for word in text.split('`').skip(1).step_by(2) {
            let known = [
                "src/",
                "modules/",
                "migrations/",
                "docs/",
                "tests/",
                "content/",
                "config/",
                "openapi/",
            ];
            let is_path = known.iter().any(|start| word.starts_with(start))
                && !word.contains([' ', '*', '{', '<']);
            assert!(
                !is_path || root().join(word).exists(),
                "{document} names {word}, which is not there"
            );
        }
    }
}

#[test]
fn each_invariant_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/invariants.md")).expect("the page");
    let tests = tests();
    let invariants: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("- **Invariant:**"))
        .collect();
    assert!(!invariants.is_empty());
    for invariant in invariants {
        let named: Vec<_> = invariant
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.matches('_').count() > 2)
            .collect();
        assert!(!named.is_empty(), "nothing shows it: {invariant}");
        for name in named {
            assert!(tests.contains(name), "there is no test {name}");
        }
    }
}

#[test]
fn what_shows_a_requirement_of_asvs_exists() {
    let tests = tests();
    let path = root().join("docs/security/asvs.csv");
    let mut table = csv::Reader::from_path(path).expect("the table");
    let mut met = 0;
    for row in table.records() {
        let row = row.expect("a row");
        let [requirement, _, status, shown_by, note] = [0, 1, 2, 3, 4].map(|column| &row[column]);
        match status {
            "met" => {
                met += 1;
                for shown in shown_by.split(" ; ") {
                    assert!(
                        tests.contains(shown) || is_there(shown),
                        "{requirement} is shown by {shown}, which is not there"
                    );
                }
            }
            "open" | "does not apply" => assert!(!note.is_empty(), "{requirement}: say why"),
            other => panic!("{requirement} has the status {other}"),
        }
    }
    assert!(met > 0);
}

/// The numbers of rows, such as `R-13`, that follow `before`.
fn rows(text: &str, before: &str) -> BTreeSet<String> {
    let behind = text.split(before).skip(1);
    let rows = behind.filter_map(|behind| behind.get(..4));
    rows.filter(|row| row.starts_with("R-") && row[2..].parse::<u8>().is_ok())
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_fault_of_the_page_on_reliability_is_tried_and_each_that_is_tried_stands_there() {
    let page = fs::read_to_string(root().join("docs/reliability.md")).expect("the page");
    let mut tried = BTreeSet::new();
    for (_, text) in sources(&root().join("tests")) {
        tried.extend(rows(&text, "\""));
    }
    assert!(tried.len() > 20, "{tried:?}");
    assert_eq!(rows(&page, "\n| "), tried);
}
