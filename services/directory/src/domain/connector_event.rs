//! The events of a connector's stream, with those of enrolment tokens and of a group's DC, which stand in the tenant's. No
//! names of people, no addresses.

use std::borrow::Cow;

use groundwire_proto::log_head::{Fork, SeenHead};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ConnectorGroupId, ConnectorId, MalformedEvent};

/// What happened. A body is the JSON of its struct; a field is never renamed, a new one is optional. What is written is
/// held by `tests/golden`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ConnectorEvent {
    /// A token was made. Tenant's stream.
    EnrollmentTokenIssued(EnrollmentTokenIssued),
    /// A token was revoked. Tenant's stream.
    EnrollmentTokenRevoked(EnrollmentTokenRevoked),
    /// A connector has an identity.
    ConnectorEnrolled(ConnectorEnrolled),
    /// A stream opened.
    ConnectorAttached(ConnectorAttached),
    /// A stream ended.
    ConnectorDetached(ConnectorDetached),
    /// A key was presented for the first time.
    SealingKeyRotated(SealingKeyRotated),
    /// The DC that all connectors of the group write to is set, or its invocation id changed (it was restored).
    GroupDcChosen(GroupDcChosen),
    /// An administrator named the DC that all connectors of the group write to. Tenant's stream.
    GroupDcSet(GroupDcSet),
    /// A sync ended.
    AccountsSynced(AccountsSynced),
    /// Alarm: a log is not the one that was seen.
    LogForked(LogForked),
}

/// A token was made. Tenant's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentTokenIssued {
    pub token: Uuid,
    /// The group it enrols into.
    pub group: ConnectorGroupId,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// A token was revoked. Tenant's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentTokenRevoked {
    pub token: Uuid,
}

/// A connector has an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorEnrolled {
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    /// The token it used.
    pub token: Uuid,
    /// The name it gave itself.
    pub display_name: String,
    pub version: String,
    /// Its certificate's serial number, hex.
    pub certificate_serial: String,
    /// SHA-256 of its certificate, hex.
    pub certificate_fingerprint: String,
    #[serde(with = "time::serde::rfc3339")]
    pub certificate_expires_at: OffsetDateTime,
    /// The group's root key (hex), where this connector was the one to set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_root_key: Option<String>,
}

/// A stream opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorAttached {
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    pub version: String,
    /// The audit store it writes to.
    pub audit_store: String,
    /// The DC it writes to.
    pub dc: String,
    /// Its sealing keys.
    pub keys: Vec<String>,
    /// What it complained of, as reason codes.
    pub conditions: Vec<String>,
}

/// A stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorDetached {
    pub connector: ConnectorId,
    /// Why, one of a closed set of words.
    pub why: Cow<'static, str>,
}

/// A key was presented for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKeyRotated {
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    /// The new key.
    pub key: String,
    #[serde(with = "time::serde::rfc3339")]
    pub seal_from: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub seal_until: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub open_until: OffsetDateTime,
}

/// The DC that all connectors of the group write to is set, or its invocation id changed (it was restored).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDcChosen {
    pub group: ConnectorGroupId,
    /// The connector that reported it.
    pub connector: ConnectorId,
    pub host: String,
    pub invocation_id: String,
    /// Whether it supports policy hints.
    pub policy_hints: bool,
    /// How many writable DCs its domain has, itself included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_controllers: Option<u32>,
    /// It is the only DC of its domain and was restored: what was delivered up to then (unix µs) may be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_before_us: Option<i64>,
}

/// An administrator named the DC that all connectors of the group write to; the record's actor says who. Tenant's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDcSet {
    pub group: ConnectorGroupId,
    pub host: String,
    /// Its invocation id, as far as it was known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invocation_id: String,
    /// The DC before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_before: Option<String>,
    /// Writes that are not on this DC are accepted as lost: what was delivered up to then (unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_before_us: Option<i64>,
}

