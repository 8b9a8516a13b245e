//! `gopro sagas` lists, shows, and retries exports and erasures.

use anyhow::{Result, bail};
use clap::Subcommand;
use database::saga::Saga;
use kernel::{Operation, SagaId};

use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Sagas {
    /// List exports and erasures of accounts, newest first.
    List,
    /// Show a saga with its completed steps.
    Show { saga: SagaId },
    /// Retry the failed step of a saga.
    Retry { saga: SagaId },
}

impl Sagas {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let user = Modules::attach_user(&settings).await?;
        match self {
            Self::List => {
                let sagas = user.sagas().await?;
                if sagas.is_empty() {
                    say("There are no exports or erasures.");
                }
                for saga in sagas {
                    say(&line(&saga));
                }
            }
            Self::Show { saga } => {
                let Some((saga, steps)) = user.saga(saga).await? else {
                    bail!("there is no saga with this id; gopro sagas list shows them all");
                };
                say(&line(&saga));
                if let Some(error) = &saga.error {
                    say(error);
                }
                for done in steps {
                    say(&format!(
                        "  {:<13} {} {}",
                        done.step, done.done_at, done.result
                    ));
                }
            }
            Self::Retry { saga } => {
                let operation = Operation::system("gopro sagas retry");
                if !user.retry_saga(&operation, saga).await? {
                    bail!("there is no failed saga with this id; gopro sagas list shows them all");
                }
                say(
                    "A running server continues it within two seconds; otherwise it continues at startup.",
                );
            }
        }
        Ok(())
    }
}

fn line(saga: &Saga) -> String {
    format!(
        "{} {:<8} {:<9} {:<13} {} of {}",
        saga.id,
        saga.kind,
        saga.state.into_str(),
        saga.step,
        saga.created_at,
        saga.subject
    )
}
