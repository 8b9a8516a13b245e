//! `gopro doctor` checks an installation for problems.

use anyhow::{Context, Error, Result, bail};
use database::Database;
use kernel::{Env, ExposeSecret};
use user::User;

use super::output::{chain, say};
use crate::cache::Cache;
#[cfg(feature = "rabbitmq")]
use crate::config::BusKind;
use crate::config::{RpcSettings, Settings};
use crate::data;
use crate::gateway::lag::Lag;
use crate::module_name::ModuleName;
#[cfg(feature = "rabbitmq")]
use crate::modules::broker;
use crate::modules::{Databases, asset_store, consistency_of, mail_settings, providers};

/// Runs each check by itself, so that one error does not hide another.
pub(super) async fn run(settings: Settings) -> Result<()> {
    say("ok    the configuration is valid");
    let mut stops = Vec::new();
    let checked = check_databases(&settings, &mut stops).await;
    let mut faults = found(checked, &mut stops);
    faults += found(check_peers(&settings).await, &mut stops);
    faults += found(check_cache(&settings).await, &mut stops);
    faults += found(check_mail(&settings).await, &mut stops);
    faults += found(check_providers(&settings).await, &mut stops);
    #[cfg(feature = "rabbitmq")]
    {
        faults += found(check_bus(&settings).await, &mut stops);
    }
    if settings.public_url().starts_with("http://") && !settings.server.address.ip().is_loopback() {
        say("warn  server.public_url is not https: put a TLS proxy in front before others use it");
    }
    if settings.rpc.is_unprotected() {
        say(
            "warn  rpc.address has no TLS: keep it in a private network, or set rpc.certificate_file, rpc.key_file and rpc.ca_file",
        );
    }
    match (faults, stops.pop()) {
        (0, _) => Ok(()),
        (1, Some(only)) => Err(only),
        _ => bail!(
            "found {faults} problem{}, see above",
            if faults == 1 { "" } else { "s" }
        ),
    }
}

/// The number of errors that a check found; an error that stopped it counts as one.
fn found(checked: Result<usize>, stops: &mut Vec<Error>) -> usize {
    checked.unwrap_or_else(|error| {
        say(&format!("FAIL  {}", chain(&error)));
        stops.push(error);
        1
    })
}

async fn check_databases(settings: &Settings, stops: &mut Vec<Error>) -> Result<usize> {
    let databases = Databases::attach(settings).await?;
    say("ok    the databases respond");
    let mut faults = found(check_folder(settings), stops);
    faults += found(check_server(settings, &databases).await, stops);
    faults += found(check_assets(settings).await, stops);
    for (name, state) in databases.states().await? {
        let module = name.as_str();
        if state.pending.is_empty() {
            say(&format!("ok    the schema of {module} is up to date"));
        } else if settings.migrates_on_start() {
            say(&format!(
                "ok    the schema of {module} is out of date and will be migrated at startup"
            ));
        } else {
            faults += 1;
            say(&format!(
                "FAIL  the schema of {module} is out of date: run gopro migrate up"
            ));
        }
        if state.pending.is_empty() {
            let database = databases.of(name)?;
            faults += found(check_events(module, database).await, stops);
            if name == ModuleName::User {
                faults += found(check_master_key(settings, &databases).await, stops);
            }
        }
    }
    Ok(faults)
}

/// All modules here use the same server, so checking one of them is enough.
async fn check_server(settings: &Settings, databases: &Databases) -> Result<usize> {
    if settings.embedded() {
        return Ok(0);
    }
    let Some((_, database)) = databases.all().next() else {
        return Ok(0);
    };
    let modules = u32::try_from(databases.all().count())?;
    // One more connection listens for the commits of other processes.
    let connections = modules * settings.database.connections() + 1;
    let faults = database::unsafe_settings(database, connections).await?;
    for fault in &faults {
        say(&format!("FAIL  {fault}"));
    }
    if faults.is_empty() {
        say("ok    PostgreSQL keeps every acknowledged commit");
    }
    Ok(faults.len())
}

