//! The walls: who depends on whom, and what may be named where.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const MODULES: [&str; 4] = ["course", "notification", "progress", "user"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `(from, to)` for every dependency between members; dependencies of tests are left out.
fn arrows() -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut arrows = BTreeSet::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            if dependency["path"].is_string() && dependency["kind"].is_null() {
                let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
                arrows.insert((name(package), name(dependency)));
            }
        }
    }
    arrows
}

pub(crate) fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            found.push((path, text));
        }
    }
    found
}

#[test]
fn the_graph_is_the_one_that_was_agreed_on() {
    let drawn: String = arrows()
        .iter()
        .map(|(from, to)| format!("{from} -> {to}\n"))
        .collect();
    let agreed = fs::read_to_string(root().join("docs/module-graph.txt")).unwrap_or_default();
    assert_eq!(
        drawn, agreed,
        "the graph differs from docs/module-graph.txt; if that is meant, run: make graph"
    );
}

#[test]
fn no_module_depends_on_another_and_shared_on_none() {
    for (from, to) in arrows() {
        let to_module = MODULES.contains(&to.as_str());
        assert!(
            !to_module || from == "gopro",
            "{from} must not depend on the module {to}"
        );
        assert!(to != "gopro", "nothing depends on the composition root");
    }
}

#[test]
fn inside_shared_every_arrow_points_towards_the_kernel() {
    let order = [
        "kernel",
        "contracts",
        "token",
        "database",
        "bus",
        "rabbit",
        "personal-data",
        "rest",
        "rpc",
    ];
    let rank = |name: &str| order.iter().position(|known| *known == name);
    for (from, to) in arrows() {
        if let (Some(from_rank), Some(to_rank)) = (rank(&from), rank(&to)) {
            assert!(to_rank < from_rank, "{from} -> {to} points outwards");
        }
        assert!(
            from != "kernel",
            "the kernel depends on nothing of ours, but on {to}"
        );
    }
}

/// The files of a module in a layer, such as `http` or `store`, in whichever room.
fn layer(module: &str, name: &str) -> Vec<(PathBuf, String)> {
    let folder = root().join("modules").join(module).join("src");
    let mut found = sources(&folder);
    found.retain(|(path, _)| is_in(path.strip_prefix(&folder).expect("inside"), name));
    found
}

/// Whether a path leads through the file or folder of this name, tests left out.
fn is_in(path: &Path, name: &str) -> bool {
    let path = path.with_extension("");
    let mut parts = path.components().map(std::path::Component::as_os_str);
    parts.clone().any(|part| part == name) && !parts.any(|part| part == "tests")
}

fn assert_free_of(files: &[(PathBuf, String)], banned: &[&str]) {
    for (path, text) in files {
        for word in banned {
            assert!(!text.contains(word), "{} mentions {word}", path.display());
        }
    }
}

/// The words of the code, without its comments.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""));
    code.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
}

#[test]
fn entities_are_known_to_the_store_alone() {
    for module in MODULES {
        let folder = root().join("modules").join(module).join("src");
        for (path, text) in sources(&folder) {
            let inner = path.strip_prefix(&folder).expect("inside");
            let allowed = is_in(inner, "store") || is_in(inner, "entity");
            // The root of the crate has to declare the room, and says no more of it.
            let text = text.replace("\nmod entity;\n", "\n");
            assert!(
                allowed || !words(&text).any(|word| word == "entity"),
                "{module}/{} mentions an entity",
                inner.display()
            );
        }
    }
}

#[test]
fn every_crate_stays_behind_its_wall() {
    let walls: [(&str, &[&str]); 11] = [
        (
            "modules/shared/kernel",
            &["actix_web", "sea_orm", "lapin", "tonic"],
        ),
        (
            "modules/shared/contracts",
            &["actix_web", "sea_orm", "lapin", "tonic"],
        ),
        ("modules/shared/database", &["actix_web", "lapin", "tonic"]),
        ("modules/shared/bus", &["actix_web", "lapin", "tonic"]),
        ("modules/shared/rabbit", &["actix_web", "tonic"]),
        (
            "modules/shared/personal-data",
            &["actix_web", "sea_orm", "lapin", "tonic"],
        ),
        ("modules/shared/rest", &["sea_orm", "lapin", "tonic"]),
        ("modules/shared/rpc", &["actix_web", "sea_orm", "lapin"]),
        ("src", &["lapin::", "tonic::", "tokio_rustls"]),
        // The cache is never the truth, so only the composition root knows of it.
        ("modules", &["redis::"]),
        ("src/gateway", &["redis::"]),
    ];
    for (folder, banned) in walls {
        assert_free_of(&sources(&root().join(folder)), banned);
    }
    for module in MODULES {
        let files = sources(&root().join("modules").join(module));
        assert_free_of(&files, &["lapin", "tonic::", "tokio_rustls"]);
    }
}

