//! The events of an account's stream. A record's type names the event, its body is the JSON of the struct, its schema
//! version is [`AccountEvent::SCHEMA_VERSION`]. Nothing in a body is personal and nothing anywhere is a fact about a password.

use groundwire_proto::reasons::{Reason, ReasonCode};
use serde::{Deserialize, Serialize};

use super::{
    ConnectorGroupId, ConnectorId, LookupName, OnBehalfOf, OperationFlags, OperationId, OperationKind,
    Outcome, OutcomeCode, Role,
};

/// An event of an account's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEvent {
    /// An operation was requested and accepted.
    Requested(Box<OperationRequested>),
    /// It was handed to a connector (committed before it was sent).
    Delivered(OperationDelivered),
    /// Its time passed while it was handed out: it may or may not be in AD.
    InDoubt(OperationInDoubt),
    /// It ended: `OperationApplied`, `OperationRejected` and so on, by the outcome's code.
    Ended(Box<OperationEnded>),
    /// A report that did not become the outcome.
    OutcomeKept(Box<OutcomeKeptAsEvidence>),
    /// AD holds an operation with a later number than was given here: the log lost its end.
    SequenceSkipped(SequenceSkipped),
    /// A connector did not begin an attempt, and never will: the one before is in force again.
    NotTaken(OperationNotTaken),
}

/// An operation was requested and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRequested {
    pub operation_id: OperationId,
    /// Number within the account.
    pub sequence: u64,
    /// What is to be written.
    pub kind: OperationKind,
    /// What goes with it.
    #[serde(default)]
    pub flags: OperationFlags,
    /// The group that serves the account.
    pub group: ConnectorGroupId,
    /// Subject of the credential.
    pub requested_by: String,
    pub role: Role,
    /// When (unix µs).
    pub requested_at_us: i64,
    /// After this it is not written (unix µs, whole milliseconds: it is bound into the sealed secret).
    pub expires_at_us: i64,
    /// SHA-256 (hex) over principal, account, kind and flags: what makes the same id the same operation.
    pub fingerprint: String,
    /// Keys that the secret is sealed to; empty for kinds without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_ids: Vec<String>,
    /// The account was named by a name, not by its anchor. It stays when the name is erased: without the name it cannot
    /// be told whose account is meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
    /// W3C trace context; in the record's metadata.
    #[serde(skip)]
    pub traceparent: Option<String>,
    /// On whose behalf; in the record's erasable part.
    #[serde(skip)]
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The name that the account was named by; in the record's erasable part.
    #[serde(skip)]
    pub lookup_name: Option<LookupName>,
}

/// What is personal of a request: the erasable part of its record.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct PersonalPart {
    #[serde(flatten)]
    on_behalf_of: OnBehalfOf,
    #[serde(skip_serializing_if = "Option::is_none")]
    lookup_name: Option<LookupName>,
}

impl PersonalPart {
    /// `None` if there is nothing personal.
    fn of(event: &OperationRequested) -> Option<Self> {
        (event.on_behalf_of.is_some() || event.lookup_name.is_some()).then(|| Self {
            on_behalf_of: event.on_behalf_of.clone().unwrap_or_default(),
            lookup_name: event.lookup_name.clone(),
        })
    }

    fn put_into(self, event: &mut OperationRequested) {
        let says_nobody = self.on_behalf_of == OnBehalfOf::default();
        event.on_behalf_of = (!says_nobody || self.lookup_name.is_none()).then_some(self.on_behalf_of);
        event.lookup_name = self.lookup_name;
    }
}

/// It was handed to a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationDelivered {
    pub operation_id: OperationId,
    /// Number of this hand-over, from 1.
    pub attempt: u32,
    pub connector: ConnectorId,
    /// When (unix µs).
    pub delivered_at_us: i64,
}

/// It may or may not be in AD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationInDoubt {
    pub operation_id: OperationId,
    /// The attempt that is in doubt.
    pub attempt: u32,
    /// Since when (unix µs).
    pub since_us: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationEnded {
    pub operation_id: OperationId,
    pub outcome: Outcome,
}

