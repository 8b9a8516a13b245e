//! Which modules run here and where the others are, and what a schema cannot say of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::modules::ModuleName;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModulesSettings {
    /// The modules that run in this process, as `serve --modules` says too. A part of them needs `bus.kind = "rabbitmq"`.
    #[schema(value_type = Vec<String>, inline, min_items = 1, max_items = 4)]
    pub run: Vec<ModuleName>,
}

impl ModulesSettings {
    /// The modules that run here, each once and in the order of their names' list.
    pub fn here(&self) -> impl Iterator<Item = ModuleName> {
        let all = ModuleName::ALL.into_iter();
        all.filter(|module| self.run.contains(module))
    }
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// Where `gopro gateway` finds the API of the user module: `http://host:port`, and one more for each further instance.
    #[schema(inline, max_items = 100)]
    pub user: Vec<String>,
    /// Where it finds the API of the course module.
    #[schema(inline, max_items = 100)]
    pub course: Vec<String>,
    /// Where it finds the API of the progress module.
    #[schema(inline, max_items = 100)]
    pub progress: Vec<String>,
    /// Where it finds the API of the notification module.
    #[schema(inline, max_items = 100)]
    pub notification: Vec<String>,
    /// How many requests a process of the gateway has under way at one service; more wait 50 ms and are put off.
    #[schema(minimum = 1, maximum = 100000)]
    pub concurrency: usize,
}

impl GatewaySettings {
    /// Where the API of a module is answered; empty when nobody has said so.
    pub fn upstream(&self, module: ModuleName) -> &[String] {
        match module {
            ModuleName::User => &self.user,
            ModuleName::Course => &self.course,
            ModuleName::Progress => &self.progress,
            ModuleName::Notification => &self.notification,
        }
    }
}

/// A part of the modules needs a way to the others.
pub(super) fn faults(tree: &Value) -> Vec<String> {
    let run: Vec<&str> = tree["modules"]["run"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut faults = Vec::new();
    let unknown = run
        .iter()
        .filter(|name| !ModuleName::ALL.iter().any(|known| known.as_str() == **name));
    faults.extend(unknown.map(|name| {
        format!("  modules.run: {name:?} is no module; use user, course, progress or notification")
    }));
    if run.is_empty()
        || ModuleName::ALL
            .iter()
            .all(|module| run.contains(&module.as_str()))
    {
        return faults;
    }
    if tree["bus"]["kind"] == "memory" {
        faults.push(
            "  bus.kind: events leave this process only by rabbitmq, which a part of the modules needs"
                .to_owned(),
        );
    }
    if tree["database"]["url"].as_str().is_none_or(str::is_empty) {
        faults.push(
            "  database.url: a part of the modules needs the PostgreSQL of its installation; files of its own would take events that the others never see"
                .to_owned(),
        );
    }
    if tree["auth"]["master_key"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        faults.push(
            "  auth.master_key: the processes of one installation need the same one; set it, or auth.master_key_file"
                .to_owned(),
        );
    }
    for (module, askers) in [
        ("user", ["course", "progress", "notification"].as_slice()),
        ("course", &["progress"]),
    ] {
        let needed = !run.contains(&module) && askers.iter().any(|asker| run.contains(asker));
        if needed && tree["rpc"][module].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!(
                "  rpc.{module}: the {module} module does not run here; say where it is asked, such as http://{module}:9090"
            ));
        }
    }
    faults
}
