//! `gopro doctor`

use anyhow::{Result, bail};
use kernel::{Ambient, ExposeSecret};

use super::say;
use crate::config::Settings;
use crate::data::DataFolder;
use crate::modules::{Databases, Modules};

/// Goes from the outside in and stops where nothing further can be seen.
pub(super) async fn run(settings: Settings) -> Result<()> {
    say("ok    the configuration is good");
    let folder = DataFolder::open(&settings.data.folder, settings.embedded())?;
    say(&format!(
        "ok    the data folder {} can be written",
        folder.path().display()
    ));
    let databases = Databases::open(&settings, &folder).await?;
    say("ok    the four databases answer");
    let mut faults = 0;
    for (module, state) in databases.states().await? {
        if state.pending.is_empty() {
            say(&format!("ok    the schema of {module} is up to date"));
        } else if settings.migrates_on_start() {
            say(&format!(
                "ok    the schema of {module} is behind and is brought up to date at start"
            ));
        } else {
            faults += 1;
            say(&format!(
                "FAIL  the schema of {module} is behind: run gopro migrate up"
            ));
        }
    }
    drop(databases);
    drop(folder);
    if faults == 0 {
        faults += check_events(&settings).await?;
    }
    if settings.public_url().starts_with("http://") && !settings.server.address.ip().is_loopback() {
        say(
            "warn  server.public_url is not https: put a TLS proxy in front before others use this",
        );
    }
    if settings.mail.smtp_url.expose_secret().is_empty() {
        say("warn  mail.smtp_url is empty: mails are written to files and reach nobody");
    }
    if faults > 0 {
        bail!("{faults} thing(s) to mend, see above");
    }
    Ok(())
}

async fn check_events(settings: &Settings) -> Result<usize> {
    let (_folder, modules) = Modules::start(settings, &Ambient::system()).await?;
    let mut faults = 0;
    for (module, backlog) in modules.backlogs().await? {
        let parked = backlog.outbox_parked + backlog.inbox_parked;
        if parked > 0 {
            faults += 1;
            say(&format!(
                "FAIL  {module} has {parked} parked event(s): gopro events dead-letters list"
            ));
        } else {
            say(&format!("ok    {module} has no parked events"));
        }
    }
    Ok(faults)
}