/// A sync ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsSynced {
    /// The connector that synced.
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    pub sync: Uuid,
    /// Accounts that were new.
    pub added: u64,
    /// Accounts that changed.
    pub updated: u64,
    /// Accounts that were removed.
    pub removed: u64,
    /// Accounts of the group now.
    pub total: u64,
    /// False: removals were held back.
    pub removals: bool,
}

/// Alarm: a log is not the one that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogForked {
    /// The connector whose view disagrees.
    pub connector: ConnectorId,
    /// Which log: `audit` (the connector's) or `directory` (ours, as the connector saw it).
    pub which: Cow<'static, str>,
    pub fork: Fork,
    pub log: Uuid,
    /// The incarnation that was reported.
    pub told_incarnation: Uuid,
    /// The position that was reported.
    pub told_position: u64,
    /// The position that was seen before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_position: Option<u64>,
}

impl ConnectorEvent {
    /// The schema version of every event so far.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The type of its record.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::EnrollmentTokenIssued(_) => "EnrollmentTokenIssued",
            Self::EnrollmentTokenRevoked(_) => "EnrollmentTokenRevoked",
            Self::ConnectorEnrolled(_) => "ConnectorEnrolled",
            Self::ConnectorAttached(_) => "ConnectorAttached",
            Self::ConnectorDetached(_) => "ConnectorDetached",
            Self::SealingKeyRotated(_) => "SealingKeyRotated",
            Self::GroupDcChosen(_) => "GroupDcChosen",
            Self::GroupDcSet(_) => "GroupDcSet",
            Self::AccountsSynced(_) => "AccountsSynced",
            Self::LogForked(_) => "LogForked",
        }
    }

    /// Reads the body of a record.
    ///
    /// # Errors
    /// [`MalformedEvent`] for a type that is none of these (another writer's of the tenant's stream), a version of the
    /// future, or a body that does not fit its type.
    pub fn parse(event_type: &str, schema_version: u16, body: &[u8]) -> Result<Self, MalformedEvent> {
        if schema_version != Self::SCHEMA_VERSION {
            return Err(MalformedEvent::UnknownVersion(schema_version));
        }
        let parsed = match event_type {
            "EnrollmentTokenIssued" => serde_json::from_slice(body).map(Self::EnrollmentTokenIssued),
            "EnrollmentTokenRevoked" => serde_json::from_slice(body).map(Self::EnrollmentTokenRevoked),
            "ConnectorEnrolled" => serde_json::from_slice(body).map(Self::ConnectorEnrolled),
            "ConnectorAttached" => serde_json::from_slice(body).map(Self::ConnectorAttached),
            "ConnectorDetached" => serde_json::from_slice(body).map(Self::ConnectorDetached),
            "SealingKeyRotated" => serde_json::from_slice(body).map(Self::SealingKeyRotated),
            "GroupDcChosen" => serde_json::from_slice(body).map(Self::GroupDcChosen),
            "GroupDcSet" => serde_json::from_slice(body).map(Self::GroupDcSet),
            "AccountsSynced" => serde_json::from_slice(body).map(Self::AccountsSynced),
            "LogForked" => serde_json::from_slice(body).map(Self::LogForked),
            other => return Err(MalformedEvent::UnknownType(other.to_owned())),
        };
        parsed.map_err(|_| MalformedEvent::Body {
            event_type: event_type.to_owned(),
        })
    }

    /// A fork of a log.
    #[must_use]
    pub fn forked(
        connector: ConnectorId,
        which: &'static str,
        fork: Fork,
        (reported, seen): (SeenHead, Option<SeenHead>),
    ) -> Self {
        Self::LogForked(LogForked {
            connector,
            which: which.into(),
            fork,
            log: reported.log,
            told_incarnation: reported.incarnation,
            told_position: reported.position,
            seen_position: seen.map(|seen| seen.position),
        })
    }

    /// The body's JSON.
    ///
    /// # Errors
    /// None for these types.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
