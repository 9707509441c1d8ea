//! Why there is no configuration.

use std::path::PathBuf;

use super::origin::Origin;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration file {path}: {error}")]
    Unreadable {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system answered.
        error: std::io::Error,
    },
    /// A key that does not exist, a value that can't be used, or a file that isn't TOML.
    #[error("{origin}: {}{message}", key.as_ref().map(|key| format!("`{key}`: ")).unwrap_or_default())]
    Invalid {
        /// The key with its sections, joined by dots, where it is known.
        key: Option<String>,
        /// Where it was written.
        origin: Origin,
        /// What is wrong.
        message: String,
    },
}
