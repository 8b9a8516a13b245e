//! `gopro progress` verifies what is shown of learners, and makes it anew.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use progress::{Projection, Rebuilt};

use super::output::say;
use crate::config::Settings;
use crate::module_name::ModuleName;
use crate::modules::Databases;

#[derive(Debug, Subcommand)]
pub(super) enum Progress {
    /// Check that progress, points, streaks, and leaderboards are what the activity log says.
    Verify,
    /// Make progress, points, streaks, and leaderboards anew from the activity log, while the server runs.
    ///
    /// Until the end, everybody sees what was there before. A rebuild that was stopped continues when it is started again.
    Rebuild {
        /// Which of them; all if it is not given.
        #[arg(long = "projection", value_name = "NAME", value_parser = projections())]
        projections: Vec<Projection>,
    },
}

fn projections() -> impl TypedValueParser<Value = Projection> {
    let names = Projection::ALL.map(Projection::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Projection>())
}

impl Progress {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let databases = Databases::attach(&settings).await?;
        databases.refuse_pending().await?;
        let database = databases.of(ModuleName::Progress)?;
        let projections = match self {
            Self::Verify => return verify(database).await,
            Self::Rebuild { projections } if projections.is_empty() => Projection::ALL.to_vec(),
            Self::Rebuild { projections } => projections,
        };
        let (begun, env) = (Instant::now(), kernel::Env::system());
        let rebuilt = progress::Progress::rebuild(database, &env, &projections).await?;
        let Rebuilt { learners, facts } = rebuilt;
        let taken = begun.elapsed().as_secs_f64();
        let names: Vec<&str> = projections.iter().map(|one| one.name()).collect();
        say(&format!(
            "Rebuilt {} from {facts} fact(s) of {learners} learner(s) in {taken:.1} s.",
            names.join(", ")
        ));
        Ok(())
    }
}

async fn verify(database: &database::Database) -> Result<()> {
    let mismatches = progress::Progress::verify_log(database).await?;
    if mismatches.is_empty() {
        say("All progress is what the activity log says.");
        return Ok(());
    }
    for mismatch in &mismatches {
        say(&mismatch.subject);
        say(&format!("  expected {}", mismatch.expected));
        say(&format!("  found    {}", mismatch.found));
    }
    bail!(
        "{} value(s) differ from the activity log; run gopro progress rebuild, and report them with the output of gopro doctor",
        mismatches.len()
    )
}
