//! A module moves out of a running monolith into a process of its own, and back, while changes go on.

use database::inbox;
use gopro::module_name::ModuleName;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::process::{quiet_port, seed_demo};
use crate::support::storage::Storage;
use crate::support::{Client, Process, split};

/// Where the modules are, and where users come in.
struct Deployment {
    storage: Storage,
    common: Vec<String>,
    rpc: String,
}

impl Deployment {
    fn serve(&self, modules: &str) -> Process {
        let mut settings = self.common.clone();
        settings.push(format!("modules.run={modules}"));
        if modules.contains("user") {
            settings.push(format!("rpc.address={}", self.rpc));
        }
        Process::begin(&self.storage, "serve", &settings)
    }

    async fn front(&self, monolith: &Process, notification: &Process) -> Process {
        let mut settings = self.common.clone();
        for module in ["user", "course", "progress"] {
            settings.push(format!("gateway.{module}={}", monolith.url));
        }
        settings.push(format!("gateway.notification={}", notification.url));
        let mut front = Process::begin(&self.storage, "gateway", &settings);
        front.wait_until_ready().await;
        front
    }
}

async fn rename(client: &Client, count: u64, total: &mut u64) {
    for _ in 0..count {
        *total += 1;
        let name = json!({ "display_name": format!("Lea the {total}th") });
        let changed = client.patch("/api/v1/users/me", name).await;
        changed.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_moves_out_of_a_running_monolith_and_back_and_nothing_is_lost() {
    const ALL: &str = "user,course,progress,notification";
    let storage = Storage::new().await;
    if !split::possible(&storage) {
        return;
    }
    seed_demo(&storage);
    let key = storage.folder.path().join("data/master.key");
    let rpc = format!("127.0.0.1:{}", quiet_port());
    let place = Deployment {
        common: vec![
            format!("auth.master_key_file={}", key.display()),
            "database.max_connections=2".to_owned(),
            format!("rpc.user=http://{rpc}"),
            format!("rpc.course=http://{rpc}"),
        ],
        storage,
        rpc,
    };
    let mut total = 0;

    let mut monolith = place.serve(ALL);
    monolith.wait_until_ready().await;
    let front = place.front(&monolith, &monolith).await;
    let mut client = front.client();
    client.log_in("learner", PASSWORD).await;
    rename(&client, 20, &mut total).await;

    // Out: a process of its own beside the monolith, then the monolith without it.
    let mut service = place.serve("notification");
    service.wait_until_ready().await;
    let front_out = place.front(&monolith, &service).await;
    client = client.at(&front_out.url);
    drop(front);
    rename(&client, 20, &mut total).await;
    assert_eq!(monolith.terminate(), 0);
    let mut rest = place.serve("user,course,progress");
    rest.wait_until_ready().await;
    let front_rest = place.front(&rest, &service).await;
    client = client.at(&front_rest.url);
    drop(front_out);
    rename(&client, 20, &mut total).await;
    let away = client.get("/api/v1/notifications").await.expect_status(200);
    assert!(!away["items"].as_array().expect("items").is_empty());

    // Back: the whole monolith again, and no service.
    assert_eq!(rest.terminate(), 0);
    let mut monolith = place.serve(ALL);
    monolith.wait_until_ready().await;
    let front_back = place.front(&monolith, &monolith).await;
    client = client.at(&front_back.url);
    drop(front_rest);
    rename(&client, 20, &mut total).await;
    assert_eq!(service.terminate(), 0);
    rename(&client, 20, &mut total).await;

    place.storage.settle(&[&monolith.internal_url]).await;
    let databases = place.storage.databases().await;
    for module in [ModuleName::Progress, ModuleName::Notification] {
        let heard = inbox::Entity::find()
            .filter(inbox::Column::Kind.eq("user.updated.v1"))
            .filter(inbox::Column::State.eq(inbox::DONE))
            .count(databases.of(module).expect("a module").read());
        assert_eq!(heard.await.expect("an inbox"), total, "{module:?}");
    }
    let home = client.get("/api/v1/notifications").await.expect_status(200);
    assert_eq!(home["items"], away["items"], "the inbox is the same");
}
