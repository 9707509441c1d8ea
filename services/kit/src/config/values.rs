//! How values of more than one section are written.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{Deserialize, Deserializer, IntoDeserializer as _, Visitor};

/// Reads a duration, a number with its unit: `"10s"`, `"500ms"`, `"15m"`, `"90days"`, `"1h 30m"`. For
/// `#[serde(with = "groundwire_kit::config::duration")]`.
pub mod duration {
    use std::time::Duration;

    use super::{Deserializer, DurationVisitor};

    /// Reads one value.
    ///
    /// # Errors
    /// What is no duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        deserializer.deserialize_str(DurationVisitor)
    }
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = std::time::Duration;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration with its unit, such as \"500ms\", \"10s\", \"15m\" or \"30days\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        humantime::parse_duration(text).map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

/// Reads text that may be empty: then the setting is not set. (TOML has no word for it, and the default file shows every
/// key.) For `#[serde(deserialize_with = "empty_is_unset")]`.
///
/// # Errors
/// What is not a `T`.
pub fn empty_is_unset<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let deserializer: StringDeserializer<D::Error> = text.into_deserializer();
    T::deserialize(deserializer).map(Some)
}
