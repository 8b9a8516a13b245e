//! The split deployment: a process for each module, and the gateway in front of them.

use gopro::module_name::ModuleName;

use super::process::{Process, quiet_port};
use super::storage::Storage;

/// Whether the suite runs on what the split deployment needs; said aloud when it does not.
pub(crate) fn possible(storage: &Storage) -> bool {
    let possible = !storage.database_url.is_empty() && storage.has_broker();
    if !possible {
        testkit::left_out(
            "the split deployment needs GOPRO_TEST_POSTGRES_URL and GOPRO_TEST_BUS=rabbitmq",
        );
    }
    possible
}

/// Starts the five processes on the storage, the gateway first in the list.
pub(crate) async fn serve(storage: &Storage) -> Vec<Process> {
    serve_with(storage, ModuleName::Notification, &[]).await
}

/// As [`serve`], with further settings for the process of one module.
pub(crate) async fn serve_with(
    storage: &Storage,
    other: ModuleName,
    settings_of_other: &[String],
) -> Vec<Process> {
    let asked = [ModuleName::User, ModuleName::Course].map(|module| (module, quiet_port()));
    // The key that the demo was loaded with.
    let key = storage.folder.path().join("data/master.key");
    let mut common = vec![
        format!("auth.master_key_file={}", key.display()),
        // Five processes beside other tests must leave room at the server.
        "database.max_connections=2".to_owned(),
    ];
    common.extend(
        asked
            .iter()
            .map(|(module, port)| format!("rpc.{}=http://127.0.0.1:{port}", module.as_str())),
    );
    let mut services = Vec::new();
    let mut upstreams = common.clone();
    for module in ModuleName::ALL {
        let mut settings = common.clone();
        settings.push(format!("modules.run={}", module.as_str()));
        if module == other {
            settings.extend_from_slice(settings_of_other);
        }
        let mine = asked.iter().find(|(known, _)| *known == module);
        settings.extend(mine.map(|(_, port)| format!("rpc.address=127.0.0.1:{port}")));
        let service = Process::begin(storage, "serve", &settings);
        upstreams.push(format!("gateway.{}={}", module.as_str(), service.url));
        services.push(service);
    }
    services.insert(0, Process::begin(storage, "gateway", &upstreams));
    for service in &mut services {
        service.wait_until_ready().await;
    }
    services
}
