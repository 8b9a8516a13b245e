//! `gopro audit` verifies the audit log.

use anyhow::{Result, bail};
use clap::Subcommand;
use user::AuditVerification;

use super::output::say;
use crate::config::Settings;
use crate::modules::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Check that no row of the audit log was changed, removed, or moved since it was written.
    Verify,
}

impl Audit {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        let Self::Verify = self;
        let user = Modules::attach_user(&settings).await?;
        match user.verify_audit().await? {
            AuditVerification::Whole { rows } => {
                say(&format!("The audit log is intact: {rows} row(s)."));
                Ok(())
            }
            AuditVerification::Broken { sequence, fault } => bail!(
                "the audit log was changed at row {sequence}: {fault}; compare it with your last backup"
            ),
        }
    }
}
