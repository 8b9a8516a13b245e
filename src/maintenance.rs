//! What a server does at regular times: a table of tasks, none of which waits for another.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Error;
use futures::FutureExt;
use futures::future::BoxFuture;
use kernel::Env;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::gateway::{Metrics, RateLimits};
use crate::module_name::ModuleName;
use crate::modules::Modules;
use crate::running::keep_running;
use crate::trusted_clock::TrustedClock;

const ROUND: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Something to do again and again.
struct Task {
    /// By which its metric names it.
    name: &'static str,
    /// What it does, as the log says it when it fails.
    purpose: &'static str,
    /// How long it rests after each run; before the first one, a minute at most.
    period: Duration,
    /// Where it does what cannot be undone: it rests while the clock of this host cannot be trusted.
    needs: Option<Trust>,
    run: Box<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>,
}

/// Whether the clock can be trusted now.
type Trust = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Begins the tasks of the modules that run here.
pub(crate) fn spawn(
    modules: &Modules,
    limits: &RateLimits,
    metrics: &Metrics,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let tasks = table(modules, limits).into_iter().map(Arc::new);
    let tasks = tasks.map(|task| {
        let metrics = metrics.clone();
        keep_running(task.name, stop, move |stop| {
            repeat(Arc::clone(&task), metrics.clone(), stop)
        })
    });
    tasks.collect()
}

fn table(modules: &Modules, limits: &RateLimits) -> Vec<Task> {
    let mut tasks = vec![task(
        ("rate_limits", "forgetting who has not called for a while"),
        (MINUTE, None),
        limits,
        |limits| async move {
            limits.forget_idle();
            Ok::<_, Error>(())
        },
    )];
    if let Ok(user) = modules.user() {
        let clock = clock_of(modules, ModuleName::User);
        tasks.extend([
            task(
                ("sagas", "processing exports and erasures"),
                (ROUND, Some(&clock)),
                user,
                |user| async move { user.run_due_sagas().await },
            ),
            task(
                ("signing_keys", "rotating the signing keys"),
                (MINUTE, None),
                user,
                rotate_due_keys,
            ),
            task(
                ("sessions", "removing expired sessions"),
                (HOUR, Some(&clock)),
                user,
                |user| async move { user.sweep().await },
            ),
        ]);
    }
    if let Ok(course) = modules.course() {
        let clock = clock_of(modules, ModuleName::Course);
        tasks.extend([
            task(
                ("scheduled_publishes", "publishing what is due"),
                (ROUND, Some(&clock)),
                course,
                |course| async move { course.publish_due().await },
            ),
            task(
                ("open_attempts", "handing in what is over"),
                (ROUND, Some(&clock)),
                course,
                |course| async move { course.hand_in_over().await },
            ),
            task(
                ("regrades", "regrading"),
                (ROUND, None),
                course,
                |course| async move { course.regrade_due().await },
            ),
            // A clock that jumped says of an upload that nobody has waited for it.
            task(
                ("assets", "deleting assets that are not used"),
                (MINUTE, Some(&clock)),
                course,
                |course| async move { course.sweep_assets().await },
            ),
        ]);
    }
    if let Ok(progress) = modules.progress() {
        let clock = clock_of(modules, ModuleName::Progress);
        tasks.extend([
            task(
                ("announcements", "announcing new versions"),
                (ROUND, Some(&clock)),
                progress,
                |progress| async move { progress.announce_due().await },
            ),
            task(
                ("reports", "deleting reports that are gone"),
                (ROUND, None),
                progress,
                |progress| async move { progress.sweep_reports().await },
            ),
            task(
                ("report_expiry", "letting reports expire"),
                (MINUTE, Some(&clock)),
                progress,
                |progress| async move { progress.expire_reports().await },
            ),
            task(
                ("enrollment_expiry", "ending enrollments whose time is over"),
                (MINUTE, Some(&clock)),
                progress,
                |progress| async move { progress.expire_enrollments().await },
            ),
            task(
                (
                    "certificate_expiry",
                    "telling learners of certificates that expire",
                ),
                (HOUR, Some(&clock)),
                progress,
                |progress| async move { progress.remind_of_certificates().await },
            ),
            task(
                ("departures", "forgetting who left a waiting list"),
                (HOUR, Some(&clock)),
                progress,
                |progress| async move { progress.forget_departures().await },
            ),
            task(
                ("upgrades", "moving learners to required versions"),
                (ROUND, None),
                progress,
                |progress| async move { progress.upgrade_due().await },
            ),
            task(
                ("waiting_lists", "giving free seats to those who wait"),
                (ROUND, None),
                progress,
                |progress| async move { progress.promote_due().await },
            ),
            task(
                (
                    "achievements",
                    "giving achievements for what was learned before",
                ),
                (ROUND, None),
                progress,
                |progress| async move { progress.evaluate_due().await },
            ),
        ]);
    }
    tasks
}

