//! The connector's configuration: parsed whole, and checked, before anything is bound or dialled.
//!
//! Promises: the default file is the default; an unknown key is refused by name; secrets are named by their files and
//! never held here, so a configuration can be shown (`--dump-config`).

mod check;

use std::path::{Path, PathBuf};
use std::time::Duration;

use groundwire_kit::config::{ConfigError, Layers, Loaded, SecretFile};
use groundwire_kit::database::DatabaseConfig;
use groundwire_kit::telemetry::TelemetryConfig;
use serde::Deserialize;

pub use check::InvalidConfig;

/// The commented default, which every other layer lies over.
pub const DEFAULT: &str = include_str!("default.toml");

/// Prefix of the environment's layer.
pub const ENVIRONMENT_PREFIX: &str = "GROUNDWIRE_CONNECTOR";

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
    /// Account sync.
    pub sync: SyncConfig,
    /// The audit store.
    pub database: DatabaseConfig,
    /// Who may write the audit store.
    pub database_rights: DatabaseRightsConfig,
    /// The audit API.
    pub audit_api: AuditApiConfig,
    /// Metrics and health.
    pub metrics: MetricsConfig,
    /// Stopping.
    pub shutdown: ShutdownConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
}

/// Where the gateway is and how long to wait for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// `https://host:port`.
    pub gateway_url: String,
    /// `http://host:port` of an HTTP CONNECT proxy; empty for none.
    pub proxy_url: String,
    /// Milliseconds to reach the gateway.
    pub connect_timeout_ms: u64,
    /// Milliseconds from the first frame up to the first frame down.
    pub attach_timeout_ms: u64,
    /// Events taken at once.
    pub credits: u32,
    /// Milliseconds of clock difference beyond which nothing is written.
    pub clock_limit_ms: u64,
}

/// The one-time token and the group's bundle.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentConfig {
    /// File with the token.
    pub token_file: Option<SecretFile>,
    /// File with the group's bundle, for all but its first connector.
    pub bundle_file: Option<PathBuf>,
    /// What the connector calls itself.
    pub display_name: String,
    /// Seconds to wait for the token file.
    pub wait_seconds: u64,
}

/// Where the connector's own keys are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// A folder that only the service's user can read.
    pub folder: PathBuf,
    /// Days for which a new sealing key is sealed to.
    pub sealing_key_days: u32,
}

/// The domain controller and the service account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdConfig {
    /// `ldaps://host[:port]`.
    pub url: String,
    /// PEM file of the CA.
    pub ca_file: Option<PathBuf>,
    /// Distinguished name (or UPN) of the service account.
    pub bind_dn: String,
    /// File with its password.
    pub password_file: Option<SecretFile>,
    /// Distinguished names under which accounts are served.
    pub scope_include: Vec<String>,
    /// Distinguished names under which they are not.
    pub scope_exclude: Vec<String>,
    /// LDAP name of the marker's attribute.
    pub marker_attribute: String,
    /// Connections kept.
    pub connections: usize,
    /// Milliseconds.
    pub connect_timeout_ms: u64,
    /// Milliseconds.
    pub bind_timeout_ms: u64,
    /// Milliseconds.
    pub search_timeout_ms: u64,
    /// Milliseconds.
    pub write_timeout_ms: u64,
    /// Seconds between reads that keep a connection warm.
    pub keepalive_seconds: u64,
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

/// How accounts are told to the directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncConfig {
    /// Seconds between syncs.
    pub interval_seconds: u64,
    /// Fraction (0 to 1) that may vanish between two syncs.
    pub removal_max_fraction: f64,
    /// So many may always vanish.
    pub removal_min_accounts: u64,
    /// Seconds for one sync.
    pub timeout_seconds: u64,
}

/// Rights in the audit store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseRightsConfig {
    /// Role that gets insert and select; empty for none.
    pub writer_role: String,
}

/// The audit API's socket and who may call it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditApiConfig {
    /// Whether it is served at all.
    pub enabled: bool,
    /// Address or name, and port. Loopback unless told otherwise.
    pub listen: String,
    /// Names that a certificate made here is for.
    pub names: Vec<String>,
    /// PEM chain.
    pub certificate_file: Option<PathBuf>,
    /// PEM private key.
    pub key_file: Option<SecretFile>,
    /// Hashed tokens.
    pub tokens_file: Option<PathBuf>,
    /// gRPC reflection.
    pub reflection: bool,
}

/// The socket of metrics and health.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address or name, and port. Loopback unless told otherwise.
    pub listen: String,
}

/// Stopping.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutdownConfig {
    /// Seconds to finish what is under way.
    pub grace_seconds: u64,
}

impl DirectoryConfig {
    /// Time to reach the gateway.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// Time for the first frame down.
    #[must_use]
    pub const fn attach_timeout(&self) -> Duration {
        Duration::from_millis(self.attach_timeout_ms)
    }

    /// The largest clock difference.
    #[must_use]
    pub const fn clock_limit(&self) -> Duration {
        Duration::from_millis(self.clock_limit_ms)
    }

    /// The proxy, if there is one.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        Some(self.proxy_url.as_str()).filter(|url| !url.is_empty())
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
    })
}
