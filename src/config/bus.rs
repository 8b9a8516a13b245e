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
    /// The prefix of the exchange and queue names. Each installation at a virtual host needs one of its own, or its events go to the users of the other.
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
    if tree["bus"]["kind"] != "rabbitmq" {
        return faults;
    }
    if tree["bus"]["url"].as_str().is_none_or(str::is_empty) {
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
