//! The arrows between the rooms of each crate are the agreed ones, and none makes a circle.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::arch::root;
use crate::support::rooms::{Crate, circles};

/// The folders of the crates whose sources are looked at, with what they are called in the graph.
fn crates() -> Vec<(String, PathBuf)> {
    let mut crates = vec![("gopro".to_owned(), root().join("src"))];
    for folder in ["modules", "modules/shared"] {
        for entry in fs::read_dir(root().join(folder))
            .expect("a folder")
            .flatten()
        {
            let source = entry.path().join("src");
            if source.is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                crates.push((name, source));
            }
        }
    }
    crates.sort();
    assert_eq!(crates.len(), 15, "a crate is missing here");
    crates
}

#[test]
fn the_arrows_between_rooms_are_the_agreed_ones() {
    let mut drawn = String::new();
    for (name, folder) in crates() {
        for (from, to) in Crate::read(&folder).room_arrows() {
            writeln!(drawn, "{name}: {from} -> {to}").expect("memory");
        }
    }
    let file = root().join("docs/room-graph.txt");
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    if drawn != agreed && std::env::var_os("GOPRO_TEST_DRAW").is_some() {
        fs::write(&file, &drawn).expect("written");
        return;
    }
    let lines = |text: &'static str, in_one: &str, in_other: &str| {
        let other: BTreeSet<&str> = in_other.lines().collect();
        let only = in_one.lines().filter(|line| !other.contains(line));
        only.map(|line| format!("{text} {line}\n"))
            .collect::<String>()
    };
    let differences = lines("new", &drawn, &agreed) + &lines("gone", &agreed, &drawn);
    assert!(
        drawn == agreed,
        "the rooms differ from docs/room-graph.txt; if that is meant, run: make graph\n{differences}"
    );
}

#[test]
fn no_rooms_and_no_files_of_a_crate_lead_in_a_circle() {
    let mut found = String::new();
    for (name, folder) in crates() {
        let sources = Crate::read(&folder);
        for circle in circles(&sources.room_arrows()) {
            writeln!(found, "rooms of {name}: {}", circle.join(", ")).expect("memory");
        }
        for circle in circles(&sources.file_arrows()) {
            let files = circle.iter().map(|file| file.join("::"));
            let files: Vec<String> = files.collect();
            writeln!(found, "files of {name}: {}", files.join(", ")).expect("memory");
        }
    }
    assert!(found.is_empty(), "{found}");
}
