//! The directory's configuration. `default.toml` is the default and documents every key.

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
pub const ENVIRONMENT_PREFIX: &str = "GROUNDWIRE_DIRECTORY";

/// Keys that were renamed in the release after 0.1.
pub const RENAMED: &[Renamed] = &[
    Renamed::read(
        "gateway.heartbeat_interval_ms",
        "gateway.heartbeat_interval",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "gateway.received_within_ms",
        "gateway.received_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "gateway.hello_within_ms",
        "gateway.hello_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "gateway.sync_interval_seconds",
        "gateway.sync_interval",
        Reading::Seconds,
    ),
    Renamed::read(
        "gateway.certificate_days",
        "gateway.certificate_lifetime",
        Reading::Days,
    ),
    Renamed::read(
        "gateway.drain_grace_ms",
        "gateway.drain_grace",
        Reading::Milliseconds,
    ),
    Renamed::read("http.address", "metrics.listen", Reading::Host),
    Renamed::read("http.port", "metrics.listen", Reading::Port),
];

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The public API.
    pub api: ApiConfig,
    /// The gateway, which connectors dial.
    pub gateway: GatewayConfig,
    /// Keys and certificates.
    pub keys: KeysConfig,
    /// Postgres, as the service.
    pub database: DatabaseConfig,
    /// Postgres, as the owner.
    pub migrate: MigrateConfig,
    /// Metrics and health.
    pub metrics: MetricsConfig,
    pub shutdown: ShutdownConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
}

/// The public API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens.
    pub listen: ListenAddress,
    /// Whether it serves gRPC reflection.
    pub reflection: bool,
    /// Callers with static tokens.
    pub tokens_file: SecretFile,
}

/// The gateway, which connectors dial.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Where it listens.
    pub listen: ListenAddress,
    /// Whether it serves gRPC reflection.
    pub reflection: bool,
    /// Time between heartbeats.
    #[serde(with = "duration")]
    pub heartbeat_interval: Duration,
    /// Time within which an event must be acknowledged.
    #[serde(with = "duration")]
    pub received_timeout: Duration,
    /// Time within which the first frame must come.
    #[serde(with = "duration")]
    pub hello_timeout: Duration,
    /// Time between syncs.
    #[serde(with = "duration")]
    pub sync_interval: Duration,
    /// How long a connector's certificate is good.
    #[serde(with = "duration")]
    pub certificate_lifetime: Duration,
    /// Time that streams are given to move at a stop.
    #[serde(with = "duration")]
    pub drain_grace: Duration,
}

/// Keys and certificates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// The folder that holds them.
    pub folder: PathBuf,
    /// Names and addresses that the server's certificate is for.
    pub server_names: Vec<String>,
    /// Where `init-keys` leaves a copy of the CA's certificate for callers to pick up.
    #[serde(deserialize_with = "empty_is_unset")]
    pub publish_ca: Option<PathBuf>,
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

/// Merges the defaults, the file and the environment, without checking that it is enough to serve.
///
/// # Errors
/// [`ConfigError`], which names the key and where it was written.
pub fn load(file: Option<&Path>) -> Result<Loaded<Config>, ConfigError> {
    groundwire_kit::config::load(Layers {
        default: DEFAULT,
        file,
        environment_prefix: ENVIRONMENT_PREFIX,
        renamed: &[database::RENAMED, RENAMED],
    })
}
