//! `gopro audit` shows whether the audit log is whole.

use anyhow::{Result, bail};
use clap::Subcommand;
use kernel::Ambient;
use user::AuditVerdict;

use super::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check that no row of the audit log was changed, removed or moved since it was written.
    Verify,
}

impl Audit {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let Self::Verify = self;
        let user = Modules::visit_user(&settings, &Ambient::system()).await?;
        match user.verify_audit().await? {
            AuditVerdict::Whole { rows } => {
                say(&format!("The audit log is whole: {rows} row(s)."));
                Ok(())
            }
            AuditVerdict::Broken { sequence, fault } => bail!(
                "the audit log was changed at row {sequence}: {fault}; compare it with your last backup"
            ),
        }
    }
}
