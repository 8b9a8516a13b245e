//! Every setting, one struct per concern: defaults < file < environment < flags.
//! The schema of these types checks them all at once and writes their reference.

mod bus;
mod cache;
mod layers;
mod providers;
mod reference;
mod rpc;
mod topology;
mod values;

pub use bus::{BusKind, BusSettings};
pub use cache::CacheSettings;
pub use layers::{ConfigError, load};
pub use providers::{ProviderKind, ProviderSettings};
pub use reference::reference;
pub use rpc::RpcSettings;
pub use topology::{GatewaySettings, ModulesSettings};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use kernel::{ExposeSecret, Role, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// All settings.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[schema(inline)]
    pub server: ServerSettings,
    #[schema(inline)]
    pub modules: ModulesSettings,
    #[schema(inline)]
    pub rpc: RpcSettings,
    #[schema(inline)]
    pub gateway: GatewaySettings,
    #[schema(inline)]
    pub data: DataSettings,
    #[schema(inline)]
    pub database: DatabaseSettings,
    #[schema(inline)]
    pub migrate: MigrateSettings,
    #[schema(inline)]
    pub bus: BusSettings,
    #[schema(inline)]
    pub cache: CacheSettings,
    #[schema(inline)]
    pub auth: AuthSettings,
    #[schema(inline)]
    pub cors: CorsSettings,
    #[schema(inline)]
    pub limits: LimitSettings,
    #[schema(inline)]
    pub mail: MailSettings,
    #[schema(inline)]
    pub log: LogSettings,
    #[schema(inline)]
    pub demo: DemoSettings,
}

impl Settings {
    /// Whether the data lies in SQLite files of the data folder.
    pub fn embedded(&self) -> bool {
        self.database.url.expose_secret().is_empty()
    }

