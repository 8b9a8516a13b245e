//! `gopro keys rotate-master`: everything that the master key has sealed is sealed anew in one
//! transaction. Where that was interrupted, running the command again finishes it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kernel::{Env, ExposeSecret, Operation, SecretString};

use super::output::say;
use crate::config::{Settings, check_master_key};
use crate::data::{self, DataFolder};
use crate::modules::Databases;

pub(super) async fn rotate(settings: &Settings, new_key_file: Option<&Path>) -> Result<()> {
    let databases = Databases::attach(settings).await?;
    databases.refuse_pending().await?;
    // Nobody else replaces the key of this folder meanwhile, and no server runs on its SQLite. One on
    // PostgreSQL that was forgotten notices the new key and refuses to record anything.
    let folder = DataFolder::open(&settings.data.folder, true)?;
    let configured = &settings.auth.master_key;
    match (configured.expose_secret().is_empty(), new_key_file) {
        (true, None) => rotate_in_folder(settings, &databases, &folder).await?,
        (false, Some(file)) => rotate_configured(settings, &databases, file).await?,
        (true, Some(_)) => bail!(
            "the master key is in {} and is replaced there; run gopro keys rotate-master without --new-key-file",
            folder.path().display()
        ),
        (false, None) => bail!(
            "the master key is set in the configuration; write a new one to a file, such as with openssl rand -base64 32, and run gopro keys rotate-master --new-key-file FILE"
        ),
    }
    Ok(())
}

async fn rotate_in_folder(
    settings: &Settings,
    databases: &Databases,
    folder: &DataFolder,
) -> Result<()> {
    folder.refuse_linked_key()?;
    let (present, next) = folder.present_and_next_key()?;
    let present = present.with_context(|| data::lost_master_key(folder.path()))?;
    // Only the data knows whether the interrupted replacement was committed.
    let committed = match next {
        Some(next) => databases.open_user(settings, next).await.is_ok(),
        None => false,
    };
    if !committed {
        let user = databases.open_user(settings, present.clone()).await?;
        let next = folder.make_next_key(&Env::system())?;
        let replaced = user.replace_master_key(&operation(), next.clone()).await;
        if let Err(error) = replaced {
            // The connection may have been lost after the commit.
            if databases.open_user(settings, next).await.is_err() {
                drop(databases.open_user(settings, present).await?);
                folder.discard_next_key()?;
                return Err(error.into());
            }
        }
    }
    folder.adopt_next_key()?;
    say(
        "The master key was replaced. Back up master.key; the key that you backed up before still opens the earlier backups.",
    );
    Ok(())
}

async fn rotate_configured(settings: &Settings, databases: &Databases, file: &Path) -> Result<()> {
    let present = &settings.auth.master_key;
    let next = read(file)?;
    if next.expose_secret() == present.expose_secret() {
        bail!(
            "{} has the present master key; write a new one to it",
            file.display()
        );
    }
    // It was replaced before, by a run that was interrupted or whose success was not seen.
    if databases.open_user(settings, next.clone()).await.is_err() {
        let user = databases.open_user(settings, present.clone()).await?;
        user.replace_master_key(&operation(), next).await?;
    }
    say(
        "The master key was replaced. Set auth.master_key to the new one for every process before you start it; the old one still opens the earlier backups.",
    );
    Ok(())
}

fn read(file: &Path) -> Result<SecretString> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read {shown}; check --new-key-file"))?;
    if !file.is_file() {
        bail!("{shown} is not a regular file; write the key to one, which can be read again");
    }
    let text = text.trim();
    if let Err(why) = check_master_key(text) {
        bail!("the key in {shown} {why}");
    }
    Ok(text.to_owned().into())
}

fn operation() -> Operation {
    Operation::system("gopro keys rotate-master")
}