/// A report that did not become the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeKeptAsEvidence {
    pub operation_id: OperationId,
    /// Why it is not the outcome.
    pub because: EvidenceKept,
    /// Who reported it.
    pub connector: ConnectorId,
    /// What it said.
    pub outcome: Outcome,
}

/// AD holds an operation with a later number than was given here: the directory was restored, or lost a failover's tail. It
/// goes on behind that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceSkipped {
    /// The operation that found it, and was superseded.
    pub operation_id: OperationId,
    /// The first number that is left out.
    pub first: u64,
    /// The last one: the marker's.
    pub last: u64,
    /// The marker's operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<OperationId>,
}

/// Why a report did not become the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKept {
    /// Another outcome stands, or the attempt was never handed out: an alarm.
    Conflicting,
    /// A later attempt was handed out, and this one does not prove a write.
    TakenOver,
}

/// An attempt was not begun, and never will be. It says nothing of other attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationNotTaken {
    pub operation_id: OperationId,
    /// The attempt that was not taken.
    pub attempt: u32,
    pub connector: ConnectorId,
    /// Why, as the connector says.
    pub cause: NotTakenCause,
    /// When it was recorded (unix µs).
    pub not_taken_at_us: i64,
}

/// Why a connector does not take an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTakenCause {
    /// A cause that this version does not know.
    Unspecified,
    /// The signature does not hold there.
    NotVerified,
    /// The connector's version does not understand the event.
    NotUnderstood,
    /// Another operation of the account is at work there.
    AccountHeld,
    /// An earlier attempt of the same operation is at work there.
    OperationAtWork,
    /// The connector's audit store does not answer.
    StoreUnavailable,
    /// The connector's log says something else of the operation.
    ContradictsLog,
}

impl NotTakenCause {
    /// The reason with which an operation ends that nobody has begun, where trying again would not help its caller.
    #[must_use]
    pub fn reason_to_end(self) -> Option<Reason> {
        match self {
            Self::NotVerified => Some(Reason::new(ReasonCode::SignatureInvalid)),
            Self::NotUnderstood => Some(Reason::new(ReasonCode::Internal)),
            Self::StoreUnavailable => Some(Reason::new(ReasonCode::AuditStoreUnavailable)),
            Self::ContradictsLog => Some(Reason::new(ReasonCode::Replayed)),
            Self::Unspecified | Self::AccountHeld | Self::OperationAtWork => None,
        }
    }

    /// The word in records, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::NotVerified => "not_verified",
            Self::NotUnderstood => "not_understood",
            Self::AccountHeld => "account_held",
            Self::OperationAtWork => "operation_at_work",
            Self::StoreUnavailable => "store_unavailable",
            Self::ContradictsLog => "contradicts_log",
        }
    }
}

/// A record that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum MalformedEvent {
    /// A type that is no event of an account.
    #[error("unknown event type {0}")]
    UnknownType(String),
    /// A schema version of the future.
    #[error("unknown schema version {0}")]
    UnknownVersion(u16),
    /// A body or erasable part that does not parse, or a body that contradicts its type.
    #[error("malformed body of {event_type}")]
    Body {
        /// The event's type.
        event_type: String,
    },
}

