//! Configuration in layers: a commented default file that *is* the default, then a file, then the environment.
//!
//! Promises: the whole configuration is parsed before anything is bound or connected; an unknown key, wherever it is
//! written, is refused by name; secrets come from files ([`SecretFile`]), so a configuration can be shown. This is the
//! only place that reads the environment.

mod secret_file;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::de::DeserializeOwned;

pub use secret_file::{SecretFile, SecretFileError, WorldReadable};

/// Where a service's configuration comes from.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// The text of the default file, with every key in it, embedded by `include_str!`.
    pub default: &'static str,
    /// A file to lay over it; it must exist.
    pub file: Option<&'a Path>,
    /// Prefix of environment variables, without the separator: with `GROUNDWIRE_DIRECTORY`, the variable
    /// `GROUNDWIRE_DIRECTORY__LISTEN__PORT` sets `port` in `[listen]`. Values are read as TOML where they parse as
    /// such, so text that looks like a number is written in quotes.
    pub environment_prefix: &'a str,
}

/// The arguments that every service has for its configuration (`#[command(flatten)]`).
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConfigArguments {
    /// Configuration file (TOML) over the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the configuration as it would be used, and exit
    #[arg(long)]
    pub dump_config: bool,
}

/// A parsed configuration, and what it was parsed from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    merged: toml::Table,
}

impl<T> Loaded<T> {
    /// All layers merged, as TOML: a file that would give the same configuration. Holds no secret, since secrets are
    /// in files and only their paths are here.
    #[must_use]
    pub fn dump(&self) -> String {
        self.merged.to_string()
    }
}

/// Why there is no configuration. The text names the key and where it was written.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration file {path}: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}` in {origin}")]
    UnknownKey {
        /// The key with its sections, joined by dots.
        key: String,
        /// The file, the environment, or the defaults.
        origin: String,
    },
    /// A value that can't be used, or a file that isn't TOML.
    #[error("{message}{}, in {origin}", key.as_ref().map(|key| format!(" for key `{key}`")).unwrap_or_default())]
    Invalid {
        /// The key with its sections, joined by dots, where it is known.
        key: Option<String>,
        /// The file, the environment, or the defaults.
        origin: String,
        /// What is wrong.
        message: String,
    },
}

