//! Names and numbers of the log as types: what exists has been checked.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which log: one per tenant at the directory (and one system log), one per audit store at the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogId(pub Uuid);

/// Tells a log from another one that was made anew under the same [`LogId`]. The first hash of the chain binds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncarnationId(pub Uuid);

/// The id of one record: a UUIDv7 that the appender makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

/// Place of a record in its log: gapless, from 1. [`Position::ZERO`] is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// How many records a stream has: the version of its last record. 0 = the stream has no records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamVersion(pub u64);

impl Position {
    /// Before the first record.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(crate) fn to_db(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    pub(crate) fn from_db(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or(0))
    }
}

impl StreamVersion {
    /// The stream has no records.
    pub const ZERO: Self = Self(0);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(crate) fn to_db(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    pub(crate) fn from_db(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or(0))
    }
}

impl EventId {
    /// A new UUIDv7 for a record written at this time (unix time in µs).
    #[must_use]
    pub fn at(unix_us: i64) -> Self {
        let unix_us = u64::try_from(unix_us).unwrap_or(0);
        let nanos = u32::try_from(unix_us % 1_000_000).unwrap_or(0) * 1_000;
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            unix_us / 1_000_000,
            nanos,
        )))
    }
}

/// Name of a stream within its log, e.g. `account/<uuid>`: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamName(String);

/// A text that cannot name a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stream's name has 1 to 200 visible ASCII characters")]
pub struct InvalidStreamName;

impl StreamName {
    /// Longest name, in bytes: it is part of an index key.
    pub const MAX_LENGTH: usize = 200;

    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`InvalidStreamName`] if it is empty, too long or has other characters than visible ASCII.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidStreamName> {
        let name = name.into();
        if name.is_empty()
            || name.len() > Self::MAX_LENGTH
            || !name.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(InvalidStreamName);
        }
        Ok(Self(name))
    }

    /// The stream of one entity of a kind: `kind/<uuid>`.
    ///
    /// # Errors
    /// [`InvalidStreamName`] as for [`StreamName::new`].
    pub fn of(kind: &str, id: Uuid) -> Result<Self, InvalidStreamName> {
        Self::new(format!("{kind}/{id}"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StreamName {
    type Error = InvalidStreamName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<StreamName> for String {
    fn from(name: StreamName) -> Self {
        name.0
    }
}

macro_rules! display_as_inner {
    ($($name:ty),*) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}
display_as_inner!(LogId, IncarnationId, EventId, Position, StreamVersion, StreamName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_name_is_visible_ascii_of_bounded_length() {
        assert!(StreamName::new("account/0190").is_ok());
        for bad in ["", "with space", "nul\0", "ümlaut", "line\n"] {
            assert_eq!(StreamName::new(bad), Err(InvalidStreamName), "{bad:?}");
        }
        assert!(StreamName::new("x".repeat(StreamName::MAX_LENGTH)).is_ok());
        assert!(StreamName::new("x".repeat(StreamName::MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn an_event_id_carries_the_time_it_was_made_for() {
        let id = EventId::at(1_767_225_600_123_456);
        let (seconds, nanos) = id.0.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_767_225_600, 123));
        assert_eq!(id.0.get_version_num(), 7);
    }
}
