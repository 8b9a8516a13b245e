//! A module for a command, beside a server that may run.

use anyhow::{Result, bail};
use user::User;

use super::{Databases, Modules};
use crate::config::Settings;
use crate::data;

impl Modules {
    /// Opens the user module alone, beside a server that may run.
    ///
    /// # Errors
    /// One sentence when there is no data yet or it cannot be used.
    pub async fn attach_user(settings: &Settings) -> Result<User> {
        let databases = Databases::attach(settings).await?;
        databases.refuse_pending().await?;
        let folder = &settings.data.folder;
        let Some(key) = data::find_master_key(folder, &settings.auth.master_key)? else {
            bail!(
                "there is no master key in {}; start the server once with gopro serve, or set auth.master_key",
                folder.display()
            );
        };
        databases.open_user(settings, key).await
    }
}
