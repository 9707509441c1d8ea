//! Keys that have another name now. The old one is read for one release, with a warning that says the new one.

use toml::Value;

use super::error::ConfigError;
use super::origin::Origin;
use super::tree::Section;

/// A key that was renamed. Rows are removed with the release after the one that brought them.
#[derive(Debug, Clone, Copy)]
pub struct Renamed {
    /// The key as it was, with its section.
    pub old: &'static str,
    /// The key as it is now.
    pub new: &'static str,
    /// How the old value is read.
    pub reading: Reading,
}

/// How the value of an old key becomes one of the new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As it is.
    Same,
    /// A number of milliseconds, now a duration.
    Milliseconds,
    /// A number of seconds, now a duration.
    Seconds,
    /// A number of days, now a duration.
    Days,
    /// The host of what is now `host:port`.
    Host,
    /// The port of what is now `host:port`.
    Port,
}

impl Renamed {
    /// A key whose value stays as it is.
    #[must_use]
    pub const fn key(old: &'static str, new: &'static str) -> Self {
        Self::read(old, new, Reading::Same)
    }

    /// A key whose value is written in another way.
    #[must_use]
    pub const fn read(old: &'static str, new: &'static str, reading: Reading) -> Self {
        Self { old, new, reading }
    }
}

/// Gives the old keys of a layer their new names. `below` is what the layer will lie over. Returns the warnings.
pub(super) fn rename(
    layer: &mut Section,
    below: &Section,
    renamed: &[&[Renamed]],
    environment_prefix: &str,
) -> Result<Vec<String>, ConfigError> {
    let rows = || renamed.iter().copied().flatten();
    if let Some(row) = rows().find(|row| layer.value(row.old).is_some() && layer.value(row.new).is_some()) {
        let origin = layer
            .origin(row.old.split('.'))
            .cloned()
            .unwrap_or(Origin::Default);
        return Err(ConfigError::Invalid {
            key: Some(row.old.to_owned()),
            origin,
            message: format!("it is the old name of `{}`, which is set too", row.new),
        });
    }
    let mut warnings = Vec::new();
    for row in rows() {
        if let Some((value, origin)) = layer.remove(row.old) {
            let current = layer.value(row.new).or_else(|| below.value(row.new));
            let value = row
                .reading
                .read(&value, current)
                .ok_or_else(|| ConfigError::Invalid {
                    key: Some(row.old.to_owned()),
                    origin: origin.clone(),
                    message: format!("`{value}` cannot be read as the old form of `{}`", row.new),
                })?;
            warnings.push(row.warning(&value, &origin, environment_prefix));
            layer.insert(row.new, value, origin);
        } else if let Some((section, _)) = row.old.split_once('.') {
            // A section of old keys, all of them left at their defaults.
            layer.remove_if_empty(section);
        }
    }
    Ok(warnings)
}

impl Renamed {
    fn warning(&self, value: &Value, origin: &Origin, environment_prefix: &str) -> String {
        let new = match origin {
            Origin::Variable(_) => {
                let name = self.new.replace('.', "__").to_ascii_uppercase();
                format!("{environment_prefix}__{name}={value}")
            }
            Origin::File { .. } | Origin::Default => format!("`{} = {value}`", self.new),
        };
        let old = self.old;
        format!("`{old}` ({origin}) is now {new}; the old key will not be read by the next release")
    }
}

impl Reading {
    fn read(self, old: &Value, current: Option<&Value>) -> Option<Value> {
        let duration = |unit: &str| old.as_integer().map(|number| format!("{number}{unit}"));
        let current = || current?.as_str()?.rsplit_once(':');
        let text = match self {
            Self::Same => return Some(old.clone()),
            Self::Milliseconds => duration("ms")?,
            Self::Seconds => duration("s")?,
            Self::Days => duration("days")?,
            Self::Host => {
                let (host, (_, port)) = (old.as_str()?, current()?);
                if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                }
            }
            Self::Port => format!("{}:{}", current()?.0, old.as_integer()?),
        };
        Some(Value::String(text))
    }
}
