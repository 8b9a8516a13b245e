//! Writing the reports that were requested of the progress module, in every process that has it.

use std::path::PathBuf;
use std::time::Duration;

use progress::Progress;
use tokio_util::sync::CancellationToken;

/// How often it is asked whether a report is due.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a failure is waited out.
const PAUSE_OF_FAILURE: Duration = Duration::from_secs(5);
/// Writes reports, one after the other, until `stop`; what lies on the disk meanwhile lies in `scratch`. A report that
/// is being written then is begun again by the next process.
pub(crate) async fn write_due(progress: Progress, scratch: PathBuf, stop: CancellationToken) {
    loop {
        let written = tokio::select! {
            written = progress.write_due_report(&scratch) => written,
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
