//! The settings of the bus, and the rules that a schema cannot express.

use kernel::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusSettings {
    /// The transport for events: `memory` (within this process) or `rabbitmq` (between processes; requires a build with that feature).
    #[schema(value_type = String, pattern = "^(memory|rabbitmq)$")]
    pub kind: BusKind,
    /// The URL of the RabbitMQ broker: `amqp://user:password@host:5672/vhost`, or `amqps://`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(amqps?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// The prefix of the exchange and queue names, so that installations can share a virtual host.
    #[schema(pattern = "^[a-z0-9-]{1,60}$")]
    pub prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BusKind {
    Memory,
    #[cfg(feature = "rabbitmq")]
    Rabbitmq,
}

pub(super) fn faults(tree: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let has_url = tree["bus"]["url"]
        .as_str()
        .is_some_and(|url| !url.is_empty());
    if tree["bus"]["kind"] == "memory" && has_url {
        faults.push(
            "  bus.url: set bus.kind to rabbitmq as well, because memory uses no broker; or remove bus.url"
                .to_owned(),
        );
    }
    if tree["bus"]["kind"] != "rabbitmq" {
        return faults;
    }
    if !has_url {
        faults.push(
            "  bus.url: rabbitmq requires the URL of a broker, such as amqp://user:password@host:5672/vhost"
                .to_owned(),
        );
    }
    if !cfg!(feature = "rabbitmq") {
        faults.push(
            "  bus.kind: this build has no RabbitMQ; set memory, or build with --features rabbitmq"
                .to_owned(),
        );
    }
    faults
}
