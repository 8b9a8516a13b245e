//! A disk that fails when a test says so, by a small library that is loaded into a process.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::services_required;

/// The numbers in the order of the library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Reads = 0,
    Writes = 1,
    Flushes = 2,
}

const FAILED: u64 = 3;
/// As long as it stands.
pub(crate) const ALWAYS: i32 = -1;

/// A disk under the processes that use it.
pub(crate) struct Disk {
    folder: TempDir,
    control: File,
    files: &'static str,
}

impl Disk {
    /// A disk for files whose path contains `files`. `None`, said aloud, where the library cannot be
    /// made and tests may leave it out.
    pub(crate) fn of(files: &'static str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // A database server runs as a user of its own.
        let open = |path: PathBuf, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        };
        open(folder.path().to_owned(), 0o755);
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/disk.c");
        let library = folder.path().join("disk.so");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .args([source, "-ldl"])
            .status();
        let made = made.is_ok_and(|status| status.success());
        assert!(made || !services_required(), "cc makes no library");
        if !made {
            testkit::left_out("failing disks; they need a C compiler");
            return None;
        }
        let path = folder.path().join("control");
        std::fs::write(&path, [0; 16]).expect("a file");
        open(path.clone(), 0o666);
        let control = OpenOptions::new().read(true).write(true).open(path);
        Some(Self {
            folder,
            control: control.expect("a file"),
            files,
        })
    }

    /// What a process needs to stand on this disk.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name| self.folder.path().join(name).display().to_string();
        vec![
            ("LD_PRELOAD", path("disk.so")),
            ("DISK_CONTROL", path("control")),
            ("DISK_FILES", self.files.to_owned()),
        ]
    }

    /// The next `times` of these fail.
    pub(crate) fn fail(&self, fault: Fault, times: i32) {
        let place = fault as u64 * 4;
        self.control
            .write_all_at(&times.to_ne_bytes(), place)
            .expect("written");
    }

    /// Nothing fails any more.
    pub(crate) fn mend(&self) {
        for fault in [Fault::Reads, Fault::Writes, Fault::Flushes] {
            self.fail(fault, 0);
        }
    }

    /// How many calls have failed.
    pub(crate) fn failed(&self) -> i32 {
        let mut bytes = [0; 4];
        self.control
            .read_exact_at(&mut bytes, FAILED * 4)
            .expect("read");
        i32::from_ne_bytes(bytes)
    }
}