#[test]
fn handlers_speak_no_sql_and_services_no_http() {
    for module in MODULES {
        let handlers = layer(module, "http");
        assert!(handlers.len() > 1, "{module} has no handlers to look at");
        let banned = ["sea_orm", "store::", "crate::store", "begin()"];
        assert_free_of(&handlers, &banned);
        for name in ["service", "request", "view", "store", "domain"] {
            assert_free_of(&layer(module, name), &["actix_web", "::http"]);
        }
        let stores = layer(module, "store");
        assert!(stores.len() > 1, "{module} has no stores to look at");
        let above = ["service", "view", "request"].map(|name| format!("super::{name}"));
        for (path, text) in stores {
            for word in &above {
                assert!(!text.contains(word), "{} mentions {word}", path.display());
            }
        }
    }
}

/// Migrations that remove what no release has read since the one before.
const CONTRACTING: [&str; 0] = [];

#[test]
fn migrations_take_nothing_away() {
    let migrations = sources(&root().join("migrations/src"));
    assert!(migrations.len() > 9, "no migrations to look at");
    for (path, text) in migrations {
        let name = path.file_stem().expect("a name").to_string_lossy();
        if CONTRACTING.contains(&name.as_ref()) {
            continue;
        }
        for word in words(&text) {
            let removes = ["drop_", "rename_", "modify_column"];
            let removes = removes.iter().any(|start| word.starts_with(start));
            assert!(!removes, "{} has {word}", path.display());
        }
        let added = text.split("add_column(").skip(1);
        for column in added {
            let kind = column.split('(').next().expect("a kind");
            assert!(
                kind.ends_with("_null"),
                "{}: a new column may be null, and {kind} may not",
                path.display()
            );
        }
    }
}

#[test]
fn every_member_has_the_lints_of_the_workspace() {
    let mut manifests = vec![
        root().join("Cargo.toml"),
        root().join("migrations/Cargo.toml"),
    ];
    for folder in ["modules", "modules/shared"] {
        for entry in fs::read_dir(root().join(folder))
            .expect("a folder")
            .flatten()
        {
            let manifest = entry.path().join("Cargo.toml");
            if manifest.exists() {
                manifests.push(manifest);
            }
        }
    }
    assert_eq!(manifests.len(), 16, "a member is missing here");
    for manifest in manifests {
        let text = fs::read_to_string(&manifest).expect("a manifest");
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} lacks [lints] workspace = true",
            manifest.display()
        );
    }
}

#[test]
fn no_source_file_is_longer_than_its_limit() {
    for folder in ["src", "modules", "migrations"] {
        for (path, text) in sources(&root().join(folder)) {
            let lines = text.lines().count();
            let tests = path.ends_with("tests.rs")
                || path.components().any(|part| part.as_os_str() == "tests");
            assert!(
                tests || lines <= 400,
                "{} has {lines} lines",
                path.display()
            );
        }
    }
}

/// The names behind `.wrap(`, the outermost first.
fn wrapped() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/gateway/edge.rs")).expect("the edge");
    let calls = text.split(".wrap(").skip(1);
    let names = calls.map(|call| {
        let call = call.trim_start_matches("from_fn(");
        let call = call.trim_start_matches("gateway::");
        let call = call.trim_start_matches("rest::");
        let end = call.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        call[..end.expect("more text")].to_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.reverse();
    names
}

#[test]
fn the_documented_middleware_is_the_one_that_runs() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (_, table) = text.split_once("| step | file |").expect("the table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let documented: Vec<&str> = rows
        .map(|row| row.split('`').nth(1).expect("a name"))
        .collect();
    assert_eq!(documented, wrapped());
}

#[test]
fn what_a_command_and_the_log_say_passes_the_one_place_that_makes_it_harmless() {
    let places = ["src/cli/output.rs", "src/telemetry.rs"];
    for folder in ["src", "modules"] {
        for (path, text) in sources(&root().join(folder)) {
            let path = path
                .strip_prefix(root())
                .expect("inside")
                .display()
                .to_string();
            let is_test = path.contains("/tests") || path.contains("testkit");
            if !is_test && !places.contains(&path.as_str()) {
                for word in ["stdout()", "stderr()"] {
                    assert!(!text.contains(word), "{path} writes past cli::say: {word}");
                }
            }
        }
    }
}