/// Whether the processes that this one calls respond, and whether clocks and settings agree.
async fn check_peers(settings: &Settings) -> Result<usize> {
    let key = data::find_master_key(&settings.data.folder, &settings.auth.master_key)?;
    let consistency = consistency_of(settings, key.as_ref(), &Env::system());
    let tls = settings.rpc.tls()?;
    let mut faults = 0;
    for (key, urls) in [
        ("rpc.user", &settings.rpc.user),
        ("rpc.course", &settings.rpc.course),
    ] {
        let peers = RpcSettings::peers(key, urls, tls.as_ref(), &consistency)?;
        for (url, peer) in urls.iter().zip(peers) {
            match peer.ping().await {
                Ok(()) => say(&format!("ok    {url} responds")),
                Err(error) => {
                    faults += 1;
                    say(&format!(
                        "FAIL  {url} does not respond ({error}): check {key} and whether that process is running"
                    ));
                }
            }
        }
    }
    let differences = consistency.faults();
    for fault in &differences {
        say(&format!("FAIL  {fault}"));
    }
    for warning in consistency.warnings() {
        say(&format!("warn  {warning}"));
    }
    if !consistency.peers().is_empty() && differences.is_empty() {
        say("ok    clocks and settings of the processes agree");
    }
    Ok(faults + differences.len())
}

/// Only the process that has the courses keeps assets.
async fn check_assets(settings: &Settings) -> Result<usize> {
    let mut here = settings.modules.here();
    // The server makes the folder, through which assets pass on their way into a bucket too.
    if !settings.data.folder.exists() || !here.any(|module| module == ModuleName::Course) {
        return Ok(0);
    }
    let probed = asset_store(settings)?.probe().await;
    probed.context("the asset store cannot be used; check the settings under assets")?;
    say("ok    the asset store can be written and read");
    Ok(0)
}

/// Only the process that sends emails needs the server.
async fn check_mail(settings: &Settings) -> Result<usize> {
    if !settings
        .modules
        .here()
        .any(|module| module == ModuleName::Notification)
    {
        return Ok(0);
    }
    if settings.mail.smtp_url.expose_secret().is_empty() {
        say("warn  mail.smtp_url is empty: emails are written to files and not delivered");
        return Ok(0);
    }
    let mail = mail_settings(settings, &settings.data.folder)?;
    if let Some((name, _)) = mail.dkim_record()? {
        say(&format!(
            "ok    emails are signed; other servers look up {name}, and gopro mail dkim prints what it must say"
        ));
    }
    mail.try_server()
        .await
        .context("the mail server cannot be used, and emails wait")?;
    say(
        "ok    the mail server accepts these settings; to send a test email: gopro mail test ADDRESS",
    );
    Ok(0)
}

async fn check_providers(settings: &Settings) -> Result<usize> {
    if !settings
        .modules
        .here()
        .any(|module| module == ModuleName::User)
    {
        return Ok(0);
    }
    let ca_pem = settings.tls.ca_pem()?;
    let (all, public_url, env) = (providers(settings), settings.public_url(), Env::system());
    let checks = user::check_providers(&all, &public_url, &ca_pem, &env).await?;
    let mut faults = 0;
    for check in checks {
        let name = &check.name;
        match check.fault {
            None => say(&format!("ok    the identity provider {name} responds")),
            Some(fault) => {
                faults += 1;
                say(&format!(
                    "FAIL  nobody can sign in with the identity provider {name}: {fault}"
                ));
            }
        }
    }
    Ok(faults)
}

/// Redis is optional, so its absence is not an error.
async fn check_cache(settings: &Settings) -> Result<usize> {
    match Cache::new(&settings.cache, &settings.tls)?.check().await {
        Some(Ok(())) => say("ok    the cache responds"),
        Some(Err(error)) => say(&format!(
            "warn  the cache does not respond ({error}): each process counts requests by itself; check cache.url and whether Redis is running"
        )),
        None => {}
    }
    Ok(0)
}

