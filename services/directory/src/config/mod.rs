//! The directory's configuration. `default.toml` is the default and documents every key.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use groundwire_kit::config::{ConfigError, Layers, Loaded, SecretFile, load};
use groundwire_kit::database::DatabaseConfig;
use groundwire_kit::http::HttpConfig;
use groundwire_kit::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// The public API.
    pub api: ApiConfig,
    /// What connectors dial.
    pub gateway: GatewayConfig,
    /// Keys and certificates.
    pub keys: KeysConfig,
    /// Postgres, as the service.
    pub database: DatabaseConfig,
    /// Postgres, as the owner.
    pub migrate: MigrateConfig,
    /// Metrics and health.
    pub http: HttpConfig,
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
}

/// The public API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether it serves gRPC reflection.
    pub reflection: bool,
    /// Callers with static tokens.
    pub tokens_file: SecretFile,
}

/// What connectors dial.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether it serves gRPC reflection.
    pub reflection: bool,
    /// Milliseconds between heartbeats.
    pub heartbeat_interval_ms: u64,
    /// Milliseconds within which an event must be acknowledged.
    pub received_within_ms: u64,
    /// Milliseconds within which the first frame must come.
    pub hello_within_ms: u64,
    /// Seconds between syncs.
    pub sync_interval_seconds: u64,
    /// Days that a connector's certificate is good.
    pub certificate_days: u32,
    /// Milliseconds that streams are given to move at a stop.
    pub drain_grace_ms: u64,
}

impl GatewayConfig {
    /// Between heartbeats.
    #[must_use]
    pub const fn heartbeat_interval(&self) -> Duration {
        Duration::from_millis(self.heartbeat_interval_ms)
    }

    /// Until an event must be acknowledged.
    #[must_use]
    pub const fn received_within(&self) -> Duration {
        Duration::from_millis(self.received_within_ms)
    }

    /// Until the first frame must come.
    #[must_use]
    pub const fn hello_within(&self) -> Duration {
        Duration::from_millis(self.hello_within_ms)
    }

    /// What streams are given to move at a stop.
    #[must_use]
    pub const fn drain_grace(&self) -> Duration {
        Duration::from_millis(self.drain_grace_ms)
    }
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
    pub publish_ca: Option<PathBuf>,
}

/// Postgres, as the owner of the schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrateConfig {
    /// File that holds the owner's URL.
    pub url_file: SecretFile,
    /// The role that the service runs as.
    pub service_role: String,
}

/// Loads the layers: the default, the file, the environment.
///
/// # Errors
/// [`ConfigError`], which names the key and where it is.
pub fn from_layers(file: Option<&Path>) -> Result<Loaded<DirectoryConfig>, ConfigError> {
    load(Layers {
        default: include_str!("default.toml"),
        file,
        environment_prefix: "GROUNDWIRE_DIRECTORY",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_the_default() {
        let loaded = from_layers(None).unwrap();
        assert_eq!(
            loaded.config.gateway.heartbeat_interval(),
            Duration::from_secs(10)
        );
        assert_eq!(loaded.config.gateway.received_within(), Duration::from_secs(2));
        assert!(loaded.config.api.listen.ip().is_loopback());
    }
}