impl AccountEvent {
    /// Version of the bodies' schema.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The type of its record (design section 5).
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Requested(_) => "OperationRequested",
            Self::Delivered(_) => "OperationDelivered",
            Self::InDoubt(_) => "OperationInDoubt",
            Self::Ended(ended) => ended_type(ended.outcome.code),
            Self::OutcomeKept(_) => "OutcomeKeptAsEvidence",
            Self::SequenceSkipped(_) => "SequenceSkipped",
            Self::NotTaken(_) => "OperationNotTaken",
        }
    }

    /// The operation it is about.
    #[must_use]
    pub const fn operation_id(&self) -> OperationId {
        match self {
            Self::Requested(event) => event.operation_id,
            Self::Delivered(event) => event.operation_id,
            Self::InDoubt(event) => event.operation_id,
            Self::Ended(event) => event.operation_id,
            Self::OutcomeKept(event) => event.operation_id,
            Self::SequenceSkipped(event) => event.operation_id,
            Self::NotTaken(event) => event.operation_id,
        }
    }

    /// The body's JSON.
    ///
    /// # Errors
    /// None for these types; the caller need not know that.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Requested(event) => serde_json::to_vec(event),
            Self::Delivered(event) => serde_json::to_vec(event),
            Self::InDoubt(event) => serde_json::to_vec(event),
            Self::Ended(event) => serde_json::to_vec(event),
            Self::OutcomeKept(event) => serde_json::to_vec(event),
            Self::SequenceSkipped(event) => serde_json::to_vec(event),
            Self::NotTaken(event) => serde_json::to_vec(event),
        }
    }

    /// The erasable part's JSON, if there is anything personal.
    ///
    /// # Errors
    /// None for these types.
    pub fn erasable(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        match self {
            Self::Requested(event) => PersonalPart::of(event)
                .as_ref()
                .map(serde_json::to_vec)
                .transpose(),
            Self::Delivered(_)
            | Self::InDoubt(_)
            | Self::Ended(_)
            | Self::OutcomeKept(_)
            | Self::SequenceSkipped(_)
            | Self::NotTaken(_) => Ok(None),
        }
    }

    /// From a record.
    pub fn parse(
        event_type: &str,
        schema_version: u16,
        body: &[u8],
        traceparent: Option<&str>,
        erasable: Option<&[u8]>,
    ) -> Result<Self, MalformedEvent> {
        if schema_version != Self::SCHEMA_VERSION {
            return Err(MalformedEvent::UnknownVersion(schema_version));
        }
        let malformed = |_| MalformedEvent::Body {
            event_type: event_type.to_owned(),
        };
        let event = match event_type {
            "OperationRequested" => {
                let mut event: OperationRequested = serde_json::from_slice(body).map_err(malformed)?;
                event.traceparent = traceparent.map(str::to_owned);
                if let Some(erasable) = erasable {
                    let personal: PersonalPart = serde_json::from_slice(erasable).map_err(malformed)?;
                    personal.put_into(&mut event);
                }
                Self::Requested(Box::new(event))
            }
            "OperationDelivered" => Self::Delivered(serde_json::from_slice(body).map_err(malformed)?),
            "OperationInDoubt" => Self::InDoubt(serde_json::from_slice(body).map_err(malformed)?),
            "OutcomeKeptAsEvidence" => Self::OutcomeKept(serde_json::from_slice(body).map_err(malformed)?),
            "SequenceSkipped" => Self::SequenceSkipped(serde_json::from_slice(body).map_err(malformed)?),
            "OperationNotTaken" => Self::NotTaken(serde_json::from_slice(body).map_err(malformed)?),
            "OperationApplied"
            | "OperationRejected"
            | "OperationFailed"
            | "OperationExpired"
            | "OperationSuperseded"
            | "OperationCancelled"
            | "OperationUnknown" => Self::Ended(serde_json::from_slice(body).map_err(malformed)?),
            other => return Err(MalformedEvent::UnknownType(other.to_owned())),
        };
        if event.event_type() != event_type {
            return Err(MalformedEvent::Body {
                event_type: event_type.to_owned(),
            });
        }
        Ok(event)
    }
}

const fn ended_type(code: OutcomeCode) -> &'static str {
    match code {
        OutcomeCode::Applied => "OperationApplied",
        OutcomeCode::Rejected => "OperationRejected",
        OutcomeCode::Failed => "OperationFailed",
        OutcomeCode::Expired => "OperationExpired",
        OutcomeCode::Superseded => "OperationSuperseded",
        OutcomeCode::Cancelled => "OperationCancelled",
        OutcomeCode::Unknown => "OperationUnknown",
    }
}