#[cfg(feature = "rabbitmq")]
async fn check_bus(settings: &Settings) -> Result<usize> {
    if settings.bus.kind != BusKind::Rabbitmq {
        return Ok(0);
    }
    let broker = broker(settings)?;
    match broker.check().await {
        Ok(()) => {
            say("ok    the broker responds");
            check_queues(settings, &broker).await?;
            Ok(0)
        }
        Err(error) if error.starts_with("bus.prefix") => {
            say(&format!("FAIL  {error}"));
            Ok(1)
        }
        Err(error) => {
            say(&format!(
                "FAIL  cannot connect to the broker ({error}): events stay in the outboxes; check bus.url and whether RabbitMQ is running"
            ));
            Ok(1)
        }
    }
}

/// What waits at the broker is in no database. Nobody takes it in while the server is stopped, so it is no error.
#[cfg(feature = "rabbitmq")]
async fn check_queues(settings: &Settings, broker: &rabbit::RabbitSettings) -> Result<()> {
    for module in settings.modules.here().map(ModuleName::as_str) {
        let held = broker.held_for(module).await.map_err(Error::msg)?;
        let Some(held) = held else {
            continue;
        };
        if held.events > 0 && held.consumers == 0 {
            say(&format!(
                "warn  {} event(s) wait at the broker, and no process takes them into {module}: start it, or see its log and /health",
                held.events
            ));
        }
        if held.dead > 0 {
            say(&format!(
                "warn  {} message(s) for {module} are no events: see the queue {}.{module}.dead at the broker",
                held.dead, settings.bus.prefix
            ));
        }
    }
    Ok(())
}

/// With PostgreSQL the folder holds the master key and the emails, and may not exist yet.
fn check_folder(settings: &Settings) -> Result<usize> {
    let folder = &settings.data.folder;
    let shown = folder.display();
    if !folder.exists() {
        say(&format!(
            "warn  the data folder {shown} does not exist: the server creates it at startup"
        ));
        return Ok(0);
    }
    data::try_writing(folder)?;
    say(&format!("ok    the data folder {shown} is writable"));
    for path in data::readable_by_others(folder) {
        let path = path.display();
        say(&format!(
            "warn  {path} can be read by other users of this machine: run chmod go= {path}"
        ));
    }
    Ok(0)
}

async fn check_master_key(settings: &Settings, databases: &Databases) -> Result<usize> {
    let found = data::find_master_key(&settings.data.folder, &settings.auth.master_key)?;
    let Some(key) = found else {
        if User::has_secrets(databases.of(ModuleName::User)?).await? {
            bail!(data::lost_master_key(&settings.data.folder));
        }
        say("warn  there is no master key yet: the server creates it at startup");
        return Ok(0);
    };
    databases.open_user(settings, key).await?;
    say("ok    the master key decrypts the signing keys");
    Ok(0)
}

/// Dead letters and outbox events that cannot be published are different faults: the former are
/// replayed or discarded by a command, the latter block later events of their aggregate.
async fn check_events(module: &str, database: &Database) -> Result<usize> {
    let backlog = bus::backlog(database).await?;
    let lag = Lag::of(&backlog, Env::system().now());
    if lag.is_late() {
        say(&format!(
            "warn  {module} has {} waiting event(s), the oldest of which has waited for {} s: start the server, or see its log and /health",
            lag.waiting,
            lag.seconds()
        ));
    }
    let mut faults = 0;
    if backlog.inbox_parked > 0 {
        faults += 1;
        say(&format!(
            "FAIL  {module} has {} dead letter(s): run gopro events dead-letters list",
            backlog.inbox_parked
        ));
    }
    if backlog.outbox_parked > 0 {
        faults += 1;
        say(&format!(
            "FAIL  {module} has {} event(s) in its outbox that cannot be published and block later ones: see docs/operations/health.md",
            backlog.outbox_parked
        ));
    }
    if faults == 0 {
        say(&format!(
            "ok    {module} has no dead letters and no blocked outbox"
        ));
    }
    Ok(faults)
}