/// Merges the layers and parses the result.
///
/// `T` and every section in it must have `#[serde(deny_unknown_fields)]`.
///
/// # Errors
/// [`ConfigError`] for the first thing that is wrong.
pub fn load<T: DeserializeOwned>(layers: Layers<'_>) -> Result<Loaded<T>, ConfigError> {
    let mut figment = Figment::from(Toml::string(layers.default));
    if let Some(path) = layers.file {
        // Read here, so that a missing file is an error and not a layer that is silently empty.
        std::fs::File::open(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        figment = figment.merge(Toml::file_exact(path));
    }
    figment = figment.merge(Env::prefixed(&format!("{}__", layers.environment_prefix)).split("__"));
    parse(&figment)
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

fn parse<T: DeserializeOwned>(figment: &Figment) -> Result<Loaded<T>, ConfigError> {
    let merged = figment.extract().map_err(|error| explain(figment, error))?;
    let config = figment.extract().map_err(|error| explain(figment, error))?;
    Ok(Loaded { config, merged })
}

fn explain(figment: &Figment, error: figment::Error) -> ConfigError {
    let mut path = error.path.clone();
    if let figment::error::Kind::UnknownField(field, _) = &error.kind {
        // serde reports the section; the key is in the error's kind. Some figment versions name it in both.
        if path.last() != Some(field) {
            path.push(field.clone());
        }
        let key = path.join(".");
        let origin = origin(figment.find_metadata(&key).or(error.metadata.as_ref()));
        return ConfigError::UnknownKey { key, origin };
    }
    ConfigError::Invalid {
        key: (!path.is_empty()).then(|| path.join(".")),
        origin: origin(error.metadata.as_ref()),
        message: error.kind.to_string(),
    }
}

fn origin(metadata: Option<&figment::Metadata>) -> String {
    let Some(metadata) = metadata else {
        return "the configuration".to_owned();
    };
    match metadata.source.as_ref().and_then(figment::Source::file_path) {
        Some(path) => path.display().to_string(),
        None if metadata.name.contains("environment") => "the environment".to_owned(),
        None => "the defaults".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Service {
        name: String,
        listen: Listen,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Listen {
        port: u16,
        host: Option<String>,
    }

    const DEFAULT: &str = "# A name.\nname = \"service\"\n[listen]\nport = 1\n";

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn load_with(path: Option<&Path>, prefix: &str) -> Result<Loaded<Service>, ConfigError> {
        load(Layers {
            default: DEFAULT,
            file: path,
            environment_prefix: prefix,
        })
    }

    #[test]
    fn the_default_file_is_the_default() {
        let loaded = load_with(None, "GROUNDWIRE_NOTHING").unwrap();
        let expected = Service {
            name: "service".to_owned(),
            listen: Listen { port: 1, host: None },
        };
        assert_eq!(loaded.config, expected);
    }

    #[test]
    fn a_file_lies_over_the_defaults_and_the_environment_over_the_file() {
        let file = file("name = \"from file\"\n[listen]\nport = 2\nhost = \"::1\"\n");
        // Cargo sets variables of its own for tests, and one of them makes a layer: no test may set a variable, since
        // that is unsafe beside other threads.
        #[derive(Debug, Deserialize)]
        struct Manifest {
            name: String,
            listen: Listen,
            #[serde(rename = "dir")]
            from_environment: Option<String>,
            #[serde(flatten)]
            _rest: toml::Table,
        }
        let figment = Figment::from(Toml::string(DEFAULT))
            .merge(Toml::file_exact(file.path()))
            .merge(Env::prefixed("CARGO_MANIFEST_"));
        let merged = parse::<Manifest>(&figment).unwrap().config;
        assert_eq!((merged.name.as_str(), merged.listen.port), ("from file", 2));
        assert!(merged.from_environment.is_some_and(|dir| dir.ends_with("kit")));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_name_and_its_file() {
        let file = file("[listen]\nprot = 2\n");
        let error = load_with(Some(file.path()), "GROUNDWIRE_NOTHING").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown key `listen.prot` in {}", file.path().display())
        );
    }

    #[test]
    fn an_unknown_section_is_refused() {
        let file = file("[liste]\nport = 2\n");
        let error = load_with(Some(file.path()), "GROUNDWIRE_NOTHING").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown key `liste` in {}", file.path().display())
        );
    }

    #[test]
    fn an_unknown_key_in_the_environment_is_refused() {
        // CARGO_PKG_NAME is set by cargo: with this prefix it is a key `name`-less section's stray.
        let figment =
            Figment::from(Toml::string(DEFAULT)).merge(Env::prefixed("CARGO_PKG_").only(&["version"]));
        let error = parse::<Service>(&figment).unwrap_err();
        assert_eq!(error.to_string(), "unknown key `version` in the environment");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_its_key_and_file() {
        let file = file("[listen]\nport = \"many\"\n");
        let error = load_with(Some(file.path()), "GROUNDWIRE_NOTHING").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`listen.port`") && text.contains(&file.path().display().to_string()),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_or_not_toml_is_refused() {
        let missing = load_with(Some(Path::new("/nonexistent/service.toml")), "GROUNDWIRE_NOTHING");
        assert!(matches!(missing, Err(ConfigError::Unreadable { .. })));
        let file = file("name = ");
        let broken = load_with(Some(file.path()), "GROUNDWIRE_NOTHING");
        assert!(matches!(broken, Err(ConfigError::Invalid { .. })), "{broken:?}");
    }

    #[test]
    fn a_dump_gives_the_same_configuration_again() {
        let overlay = file("[listen]\nport = 7\n");
        let loaded = load_with(Some(overlay.path()), "GROUNDWIRE_NOTHING").unwrap();
        let dumped = file(&loaded.dump());
        let again = load_with(Some(dumped.path()), "GROUNDWIRE_NOTHING").unwrap();
        assert_eq!(again.config, loaded.config);
    }
}
