//! What is recorded of the connector itself, in its stream `connector/<id>`.

use serde::Serialize;
use uuid::Uuid;

use crate::domain::Reason;

/// An event of the connector's own stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ConnectorEvent {
    /// The process started.
    Started {
        /// Its version.
        version: String,
    },
    /// A stream to the directory is open.
    Attached {
        /// The directory it dialled (host and port, as configured).
        directory: String,
    },
    /// The stream ended.
    Detached {
        /// Why, in one word.
        why: String,
    },
    /// The guardrails that hold from now on; the first after a start, and each that differs.
    PolicyChanged {
        /// DNs of the units in scope.
        include: Vec<String>,
        /// DNs of the units left out.
        exclude: Vec<String>,
        /// Kinds of operation that are allowed.
        kinds: Vec<String>,
        /// Whether accounts that need no password are written.
        allow_password_not_required: bool,
    },
    /// A domain controller was chosen.
    DcSelected {
        /// Its DNS name.
        dc: String,
        /// Its invocation id.
        #[serde(skip_serializing_if = "Option::is_none")]
        invocation_id: Option<Uuid>,
    },
    /// The domain controller does not answer any more.
    DcLost {
        /// Its DNS name.
        dc: String,
        /// Why.
        reason: Reason,
    },
    /// A guardrail that concerns more than one operation stopped the work.
    GuardrailTripped {
        /// Which.
        reason: Reason,
    },
    /// A new sealing key is in use.
    KeyRotated {
        /// Its id.
        key_id: String,
    },
    /// A new certificate is in use.
    CertificateRenewed {
        /// Its serial number, in hexadecimal.
        serial: String,
    },
    /// A frame was refused before it could become an operation's record: signature, recipient, or a repetition with
    /// other content.
    EventRefused {
        /// Why.
        reason: Reason,
        /// What exactly.
        what: &'static str,
        /// The operation, where the signature vouches for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<Uuid>,
        /// The attempt, likewise.
        #[serde(skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
    },
    /// Something that a human must look at.
    AlarmRaised {
        /// What.
        reason: Reason,
        /// The operation that it was noticed with.
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<Uuid>,
    },
    /// The process stops in good order.
    Stopped {
        /// Why, in one word.
        why: String,
    },
}

impl ConnectorEvent {
    /// The schema version of every event so far.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The record's type.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Started { .. } => "Started",
            Self::Attached { .. } => "Attached",
            Self::Detached { .. } => "Detached",
            Self::PolicyChanged { .. } => "PolicyChanged",
            Self::DcSelected { .. } => "DcSelected",
            Self::DcLost { .. } => "DcLost",
            Self::GuardrailTripped { .. } => "GuardrailTripped",
            Self::KeyRotated { .. } => "KeyRotated",
            Self::CertificateRenewed { .. } => "CertificateRenewed",
            Self::EventRefused { .. } => "EventRefused",
            Self::AlarmRaised { .. } => "AlarmRaised",
            Self::Stopped { .. } => "Stopped",
        }
    }
}
