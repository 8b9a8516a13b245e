//! Which modules run here and where the others are, and what a schema cannot say of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::explain::quoted;
use super::nearest::did_you_mean;
use crate::module_name::ModuleName;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModulesSettings {
    /// The modules that run in this process; the same as `serve --modules`. A subset requires `bus.kind = "rabbitmq"`.
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
    /// Where `gopro gateway` finds the API of the user module: `http://host:port`; one URL per instance.
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
    /// The maximum number of concurrent requests from a gateway process to one service; further requests wait 50 ms and are then rejected.
    #[schema(minimum = 1, maximum = 100000)]
    pub concurrency: usize,
}

impl GatewaySettings {
    /// The URLs of the API of a module; empty when none is set.
    pub fn upstream(&self, module: ModuleName) -> &[String] {
        match module {
            ModuleName::User => &self.user,
            ModuleName::Course => &self.course,
            ModuleName::Progress => &self.progress,
            ModuleName::Notification => &self.notification,
        }
    }
}

/// A process with a subset of the modules must be able to reach the others.
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
        let meant = did_you_mean(name, ModuleName::ALL.map(ModuleName::as_str));
        format!(
            "  modules.run: {} is not a module; use user, course, progress or notification{meant}",
            quoted(name)
        )
    }));
    let names = ModuleName::ALL.map(ModuleName::as_str).into_iter();
    let twice: Vec<&str> = names
        .filter(|name| run.iter().filter(|other| *other == name).count() > 1)
        .collect();
    if !twice.is_empty() {
        // What else is missing depends on the modules that were meant.
        faults.push(format!(
            "  modules.run: names {} more than once; name each module once",
            twice.join(" and ")
        ));
        return faults;
    }
    if run.is_empty()
        || ModuleName::ALL
            .iter()
            .all(|module| run.contains(&module.as_str()))
    {
        return faults;
    }
    if tree["bus"]["kind"] == "memory" {
        faults.push(
            "  bus.kind: a subset of the modules requires rabbitmq, because memory passes events only within one process"
                .to_owned(),
        );
    }
    if tree["database"]["url"].as_str().is_none_or(str::is_empty) {
        faults.push(
            "  database.url: a subset of the modules requires the PostgreSQL server of the installation, because the others never see the events in local SQLite files"
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
    for (module, callers) in [
        ("user", ["course", "progress", "notification"].as_slice()),
        ("course", &["progress"]),
    ] {
        let needed = !run.contains(&module) && callers.iter().any(|caller| run.contains(caller));
        if needed && tree["rpc"][module].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!(
                "  rpc.{module}: the {module} module does not run here; set the URL of a process that runs it, such as http://{module}:9090"
            ));
        }
    }
    faults
}
