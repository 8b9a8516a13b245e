//! Disks that fail and disks that are full.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use crate::support::disk::{ALWAYS, Disk, Fault};
use crate::support::private_postgres::PrivatePostgres;
use crate::support::process::seed_demo;
use crate::support::storage::Storage;
use crate::support::{Process, services_required};

/// How long a server may take to answer well again once its disk does.
const RECOVERY: Duration = Duration::from_secs(5);

/// Changes until something has failed that often, by requests or by what runs behind them.
async fn change_until_failed(ledger: &mut Ledger, disk: &Disk, times: i32) {
    let begun = Instant::now();
    let before = disk.failed();
    while disk.failed() < before + times && begun.elapsed() < Duration::from_secs(3) {
        ledger.change().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r13_a_disk_that_fails_costs_answers_and_nothing_that_was_acknowledged() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let Some(disk) = Disk::of(".db") else {
        return;
    };
    seed_demo(&storage);
    let server = Process::serve_in(&storage, &disk.environment(), &[]).await;
    let mut ledger = Ledger::open(&server).await;
    let mut longest = Duration::ZERO;
    for fault in [Fault::Flushes, Fault::Writes, Fault::Reads] {
        let before = disk.failed();
        // Once, twice together, twice apart, and for a while.
        for bursts in [&[1][..], &[2], &[1, 1], &[ALWAYS]] {
            for times in bursts {
                disk.fail(fault, *times);
                change_until_failed(&mut ledger, &disk, (*times).max(1)).await;
                if *times == ALWAYS {
                    for _ in 0..10 {
                        ledger.change().await;
                    }
                }
                disk.mend();
                longest = longest.max(ledger.recover().await);
            }
            ledger.check(&storage).await;
        }
        assert!(disk.failed() > before, "{fault:?} have never failed");
    }
    for fault in [Fault::Flushes, Fault::Writes, Fault::Reads] {
        disk.fail(fault, ALWAYS);
    }
    for _ in 0..10 {
        ledger.change().await;
    }
    disk.mend();
    longest = longest.max(ledger.recover().await);
    ledger.expect_reads().await;
    storage.settle(&[&server.internal_url]).await;
    let internal = crate::support::Client::new(&server.internal_url);
    let health = internal.get("/health").await.expect_status(200);
    let faults = health["faults"].to_string();
    assert!(faults.contains("has failed to commit"), "{faults}");
    let metrics = internal.get("/metrics").await.text;
    assert!(metrics.contains("gopro_commit_failures_total{module=\"course\"}"));
    let failed = disk.failed();
    assert!(failed > 10, "only {failed} calls have failed");
    assert!(ledger.refused > 5, "only {} were refused", ledger.refused);
    assert!(longest < RECOVERY, "recovered after {longest:?}");
    server.kill();
    ledger.check(&storage).await;
    let server = Process::serve(&storage, &[]).await;
    ledger.turn_to(&server);
    assert!(ledger.change().await, "after a restart");
    ledger.check(&storage).await;
    println!(
        "R-13 {failed} failed reads, writes and flushes of the disk: {} changes acknowledged, {} put off with 503, lost 0, well again {longest:.1?} after the disk at most",
        ledger.acknowledged(),
        ledger.refused
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r13_a_disk_that_fails_under_postgresql_loses_nothing_that_was_acknowledged() {
    let Some(disk) = Disk::of("/pg_wal/") else {
        return;
    };
    let Some(postgres) = PrivatePostgres::start_with("fsync=on", &disk.environment()) else {
        return;
    };
    let postgres = Arc::new(postgres);
    let mut storage = Storage::new().await;
    storage.database_url = postgres.url();
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut ledger = Ledger::open(&server).await;
    let mut longest = Duration::ZERO;
    for (fault, times) in [(Fault::Flushes, 1), (Fault::Writes, 1), (Fault::Flushes, 2)] {
        // PostgreSQL ends all its processes then, and reads its log again.
        disk.fail(fault, times);
        change_until_failed(&mut ledger, &disk, 1).await;
        disk.mend();
        longest = longest.max(ledger.recover().await);
        ledger.check(&storage).await;
    }
    ledger.expect_reads().await;
    assert!(disk.failed() >= 3 && ledger.refused > 0);
    assert!(longest < RECOVERY * 2, "recovered after {longest:?}");
    println!(
        "R-13 {} failed writes and flushes under PostgreSQL: {} changes acknowledged, {} put off with 503, lost 0, well again {longest:.1?} after the disk at most",
        disk.failed(),
        ledger.acknowledged(),
        ledger.refused
    );
}

/// A disk of a few megabytes that is mounted at a folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, said aloud, where nothing may be mounted.
    fn at(folder: PathBuf, size: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size},mode=0777"),
                "none",
            ])
            .arg(&folder)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        assert!(mounted || !services_required(), "no disk may be mounted");
        if !mounted {
            testkit::left_out("a disk that is full; it needs the right to mount one");
            return None;
        }
        Some(Self(folder))
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).expect("a file");
        let bytes = [1; 64 * 1024];
        while file.write_all(&bytes).is_ok() {}
        let bytes = [1; 512];
        while file.write_all(&bytes).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_a_full_disk_costs_writes_and_nothing_that_was_acknowledged() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    let data = storage.folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let Some(disk) = SmallDisk::at(data, "12m") else {
        return;
    };
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut ledger = Ledger::open(&server).await;
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        disk.fill();
        let before = ledger.refused;
        while ledger.refused < before + 10 {
            ledger.change().await;
            ledger.expect_reads().await;
        }
        disk.free();
        longest = longest.max(ledger.recover().await);
        ledger.check(&storage).await;
    }
    storage.settle(&[&server.internal_url]).await;
    assert!(longest < RECOVERY, "recovered after {longest:?}");
    server.kill();
    ledger.check(&storage).await;
    let server = Process::serve(&storage, &[]).await;
    ledger.turn_to(&server);
    assert!(ledger.change().await, "after a restart");
    ledger.check(&storage).await;
    println!(
        "R-14 a disk that was full three times: {} changes acknowledged, {} put off with 503, lost 0, reads went on, well again {longest:.1?} after there was room at most",
        ledger.acknowledged(),
        ledger.refused
    );
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_a_full_disk_under_postgresql_costs_writes_and_nothing_that_was_acknowledged() {
    let mut disk = None;
    // Its log lies elsewhere: a server without room for that ends by itself.
    let started = PrivatePostgres::start_on(|data| {
        disk = SmallDisk::at(data.to_owned(), "96m");
        disk.is_some()
    });
    let (Some(postgres), Some(disk)) = (started, disk) else {
        return;
    };
    let mut storage = Storage::new().await;
    storage.database_url = postgres.url();
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let mut ledger = Ledger::open(&server).await;
    disk.fill();
    // Tables have room within their pages, so that not every change needs the disk.
    let begun = Instant::now();
    while ledger.refused < 3 && begun.elapsed() < Duration::from_secs(60) {
        ledger.change().await;
    }
    ledger.expect_reads().await;
    disk.free();
    let recovered = ledger.recover().await;
    ledger.check(&storage).await;
    assert!(ledger.refused >= 3, "{} refused", ledger.refused);
    assert!(recovered < RECOVERY, "recovered after {recovered:?}");
    println!(
        "R-14 a full disk under PostgreSQL: {} changes acknowledged, {} put off with 503, lost 0, reads went on, well again {recovered:.1?} after there was room",
        ledger.acknowledged(),
        ledger.refused
    );
    drop(postgres);
}