    /// The address that links and tokens name.
    pub fn public_url(&self) -> String {
        if !self.server.public_url.is_empty() {
            return self.server.public_url.clone();
        }
        let mut address = self.server.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}")
    }

    /// The pages that links in mails open.
    pub fn account_url(&self) -> String {
        match self.auth.account_url.as_str() {
            "" => format!("{}/account", self.public_url().trim_end_matches('/')),
            url => url.to_owned(),
        }
    }

    /// Whether a starting server may change the schema.
    pub fn migrates_on_start(&self) -> bool {
        match self.migrate.on_start {
            OnStart::Always => true,
            OnStart::Never => false,
            OnStart::Auto => self.embedded(),
        }
    }
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Where the API listens.
    #[schema(value_type = String, pattern = "^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5}$")]
    pub address: SocketAddr,
    /// Where `/health` and `/metrics` listen; never expose it.
    #[schema(value_type = String, pattern = "^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5}$")]
    pub internal_address: SocketAddr,
    /// The address that people and tokens use for this installation. Empty: `http://` and `server.address`.
    #[schema(max_length = 200, pattern = "^(https?://[^/?#\\s]+)?$")]
    pub public_url: String,
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`: the gateway in front of a service, a load balancer in front of all.
    #[schema(inline, max_items = 100)]
    pub trusted_proxies: Vec<String>,
    /// A request that takes longer is answered 503.
    #[schema(minimum = 1, maximum = 600)]
    pub request_timeout_seconds: u64,
    /// A larger body is answered 413.
    #[schema(minimum = 1024, maximum = 104857600)]
    pub body_limit_bytes: usize,
    /// How long a stopping server still answers before it closes its door.
    #[schema(minimum = 0, maximum = 60)]
    pub drain_seconds: u64,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The folder of the embedded databases, the mails and the master key; one server holds it.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Empty: SQLite in `data.folder`. Else `postgres://user:password@host:5432/database`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(postgres(ql)?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// Connections per module.
    #[schema(minimum = 2, maximum = 100)]
    pub max_connections: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateSettings {
    /// Whether the schema is brought up to date at start: `auto` means yes on SQLite, no on PostgreSQL.
    #[schema(value_type = String, pattern = "^(auto|always|never)$")]
    pub on_start: OnStart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStart {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// How long an access token counts.
    #[schema(minimum = 1, maximum = 60)]
    pub access_token_minutes: u64,
    /// A session without a refresh ends after this time.
    #[schema(minimum = 1, maximum = 365)]
    pub session_idle_days: u64,
    /// A session ends after this time in any case.
    #[schema(minimum = 1, maximum = 365)]
    pub session_absolute_days: u64,
    /// Seals the signing keys and signs cursors, at least 32 characters. Empty: made once in `data.folder`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(.{32,})?$")]
    #[serde(serialize_with = "redacted")]
    pub master_key: SecretString,
    /// Who may make an account: `open` (everybody), `verified` (who shows that the address is theirs), `invite` or `closed`.
    #[schema(value_type = String, pattern = "^(open|verified|invite|closed)$")]
    pub registration: Registration,
    /// The address of the pages that links in mails open; the secret stands behind `#token=`. Empty: the pages that ship, at `server.public_url` and `/account`.
    #[schema(max_length = 200, pattern = "^(https?://[^?#\\s]+[^/?#\\s])?$")]
    pub account_url: String,
    /// Roles that must have a second factor, such as `admin`.
    #[schema(value_type = Vec<String>, inline, max_items = 3)]
    pub mfa_roles: Vec<Role>,
    /// A file of passwords known to attackers: sorted lines of upper-case SHA-1, `:count` behind it allowed. Empty: none.
    #[schema(max_length = 1000)]
    pub breached_passwords_file: String,
    /// After so many days a new key signs the tokens; 0: never by itself.
    #[schema(minimum = 0, maximum = 3650)]
    pub key_rotation_days: u64,
    /// Other providers to sign in with, each in a section of its own, `[auth.providers.google]`.
    #[serde(default)]
    #[schema(inline)]
    pub providers: BTreeMap<String, ProviderSettings>,
    /// The exact addresses of applications to which a sign-in with a provider may return.
    #[schema(inline, max_items = 100)]
    pub return_urls: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Open,
    Verified,
    Invite,
    Closed,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// Exact origins of browsers' pages that may call the API.
    #[schema(inline, max_items = 100)]
    pub allowed_origins: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Requests per minute for a person, or for an address without a token.
    #[schema(minimum = 1, maximum = 100000000)]
    pub requests_per_minute: u32,
    /// Requests per minute to `/auth/` for an address.
    #[schema(minimum = 1, maximum = 100000000)]
    pub auth_requests_per_minute: u32,
    /// How many processes share these limits. While they cannot count together in Redis, each grants its part: the limit divided by this.
    #[schema(minimum = 1, maximum = 1000)]
    pub instances: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The sender of every mail.
    #[schema(min_length = 3, max_length = 300)]
    pub from: String,
    /// Empty: mails are written as `.eml` files to `data.folder/mail`. Else `smtp://user:password@host:587?tls=required`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(smtps?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub smtp_url: SecretString,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// What is logged: a level or tracing directives.
    #[schema(min_length = 1, max_length = 1000)]
    pub level: String,
    /// `auto` is pretty on a terminal, else json.
    #[schema(value_type = String, pattern = "^(auto|json|pretty)$")]
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Auto,
    Json,
    Pretty,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoSettings {
    /// The password of the demo learner. Empty: made and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub learner_password: SecretString,
    /// The password of the demo instructor. Empty: made and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub instructor_password: SecretString,
    /// The password of the demo administrator. Empty: made and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub admin_password: SecretString,
}

/// The environment as the layers read it; nothing else in the program reads it.
pub fn environment() -> std::collections::BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn redacted<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    let text = if secret.expose_secret().is_empty() {
        ""
    } else {
        "(set)"
    };
    serializer.serialize_str(text)
}
