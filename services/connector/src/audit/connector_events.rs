//! What is recorded of the connector itself, in its stream `connector/<id>`.

use std::borrow::Cow;

use groundwire_proto::reasons::Reason;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::operation::UnreadableEvent;
use crate::domain::OperationId;

/// An event of the connector's own stream. A body is the JSON of its struct; what is written is held by `tests/golden`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ConnectorEvent {
    /// The process started.
    Started(Started),
    /// A stream to the directory is open.
    Attached(Attached),
    /// The stream ended.
    Detached(Detached),
    /// The guardrails that hold from now on; the first after a start, and each that differs.
    PolicyChanged(PolicyChanged),
    /// A domain controller was chosen.
    DcSelected(DcSelected),
    /// The domain controller does not answer any more.
    DcLost(DcLost),
    /// A guardrail that concerns more than one operation stopped the work.
    GuardrailTripped(GuardrailTripped),
    /// A new sealing key is in use.
    KeyRotated(KeyRotated),
    /// A new certificate is in use.
    CertificateRenewed(CertificateRenewed),
    /// A frame was refused before it could become an operation's record: signature, recipient, or a repetition with
    /// other content.
    EventRefused(EventRefused),
    /// Something that a human must look at.
    AlarmRaised(AlarmRaised),
    /// The process stops in good order.
    Stopped(Stopped),
}

/// The process started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub version: String,
}

/// A stream to the directory is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The directory it dialled (host and port, as configured).
    pub directory: String,
}

/// The stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detached {
    /// Why, in one word.
    pub why: String,
}

/// The guardrails that hold from now on; the first after a start, and each that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChanged {
    /// DNs of the units in scope.
    pub include: Vec<String>,
    /// DNs of the units left out.
    pub exclude: Vec<String>,
    /// Kinds of operation that are allowed.
    pub kinds: Vec<String>,
    /// Whether accounts that need no password are written.
    pub allow_password_not_required: bool,
}

/// A domain controller was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DcSelected {
    /// Its DNS name.
    pub dc: String,
    /// Its invocation id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<Uuid>,
}

/// The domain controller does not answer any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DcLost {
    /// Its DNS name.
    pub dc: String,
    pub reason: Reason,
}

/// A guardrail that concerns more than one operation stopped the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardrailTripped {
    pub reason: Reason,
}

/// A new sealing key is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRotated {
    pub key_id: String,
}

/// A new certificate is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRenewed {
    /// Its serial number, in hexadecimal.
    pub serial: String,
}

/// A frame was refused before it could become an operation's record: signature, recipient, or a repetition with
/// other content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRefused {
    pub reason: Reason,
    pub what: Cow<'static, str>,
    /// The operation, where the signature vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
    /// The attempt, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

/// Something that a human must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRaised {
    pub reason: Reason,
    /// The operation that it was noticed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationId>,
}

/// The process stops in good order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why, in one word.
    pub why: String,
}

impl ConnectorEvent {
    /// The schema version of every event so far.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The record's type.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Started(_) => "Started",
            Self::Attached(_) => "Attached",
            Self::Detached(_) => "Detached",
            Self::PolicyChanged(_) => "PolicyChanged",
            Self::DcSelected(_) => "DcSelected",
            Self::DcLost(_) => "DcLost",
            Self::GuardrailTripped(_) => "GuardrailTripped",
            Self::KeyRotated(_) => "KeyRotated",
            Self::CertificateRenewed(_) => "CertificateRenewed",
            Self::EventRefused(_) => "EventRefused",
            Self::AlarmRaised(_) => "AlarmRaised",
            Self::Stopped(_) => "Stopped",
        }
    }

    /// Reads the body of a record.
    pub fn decode(event_type: &str, schema_version: u16, body: &[u8]) -> Result<Self, UnreadableEvent> {
        if schema_version != Self::SCHEMA_VERSION {
            return Err(UnreadableEvent::unknown(event_type, schema_version));
        }
        let decoded = match event_type {
            "Started" => serde_json::from_slice(body).map(Self::Started),
            "Attached" => serde_json::from_slice(body).map(Self::Attached),
            "Detached" => serde_json::from_slice(body).map(Self::Detached),
            "PolicyChanged" => serde_json::from_slice(body).map(Self::PolicyChanged),
            "DcSelected" => serde_json::from_slice(body).map(Self::DcSelected),
            "DcLost" => serde_json::from_slice(body).map(Self::DcLost),
            "GuardrailTripped" => serde_json::from_slice(body).map(Self::GuardrailTripped),
            "KeyRotated" => serde_json::from_slice(body).map(Self::KeyRotated),
            "CertificateRenewed" => serde_json::from_slice(body).map(Self::CertificateRenewed),
            "EventRefused" => serde_json::from_slice(body).map(Self::EventRefused),
            "AlarmRaised" => serde_json::from_slice(body).map(Self::AlarmRaised),
            "Stopped" => serde_json::from_slice(body).map(Self::Stopped),
            _ => return Err(UnreadableEvent::unknown(event_type, schema_version)),
        };
        decoded.map_err(|source| UnreadableEvent::body(event_type, source))
    }
}
