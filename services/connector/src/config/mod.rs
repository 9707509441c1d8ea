//! The connector's configuration: parsed whole, and checked, before anything is bound or dialled.
//!
//! Promises: the default file is the default; an unknown key is refused by name; secrets are named by their files and
//! never held here, so a configuration can be shown (`print-config`).

mod check;

use std::path::{Path, PathBuf};
use std::time::Duration;

use groundwire_kit::config::{
    ConfigError, Layers, Loaded, Reading, Renamed, SecretFile, duration, empty_is_unset,
};
use groundwire_kit::database::{self, DatabaseConfig, MigrateConfig};
use groundwire_kit::http::MetricsConfig;
use groundwire_kit::listen::ListenAddress;
use groundwire_kit::service::{ServiceConfig, SharedSections};
use groundwire_kit::supervision::ShutdownConfig;
use groundwire_kit::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The commented default, which every other layer lies over.
pub const DEFAULT: &str = include_str!("default.toml");

/// Prefix of the environment's layer.
pub const ENVIRONMENT_PREFIX: &str = "GROUNDWIRE_CONNECTOR";

/// Keys that were renamed in the release after 0.1.
pub const RENAMED: &[Renamed] = &[
    Renamed::read(
        "directory.connect_timeout_ms",
        "directory.connect_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "directory.attach_timeout_ms",
        "directory.attach_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "directory.clock_limit_ms",
        "directory.clock_limit",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "enrollment.wait_seconds",
        "enrollment.token_timeout",
        Reading::Seconds,
    ),
    Renamed::read(
        "identity.sealing_key_days",
        "identity.sealing_key_lifetime",
        Reading::Days,
    ),
    Renamed::read(
        "ad.connect_timeout_ms",
        "ad.connect_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read("ad.bind_timeout_ms", "ad.bind_timeout", Reading::Milliseconds),
    Renamed::read("ad.search_timeout_ms", "ad.search_timeout", Reading::Milliseconds),
    Renamed::read("ad.write_timeout_ms", "ad.write_timeout", Reading::Milliseconds),
    Renamed::read("ad.keepalive_seconds", "ad.keepalive_interval", Reading::Seconds),
    Renamed::read("sync.interval_seconds", "sync.interval", Reading::Seconds),
    Renamed::read("sync.timeout_seconds", "sync.timeout", Reading::Seconds),
    Renamed::key("database_rights.writer_role", "migrate.service_role"),
    Renamed::key("audit_api.names", "audit_api.server_names"),
    Renamed::read("shutdown.grace_seconds", "shutdown.grace", Reading::Seconds),
];

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cloud side.
    pub directory: DirectoryConfig,
    /// The first meeting with the cloud.
    pub enrollment: EnrollmentConfig,
    /// Keys and certificates.
    pub identity: IdentityConfig,
    /// The domain controller.
    pub ad: AdConfig,
    /// The company's last word.
    pub guardrails: GuardrailsConfig,
    pub sync: SyncConfig,
    /// The audit store.
    pub database: DatabaseConfig,
    /// The audit store, as its owner.
    pub migrate: MigrateConfig,
    /// The audit API.
    pub audit_api: AuditApiConfig,
    /// Metrics and health.
    pub metrics: MetricsConfig,
    pub shutdown: ShutdownConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
}

/// Where the gateway is and how long to wait for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    pub gateway_url: String,
    /// `http://host:port` of an HTTP CONNECT proxy; empty for none.
    pub proxy_url: String,
    /// File with the proxy's `user:password`.
    #[serde(deserialize_with = "empty_is_unset")]
    pub proxy_credential_file: Option<SecretFile>,
    /// Time to reach the gateway.
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// Time from the first frame up to the first frame down.
    #[serde(with = "duration")]
    pub attach_timeout: Duration,
    /// Events taken at once.
    pub credits: u32,
    /// The clock difference beyond which nothing is written.
    #[serde(with = "duration")]
    pub clock_limit: Duration,
}

