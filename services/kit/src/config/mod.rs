//! Configuration in layers: a commented default file that *is* the default, then a file, then the environment.
//!
//! Promises: the whole configuration is parsed before anything is bound or connected; an unknown key, wherever it is
//! written, is refused; whatever is wrong is said with its key and the file and line, or the variable, where it was
//! written; a key that was renamed is still read for one release, with a warning; secrets come from files
//! ([`SecretFile`]), so a configuration can be shown. This is the only place that reads the environment.

mod checks;
mod error;
mod origin;
mod renamed;
mod secret_file;
mod tree;
mod values;

use std::ffi::OsString;
use std::path::Path;

use serde::de::DeserializeOwned;

pub use checks::{Check, Checks, Complaint, InvalidConfig};
pub use error::ConfigError;
pub use origin::Origin;
pub use renamed::{Reading, Renamed};
pub use secret_file::{SecretFile, SecretFileError, WorldReadable};
pub use values::{duration, empty_is_unset};

use tree::{Section, Source};

/// Where a service's configuration comes from.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The text of the default file, with every key in it, embedded by `include_str!`.
    pub default: &'static str,
    /// A file to lay over it; it must exist.
    pub file: Option<&'a Path>,
    /// Prefix of environment variables, without the separator: with `GROUNDWIRE_DIRECTORY`, the variable
    /// `GROUNDWIRE_DIRECTORY__API__LISTEN` sets `listen` in `[api]`. Values are read as TOML where they parse as such, so
    /// text that looks like a number is written in quotes.
    pub environment_prefix: &'a str,
    /// Old names that are still read.
    pub renamed: &'a [&'a [Renamed]],
}

/// A parsed configuration, and where its values were written.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The values, all of them checked.
    pub config: T,
    /// What an operator should change, such as keys that have another name now.
    pub warnings: Vec<String>,
    settings: Section,
}

impl<T> Loaded<T> {
    /// All layers merged, as TOML: a file that would give the same configuration. Each value that is not the default's
    /// has a comment with the place where it was written. Holds no secret, since secrets are in files and only their
    /// paths are here.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.settings.to_toml()
    }
}

impl<T: Check> Loaded<T> {
    /// Makes the checks that are more than those of types.
    ///
    /// # Errors
    /// [`InvalidConfig`] with everything that is wrong.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let mut checks = Checks::of(&self.settings);
        self.config.check(&mut checks);
        checks.finish()
    }
}

/// Merges the layers and parses the result.
///
/// `T` and every section in it must have `#[serde(deny_unknown_fields)]`.
///
/// # Errors
/// [`ConfigError`] for the first thing that is wrong.
pub fn load<T: DeserializeOwned>(layers: Layers<'_>) -> Result<Loaded<T>, ConfigError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    let environment = std::env::vars_os();
    load_with(layers, environment)
}

fn load_with<T: DeserializeOwned>(
    layers: Layers<'_>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Loaded<T>, ConfigError> {
    let mut settings = Section::parse(layers.default, Source::Default)?;
    let mut warnings = Vec::new();
    let mut lay_over = |mut layer: Section| {
        let renamed = renamed::rename(&mut layer, &settings, layers.renamed, layers.environment_prefix)?;
        warnings.extend(renamed);
        settings.lay_over(layer);
        Ok::<_, ConfigError>(())
    };
    if let Some(path) = layers.file {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        lay_over(Section::parse(&text, Source::File(path))?)?;
    }
    let variables =
        environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok())));
    lay_over(Section::from_variables(layers.environment_prefix, variables)?)?;
    let config = deserialize(&settings)?;
    Ok(Loaded {
        config,
        warnings,
        settings,
    })
}

fn deserialize<T: DeserializeOwned>(settings: &Section) -> Result<T, ConfigError> {
    let table = toml::Value::Table(settings.to_table());
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path();
        let names = path.iter().map_while(|segment| match segment {
            serde_path_to_error::Segment::Map { key } => Some(key.as_str()),
            serde_path_to_error::Segment::Seq { .. }
            | serde_path_to_error::Segment::Enum { .. }
            | serde_path_to_error::Segment::Unknown => None,
        });
        ConfigError::Invalid {
            origin: settings.origin(names).cloned().unwrap_or(Origin::Default),
            key: Some(path.to_string()),
            message: error.inner().message().to_owned(),
        }
    })
}

/// A standard variable that is not part of the configuration (the `OTEL_*` family); empty counts as not set, as the
/// OpenTelemetry specification says.
#[must_use]
pub fn standard_variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
