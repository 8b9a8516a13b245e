//! Writing the reports that were requested of the progress module, in every process that has it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use progress::Progress;
use tokio_util::sync::CancellationToken;

/// How often it is asked whether a report is due.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a failure is waited out.
const PAUSE_OF_FAILURE: Duration = Duration::from_secs(5);
/// How often what is gone is deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Writes reports until `stop`, and deletes what is left of those that are gone, also while one is written; what lies
/// on the disk meanwhile lies in `scratch`.
pub(crate) async fn write_and_sweep(progress: Progress, scratch: PathBuf, stop: CancellationToken) {
    tokio::join!(
        write_due(&progress, &scratch, &stop),
        sweep(&progress, &stop)
    );
}

/// Writes one after the other. A report that is being written at the end is begun again by the next process.
async fn write_due(progress: &Progress, scratch: &Path, stop: &CancellationToken) {
    loop {
        let written = tokio::select! {
            written = progress.write_due_report(scratch) => written,
            () = stop.cancelled() => break,
        };
        let pause = match written {
            Ok(true) => Duration::ZERO,
            Ok(false) => PAUSE,
            Err(error) => {
                tracing::warn!(error = %error, "writing a report failed; retrying in five seconds");
                PAUSE_OF_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => break,
        }
    }
    if let Err(error) = progress.release_reports().await {
        tracing::debug!(error = %error, "the lease of reports was not released and will run out");
    }
}

async fn sweep(progress: &Progress, stop: &CancellationToken) {
    loop {
        let pause = match progress.sweep_reports().await {
            Ok(0) => SWEEP_EVERY,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(error = %error, "deleting reports that are gone failed; retrying in ten seconds");
                SWEEP_EVERY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => break,
        }
    }
}