/// The one-time token and the group's bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentConfig {
    /// File with the token.
    #[serde(deserialize_with = "empty_is_unset")]
    pub token_file: Option<SecretFile>,
    /// File with the group's bundle, for all but its first connector.
    #[serde(deserialize_with = "empty_is_unset")]
    pub bundle_file: Option<PathBuf>,
    /// What the connector calls itself.
    pub display_name: String,
    /// Time to wait for the token file.
    #[serde(with = "duration")]
    pub token_timeout: Duration,
}

/// Where the connector's own keys are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// A folder that only the service's user can read.
    pub folder: PathBuf,
    /// How long a new sealing key is sealed to.
    #[serde(with = "duration")]
    pub sealing_key_lifetime: Duration,
}

/// The domain controller and the service account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdConfig {
    pub url: String,
    /// PEM file of the CA.
    #[serde(deserialize_with = "empty_is_unset")]
    pub ca_file: Option<PathBuf>,
    /// Distinguished name (or UPN) of the service account.
    pub bind_dn: String,
    /// File with its password.
    #[serde(deserialize_with = "empty_is_unset")]
    pub password_file: Option<SecretFile>,
    /// Distinguished names under which accounts are served.
    pub scope_include: Vec<String>,
    /// Distinguished names under which they are not.
    pub scope_exclude: Vec<String>,
    /// LDAP name of the marker's attribute.
    pub marker_attribute: String,
    pub connections: usize,
    /// Time to connect, and again for TLS.
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    /// Time for a bind.
    #[serde(with = "duration")]
    pub bind_timeout: Duration,
    /// Time for a search.
    #[serde(with = "duration")]
    pub search_timeout: Duration,
    /// Time for a password write.
    #[serde(with = "duration")]
    pub write_timeout: Duration,
    /// Time between reads that keep a connection.
    #[serde(with = "duration")]
    pub keepalive_interval: Duration,
}

/// What is never done, whatever the cloud asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardrailsConfig {
    /// Kinds carried out, by the contract's words.
    pub kinds: Vec<String>,
    /// Write to accounts that need no password.
    pub allow_password_not_required: bool,
    /// A self-service reset unlocks too.
    pub self_reset_unlocks: bool,
}

/// How accounts are reported to the directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncConfig {
    /// Time between syncs.
    #[serde(with = "duration")]
    pub interval: Duration,
    /// Fraction (0 to 1) that may vanish between two syncs.
    pub removal_max_fraction: f64,
    /// So many may always vanish.
    pub removal_min_accounts: u64,
    /// Time for one sync.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

/// The audit API's socket and who may call it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditApiConfig {
    /// Whether it is served at all.
    pub enabled: bool,
    /// Where it listens.
    pub listen: ListenAddress,
    /// Names that a certificate made here is for.
    pub server_names: Vec<String>,
    #[serde(deserialize_with = "empty_is_unset")]
    pub certificate_file: Option<PathBuf>,
    /// PEM private key.
    #[serde(deserialize_with = "empty_is_unset")]
    pub key_file: Option<SecretFile>,
    #[serde(deserialize_with = "empty_is_unset")]
    pub tokens_file: Option<PathBuf>,
    pub reflection: bool,
}

impl DirectoryConfig {
    /// The proxy, if there is one.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        Some(self.proxy_url.as_str()).filter(|url| !url.is_empty())
    }
}

impl IdentityConfig {
    /// How long a new sealing key is sealed to, for arithmetic with dates.
    #[must_use]
    pub fn sealing_key_lifetime(&self) -> time::Duration {
        self.sealing_key_lifetime
            .try_into()
            .unwrap_or(time::Duration::MAX)
    }
}

impl ServiceConfig for Config {
    fn shared(&self) -> SharedSections<'_> {
        SharedSections {
            database: &self.database,
            migrate: &self.migrate,
            metrics: &self.metrics,
            shutdown: &self.shutdown,
            telemetry: &self.telemetry,
        }
    }
}

/// Merges defaults, file and environment, without checking that it is enough to serve.
///
/// # Errors
/// [`ConfigError`] for a file that cannot be read, an unknown key, or a value of another type.
pub fn load(file: Option<&Path>) -> Result<Loaded<Config>, ConfigError> {
    groundwire_kit::config::load(Layers {
        default: DEFAULT,
        file,
        environment_prefix: ENVIRONMENT_PREFIX,
        renamed: &[database::RENAMED, RENAMED],
    })
}
