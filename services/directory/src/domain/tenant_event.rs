//! The events of a tenant's stream, but for those of enrolment tokens.

use groundwire_proto::reasons::{ReasonCode, name};
use serde::{Deserialize, Serialize};

use super::{ConnectorGroupId, TenantId, WritebackSettings};

/// An event of a tenant's stream (or, for what belongs to no tenant, of the system log's).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantEvent {
    /// The tenant was made.
    TenantCreated(TenantCreated),
    /// A connector group was made.
    ConnectorGroupCreated(ConnectorGroupCreated),
    /// The settings are now these.
    WritebackSettingsChanged(WritebackSettings),
    /// An attempt that never became an operation.
    AttemptRefused(AttemptRefused),
}

/// The tenant was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantCreated {
    pub tenant_id: TenantId,
    pub display_name: String,
    /// When (unix µs).
    pub created_at_us: i64,
}

/// A connector group was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorGroupCreated {
    pub group_id: ConnectorGroupId,
    pub display_name: String,
    /// When (unix µs).
    pub created_at_us: i64,
}

/// Attempts that never became an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRefused {
    pub method: String,
    /// Why: a reason's name, or `UNAUTHENTICATED`, `INVALID_ARGUMENT` and the like.
    pub reason: String,
    /// How many attempts of this subject, method and reason this record stands for.
    pub count: u64,
    /// The first of them (unix µs).
    pub first_at_us: i64,
    /// The last of them (unix µs).
    pub last_at_us: i64,
}

impl TenantEvent {
    /// Version of the bodies' schema.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The type of its record.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::TenantCreated(_) => "TenantCreated",
            Self::ConnectorGroupCreated(_) => "ConnectorGroupCreated",
            Self::WritebackSettingsChanged(_) => "WritebackSettingsChanged",
            Self::AttemptRefused(_) => "AttemptRefused",
        }
    }

    /// The body's JSON.
    ///
    /// # Errors
    /// None for these types.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::TenantCreated(event) => serde_json::to_vec(event),
            Self::ConnectorGroupCreated(event) => serde_json::to_vec(event),
            Self::WritebackSettingsChanged(event) => serde_json::to_vec(event),
            Self::AttemptRefused(event) => serde_json::to_vec(event),
        }
    }

    /// From a record; `None` for types that others write to the stream.
    ///
    /// # Errors
    /// A body that does not parse.
    pub fn parse(event_type: &str, body: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        Ok(Some(match event_type {
            "TenantCreated" => Self::TenantCreated(serde_json::from_slice(body)?),
            "ConnectorGroupCreated" => Self::ConnectorGroupCreated(serde_json::from_slice(body)?),
            "WritebackSettingsChanged" => Self::WritebackSettingsChanged(serde_json::from_slice(body)?),
            "AttemptRefused" => Self::AttemptRefused(serde_json::from_slice(body)?),
            _ => return Ok(None),
        }))
    }
}

impl AttemptRefused {
    /// One attempt, refused for a reason of the table.
    #[must_use]
    pub fn once(method: &str, reason: ReasonCode, at_us: i64) -> Self {
        Self {
            method: method.to_owned(),
            reason: name(reason).to_owned(),
            count: 1,
            first_at_us: at_us,
            last_at_us: at_us,
        }
    }
}