/// The clock as the database of a module sees it, so that no module rests because the database of another is away.
fn clock_of(modules: &Modules, module: ModuleName) -> Trust {
    let database = modules.databases().of(module).ok();
    let clock = database.map(|database| {
        let clock = TrustedClock::new(database.clone(), Env::system());
        Arc::new(clock)
    });
    Arc::new(move || {
        let clock = clock.clone();
        async move {
            match clock {
                Some(clock) => clock.is_trusted().await,
                None => false,
            }
        }
        .boxed()
    })
}

/// A line of the table: name and purpose; period, and the clock that it needs; on what it works, and how.
fn task<M, F, T, E>(
    (name, purpose): (&'static str, &'static str),
    (period, needs): (Duration, Option<&Trust>),
    on: &M,
    run: impl Fn(M) -> F + Send + Sync + 'static,
) -> Task
where
    M: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, E>> + Send + 'static,
    E: Into<Error>,
{
    let on = on.clone();
    let run = move || {
        let done = run(on.clone());
        done.map(|done| done.map(drop).map_err(Into::into)).boxed()
    };
    Task {
        name,
        purpose,
        period,
        needs: needs.cloned(),
        run: Box::new(run),
    }
}

async fn repeat(task: Arc<Task>, metrics: Metrics, stop: CancellationToken) {
    let mut pause = task.period.min(MINUTE);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        pause = task.period;
        if let Some(is_trusted) = &task.needs
            && !is_trusted().await
        {
            continue;
        }
        let done = (task.run)().await;
        metrics.count_maintenance(task.name, done.is_ok());
        if let Err(error) = done {
            let seconds = task.period.as_secs();
            tracing::warn!(error = %error, "{} failed; retrying in {seconds} seconds", task.purpose);
        }
    }
}

async fn rotate_due_keys(user: user::User) -> Result<(), Error> {
    if user.rotate_due_keys().await? {
        tracing::info!("the signing key was rotated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn counted(
        name: &'static str,
        trusted: Option<bool>,
        fails: bool,
    ) -> (Arc<Task>, Arc<AtomicU32>) {
        let runs = Arc::new(AtomicU32::new(0));
        let period = Duration::from_millis(1);
        let run = move |runs: Arc<AtomicU32>| async move {
            runs.fetch_add(1, Ordering::SeqCst);
            match fails {
                true => Err(anyhow::anyhow!("out of order")),
                false => Ok(()),
            }
        };
        let needs = trusted
            .map(|trusted| -> Trust { Arc::new(move || std::future::ready(trusted).boxed()) });
        let task = task((name, "a test"), (period, needs.as_ref()), &runs, run);
        (Arc::new(task), runs)
    }

    fn begin(task: &Arc<Task>, metrics: &Metrics, stop: &CancellationToken) {
        let (task, metrics, stop) = (Arc::clone(task), metrics.clone(), stop.clone());
        tokio::spawn(repeat(task, metrics, stop));
    }

    async fn until(holds: impl Fn() -> bool) {
        let wait = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        waited.expect("it came in time");
    }

    #[tokio::test]
    async fn a_task_that_hangs_or_fails_holds_up_no_other_and_each_is_counted() {
        let (metrics, stop) = (Metrics::new().expect("metrics"), CancellationToken::new());
        let hanging = task(
            ("hanging", "a test"),
            (Duration::from_millis(1), None),
            &(),
            |()| std::future::pending::<Result<(), Error>>(),
        );
        let (failing, failures) = counted("failing", None, true);
        let (working, runs) = counted("working", None, false);
        for task in [&Arc::new(hanging), &failing, &working] {
            begin(task, &metrics, &stop);
        }
        until(|| failures.load(Ordering::SeqCst) > 2 && runs.load(Ordering::SeqCst) > 2).await;
        stop.cancel();
        let text = metrics.text().expect("text");
        for (name, result) in [("failing", "failed"), ("working", "ok")] {
            let line =
                format!("gopro_maintenance_runs_total{{result=\"{result}\",task=\"{name}\"}}");
            assert!(text.contains(&line), "{text}");
        }
        assert!(!text.contains("hanging"), "{text}");
    }

    #[tokio::test]
    async fn what_cannot_be_undone_rests_while_the_clock_cannot_be_trusted() {
        let (metrics, stop) = (Metrics::new().expect("metrics"), CancellationToken::new());
        let (resting, rests) = counted("resting", Some(false), false);
        let (working, runs) = counted("working", None, false);
        for task in [&resting, &working] {
            begin(task, &metrics, &stop);
        }
        until(|| runs.load(Ordering::SeqCst) > 20).await;
        stop.cancel();
        assert_eq!(rests.load(Ordering::SeqCst), 0);
    }
}
