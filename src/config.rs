//! Every setting, one struct per concern: defaults < file < environment < flags.
//! The schema of these types checks them all at once and writes their reference.

mod assets;
mod bus;
mod cache;
mod environment;
mod explain;
mod file;
mod keys;
mod layers;
mod location;
mod log;
mod mail;
mod nearest;
mod providers;
mod reference;
mod rpc;
mod tls;
mod topology;
mod values;

pub use assets::AssetSettings;
pub use bus::{BusKind, BusSettings};
pub use cache::CacheSettings;
pub use environment::environment;
pub use layers::{ConfigError, load};
pub use mail::MailSettings;
pub use providers::{ProviderKind, ProviderSettings};
pub use reference::reference;
pub use rpc::RpcSettings;
pub use tls::TlsSettings;
pub use topology::{GatewaySettings, ModulesSettings};
pub(crate) use values::{MASTER_KEY_LENGTH, check_master_key, varied};

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
    pub tls: TlsSettings,
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
    pub assets: AssetSettings,
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
    /// Whether the databases are SQLite files in the data folder.
    pub fn embedded(&self) -> bool {
        self.database.url.expose_secret().is_empty()
    }

    /// The base URL of links and the issuer of tokens.
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

    /// The base URL of the pages that links in emails open.
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
    /// The address on which the API listens.
    #[schema(value_type = String, pattern = "^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5}$")]
    pub address: SocketAddr,
    /// The address on which `/health` and `/metrics` listen; never expose it.
    #[schema(value_type = String, pattern = "^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5}$")]
    pub internal_address: SocketAddr,
    /// The public URL of this installation, also used in tokens. Empty: `http://` and `server.address`.
    #[schema(max_length = 200, pattern = "^(https?://[^/?#\\s]+)?$")]
    pub public_url: String,
    /// The name of this installation, as it appears on certificates.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$"
    )]
    pub name: String,
    /// IP addresses and networks of proxies whose `X-Forwarded-For` is trusted, such as `10.0.0.0/8`: the gateway in front of a service, a load balancer in front of all.
    #[schema(inline, max_items = 100)]
    pub trusted_proxies: Vec<String>,
    /// Requests that take longer are answered 503.
    #[schema(minimum = 1, maximum = 600)]
    pub request_timeout_seconds: u64,
    /// Larger request bodies are answered 413.
    #[schema(minimum = 1024, maximum = 104857600)]
    pub body_limit_bytes: usize,
    /// How long a server that is shutting down keeps accepting requests.
    #[schema(minimum = 0, maximum = 60)]
    pub drain_seconds: u64,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The folder for the embedded databases, the assets of courses, the emails, and the master key; only one server can use it.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Empty: SQLite in `data.folder`. Otherwise `postgres://user:password@host:5432/database`; append `?sslmode=verify-full` to send the password only encrypted and to a verified server.
    #[schema(value_type = String, max_length = 1000, pattern = "^(postgres(ql)?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// Connections per module, at least 2. 0: twice the number of processors, from 4 to 16.
    #[schema(minimum = 0, maximum = 100)]
    pub max_connections: u32,
}

impl DatabaseSettings {
    /// How many connections each module has.
    pub fn connections(&self) -> u32 {
        match self.max_connections {
            0 => {
                let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                u32::try_from(2 * cores).unwrap_or(u32::MAX).clamp(4, 16)
            }
            chosen => chosen.max(2),
        }
    }
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateSettings {
    /// Whether migrations run at startup: `auto` (yes on SQLite, no on PostgreSQL), `always`, or `never`.
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
    /// The lifetime of an access token.
    #[schema(minimum = 1, maximum = 60)]
    pub access_token_minutes: u64,
    /// A session ends after this time without a refresh.
    #[schema(minimum = 1, maximum = 365)]
    pub session_idle_days: u64,
    /// A session always ends after this time.
    #[schema(minimum = 1, maximum = 365)]
    pub session_absolute_days: u64,
    /// Encrypts stored secrets and authenticates cursors; at least 32 characters. Empty: generated once in `data.folder`.
    #[schema(value_type = String, max_length = 1000, pattern = "^(.{32,})?$")]
    #[serde(serialize_with = "redacted")]
    pub master_key: SecretString,
    /// Who can create an account: `open` (anybody), `verified` (anybody who verifies their email address), `invite`, or `closed`.
    #[schema(value_type = String, pattern = "^(open|verified|invite|closed)$")]
    pub registration: Registration,
    /// The base URL of the pages that links in emails open; the token follows `#token=`. Empty: the built-in pages, at `server.public_url` and `/account`.
    #[schema(max_length = 200, pattern = "^(https?://[^?#\\s]+[^/?#\\s])?$")]
    pub account_url: String,
    /// Roles that require a second factor, such as `admin`.
    #[schema(value_type = Vec<String>, inline, max_items = 3)]
    pub mfa_roles: Vec<Role>,
    /// A file of breached passwords: sorted lines of upper-case SHA-1 hashes, optionally followed by `:count`. Empty: none.
    #[schema(max_length = 1000)]
    pub breached_passwords_file: String,
    /// Signing keys are rotated after this many days; 0: no automatic rotation.
    #[schema(minimum = 0, maximum = 3650)]
    pub key_rotation_days: u64,
    /// Identity providers, each in a section of its own, `[auth.providers.google]`.
    #[serde(default)]
    #[schema(inline)]
    pub providers: BTreeMap<String, ProviderSettings>,
    /// The exact URLs of applications to which a login through an identity provider can return.
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
    /// The exact origins of web pages that may call the API.
    #[schema(inline, max_items = 100)]
    pub allowed_origins: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Requests per minute for a user, or for an IP address without a token; those of `/docs/` and `/openapi.json` count too.
    #[schema(minimum = 1, maximum = 100000000)]
    pub requests_per_minute: u32,
    /// Requests per minute to `/auth/` for an IP address.
    #[schema(minimum = 1, maximum = 100000000)]
    pub auth_requests_per_minute: u32,
    /// The number of processes that share these limits. While they cannot count together in Redis, each allows the limit divided by this number.
    #[schema(minimum = 1, maximum = 1000)]
    pub instances: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The log level, or tracing directives.
    #[schema(min_length = 1, max_length = 1000)]
    pub level: String,
    /// The format of log lines: `auto` (pretty on a terminal, otherwise json), `json`, or `pretty`.
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
    /// The password of the demo learner. Empty: generated and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub learner_password: SecretString,
    /// The password of the demo instructor. Empty: generated and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub instructor_password: SecretString,
    /// The password of the demo administrator. Empty: generated and printed once.
    #[schema(value_type = String, max_length = 256)]
    #[serde(serialize_with = "redacted")]
    pub admin_password: SecretString,
}

fn redacted<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    let text = if secret.expose_secret().is_empty() {
        ""
    } else {
        "(set)"
    };
    serializer.serialize_str(text)
}
