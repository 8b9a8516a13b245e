//! `gopro doctor` looks for what is wrong with an installation.

use anyhow::{Result, bail};
use database::Database;
use kernel::ExposeSecret;

use super::say;
use crate::cache::Cache;
#[cfg(feature = "rabbitmq")]
use crate::config::BusKind;
use crate::config::Settings;
use crate::data;
use crate::modules::{Databases, ModuleName};

/// Goes from the outside in and stops where nothing further can be seen.
pub(super) async fn run(settings: Settings) -> Result<()> {
    say("ok    the configuration is good");
    let databases = Databases::visit(&settings).await?;
    say("ok    the databases answer");
    check_folder(&settings)?;
    let mut faults = check_server(&settings, &databases).await?;
    for (name, state) in databases.states().await? {
        let module = name.as_str();
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
        if state.pending.is_empty() {
            faults += check_events(module, databases.of(name)?).await?;
            if name == ModuleName::User {
                check_master_key(&settings, &databases).await?;
            }
        }
    }
    check_cache(&settings).await?;
    #[cfg(feature = "rabbitmq")]
    {
        faults += check_bus(&settings).await;
    }
    if settings.public_url().starts_with("http://") && !settings.server.address.ip().is_loopback() {
        say(
            "warn  server.public_url is not https: put a TLS proxy in front before others use this",
        );
    }
    if settings.rpc.is_unprotected() {
        say(
            "warn  rpc.address has no TLS: keep it in a private network, or set rpc.certificate_file, rpc.key_file and rpc.ca_file",
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

/// All modules here have the same server, so one of them is asked.
async fn check_server(settings: &Settings, databases: &Databases) -> Result<usize> {
    if settings.embedded() {
        return Ok(0);
    }
    let Some((_, database)) = databases.all().next() else {
        return Ok(0);
    };
    let modules = u32::try_from(databases.all().count())?;
    // One more hears of the commits of other processes.
    let connections = modules * settings.database.max_connections + 1;
    let faults = database::unsafe_settings(database, connections).await?;
    for fault in &faults {
        say(&format!("FAIL  {fault}"));
    }
    if faults.is_empty() {
        say("ok    PostgreSQL keeps what it has acknowledged");
    }
    Ok(faults.len())
}

/// Redis is never needed, so its absence is no fault.
async fn check_cache(settings: &Settings) -> Result<()> {
    match Cache::new(&settings.cache)?.check().await {
        Some(Ok(())) => say("ok    the cache answers"),
        Some(Err(error)) => say(&format!(
            "warn  the cache does not answer ({error}): each process counts requests by itself; look at cache.url and whether Redis runs"
        )),
        None => {}
    }
    Ok(())
}

#[cfg(feature = "rabbitmq")]
async fn check_bus(settings: &Settings) -> usize {
    if settings.bus.kind != BusKind::Rabbitmq {
        return 0;
    }
    let broker = bus::RabbitSettings {
        url: settings.bus.url.clone(),
        prefix: settings.bus.prefix.clone(),
    };
    match broker.check().await {
        Ok(()) => {
            say("ok    the broker answers");
            0
        }
        Err(error) => {
            say(&format!(
                "FAIL  the broker does not let this process in ({error}): events stay in the outboxes; look at bus.url and whether RabbitMQ runs"
            ));
            1
        }
    }
}

/// With PostgreSQL the folder holds the master key and the mails, and may be still to come.
fn check_folder(settings: &Settings) -> Result<()> {
    let folder = &settings.data.folder;
    let shown = folder.display();
    if !folder.exists() {
        say(&format!(
            "warn  the data folder {shown} is not there: the server makes it when it starts"
        ));
        return Ok(());
    }
    data::try_writing(folder)?;
    say(&format!("ok    the data folder {shown} can be written"));
    Ok(())
}

async fn check_master_key(settings: &Settings, databases: &Databases) -> Result<()> {
    let found = data::find_master_key(&settings.data.folder, &settings.auth.master_key)?;
    let Some(key) = found else {
        say("warn  there is no master key yet: the server makes it when it starts");
        return Ok(());
    };
    databases.try_master_key(settings, key).await?;
    say("ok    the master key opens the signing keys");
    Ok(())
}

async fn check_events(module: &str, database: &Database) -> Result<usize> {
    let backlog = bus::backlog(database).await?;
    let parked = backlog.outbox_parked + backlog.inbox_parked;
    if parked == 0 {
        say(&format!("ok    {module} has no parked events"));
        return Ok(0);
    }
    say(&format!(
        "FAIL  {module} has {parked} parked event(s): gopro events dead-letters list"
    ));
    Ok(1)
}
