//! `gopro saga` deals with exports and erasures that have stopped.

use anyhow::{Result, bail};
use clap::Subcommand;
use database::saga::Saga as Work;
use kernel::{Ambient, Operation, SagaId};

use super::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Saga {
    /// List exports and erasures of accounts, the newest first.
    List,
    /// Show one with the steps that are done.
    Show { saga: SagaId },
    /// Let a failed one try its step again.
    Retry { saga: SagaId },
}

impl Saga {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let user = Modules::visit_user(&settings, &Ambient::system()).await?;
        match self {
            Self::List => {
                let sagas = user.sagas().await?;
                if sagas.is_empty() {
                    say("There are no exports and no erasures.");
                }
                for saga in sagas {
                    say(&line(&saga));
                }
            }
            Self::Show { saga } => {
                let Some((saga, steps)) = user.saga(saga).await? else {
                    bail!("there is no saga with this id; gopro saga list shows them");
                };
                say(&line(&saga));
                if let Some(error) = &saga.error {
                    say(error);
                }
                for done in steps {
                    // The steps of an export hold what the person asked for, which is nobody else's.
                    let result = match saga.kind.as_str() {
                        "erasure" => done.result,
                        _ => String::new(),
                    };
                    say(&format!("  {:<13} {} {result}", done.step, done.done_at));
                }
            }
            Self::Retry { saga } => {
                let operation = Operation::system("gopro saga retry");
                if !user.retry_saga(&operation, saga).await? {
                    bail!("there is no failed saga with this id; gopro saga list shows them");
                }
                say(
                    "A running server goes on with it within a second or two, another one when it starts.",
                );
            }
        }
        Ok(())
    }
}

fn line(saga: &Work) -> String {
    format!(
        "{} {:<8} {:<9} {:<13} {} of {}",
        saga.id,
        saga.kind,
        saga.state.as_str(),
        saga.step,
        saga.created_at,
        saga.subject
    )
}
