//! Settings of TLS that could never work are reported with their keys.

use std::collections::BTreeMap;
use std::fs::{self, File};

use crate::support::Process;
use crate::support::certificates::{Authority, Files};
use crate::support::process::{gopro, quiet_port, run};
use crate::support::storage::Storage;

/// The faults of the settings of `files` and these, each as one line.
fn faults(files: &Files, extra: &[(&'static str, &str)]) -> Vec<String> {
    let mut flags = Vec::from(files.settings());
    flags.extend(extra.iter().map(|(key, value)| (*key, (*value).to_owned())));
    let settings = gopro::config::load(None, &BTreeMap::new(), &flags);
    settings.err().map(|error| error.0).unwrap_or_default()
}

fn tells(faults: &[String], key: &str, words: &str) {
    let start = format!("  {key}: ");
    let told = |fault: &&String| fault.starts_with(&start) && fault.contains(words);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults.iter().filter(told).count(), 1, "{key} in {faults:?}");
}

#[test]
fn what_is_missing_or_does_not_go_together_is_reported() {
    let files = Files::of(&Authority::named("ours"), &["localhost"]);
    let serving = ("rpc.address", "127.0.0.1:9090");
    assert_eq!(faults(&files, &[]), Vec::<String>::new());
    let good = faults(&files, &[serving, ("rpc.peers", "gateway,course")]);
    assert_eq!(good, Vec::<String>::new());
    for (name, _) in files.settings() {
        tells(&faults(&files, &[(name, "")]), name, "all three or none");
    }
    tells(
        &faults(&files, &[serving]),
        "rpc.peers",
        "no process may call this one",
    );
    let odd = [serving, ("rpc.peers", "gateway,10.0.0.1")];
    tells(&faults(&files, &odd), "rpc.peers", "not a DNS name");
    let plain = [("rpc.user", "http://user:9090")];
    tells(&faults(&files, &plain), "rpc.user", "https://host:port");

    let none = [
        ("rpc.certificate_file", ""),
        ("rpc.key_file", ""),
        ("rpc.ca_file", ""),
    ];
    let [certificate, key, ca] = none;
    let secure = [certificate, key, ca, ("rpc.course", "https://course:9090")];
    tells(&faults(&files, &secure), "rpc.course", "http://host:port");
    let peers = [certificate, key, ca, ("rpc.peers", "gateway")];
    tells(&faults(&files, &peers), "rpc.peers", "only by certificates");
}

#[test]
fn a_file_that_cannot_be_used_is_reported() {
    let ca = Authority::named("ours");
    let files = Files::of(&ca, &["localhost"]);
    let other = Files::of(&ca, &["localhost"]);
    files.write("empty.pem", "");
    let (nowhere, empty) = (files.path("nowhere.pem"), files.path("empty.pem"));
    for (key, _) in files.settings() {
        tells(&faults(&files, &[(key, &nowhere)]), key, "cannot read");
        tells(&faults(&files, &[(key, &empty)]), key, "holds no");
    }
    let foreign = [("rpc.key_file", &*other.path("key.pem"))];
    tells(&faults(&files, &foreign), "rpc.key_file", "is not the key");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_everybody_may_call_causes_a_warning() {
    let storage = Storage::new().await;
    let log = storage.folder.path().join("log");
    let open = format!("rpc.address=0.0.0.0:{}", quiet_port());
    let file = File::create(&log).expect("a file");
    let server = Process::serve_into(&storage, &["--set", &open], file.into()).await;
    let logged = fs::read_to_string(&log).expect("a log");
    assert!(
        logged.contains("everybody who reaches rpc.address"),
        "{logged}"
    );
    for (address, warned) in [(&*open, true), ("rpc.address=127.0.0.1:9090", false)] {
        let (code, output, errors) = run(gopro(&storage).args(["doctor", "--set", address]));
        assert_eq!(code, 0, "{output}{errors}");
        assert_eq!(
            output.contains("rpc.address has no TLS"),
            warned,
            "{output}"
        );
    }
    assert_eq!(server.terminate(), 0);
}
