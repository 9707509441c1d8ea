//! What is handed to the appender: units of records, claims and projection changes that commit together.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::projection::{ProjectionCall, ProjectionChange};
use crate::{EventId, Position, StreamName, StreamVersion};

/// One event to be written.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Name of the event, past tense (`OperationRequested`): 1 to 200 bytes without NUL.
    pub event_type: Cow<'static, str>,
    /// Version of the body's schema.
    pub schema_version: u16,
    /// JSON bytes; kept, hashed and given back exactly as they are.
    pub body: Vec<u8>,
    /// Who and why.
    pub metadata: Metadata,
    /// JSON bytes of what is personal or may hold it. Kept apart, bound by a salted digest, can be erased.
    pub erasable: Option<Vec<u8>>,
}

/// Who and why, beside an event's body. Absent fields are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Subject id of who caused it; never a name or an address (those are erasable).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// W3C trace context (`traceparent`) of the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The event that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<EventId>,
    /// What this belongs to across streams (the operation id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Uuid>,
}

/// What the version of the stream must be for a unit to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Whatever it is.
    Any,
    /// Exactly this one; `StreamVersion::ZERO` = the stream must not exist yet.
    Exactly(StreamVersion),
}

/// A key that can be taken once per log and kind, for ever: an operation id, an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What kind of key: 1 to 60 bytes without NUL.
    pub kind: &'static str,
    /// The key: at most 500 bytes without NUL.
    pub key: String,
}

/// Records, claims and projection changes that commit together or not at all.
pub struct Unit {
    /// The stream that all records of the unit belong to.
    pub stream: StreamName,
    /// What the stream's version must be.
    pub expected: ExpectedVersion,
    /// At least one.
    pub records: Vec<NewRecord>,
    /// Keys that must be free, and are taken.
    pub claims: Vec<Claim>,
    /// Applied in this order, before the calls.
    pub changes: Vec<Box<dyn ProjectionChange>>,
    /// Called in this order.
    pub calls: Vec<ProjectionCall>,
}

impl Unit {
    /// A unit without claims and projection changes.
    #[must_use]
    pub fn new(stream: StreamName, expected: ExpectedVersion, records: Vec<NewRecord>) -> Self {
        Self {
            stream,
            expected,
            records,
            claims: Vec::new(),
            changes: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// Adds a claim.
    #[must_use]
    pub fn claiming(mut self, kind: &'static str, key: impl Into<String>) -> Self {
        self.claims.push(Claim {
            kind,
            key: key.into(),
        });
        self
    }

    /// Adds a projection change.
    #[must_use]
    pub fn changing(mut self, change: impl ProjectionChange + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Adds a projection change that is a call.
    #[must_use]
    pub fn calling(mut self, function: &'static str, argument: serde_json::Value) -> Self {
        self.calls.push(ProjectionCall { function, argument });
        self
    }

    pub(crate) fn has_projections(&self) -> bool {
        !(self.changes.is_empty() && self.calls.is_empty())
    }

    /// Checks what the database would refuse, so that one unit's mistake never reaches a batch.
    pub(crate) fn check(&self) -> Result<(), InvalidUnit> {
        if self.records.is_empty() {
            return Err(InvalidUnit::NoRecords);
        }
        let is_name =
            |text: &str, longest: usize| !text.is_empty() && text.len() <= longest && !text.contains('\0');
        if !self.records.iter().all(|record| is_name(&record.event_type, 200)) {
            return Err(InvalidUnit::EventType);
        }
        if !self
            .claims
            .iter()
            .all(|claim| is_name(claim.kind, 60) && is_name(&claim.key, 500))
        {
            return Err(InvalidUnit::Claim);
        }
        if self.calls.iter().any(|call| holds_nul(&call.argument)) {
            return Err(InvalidUnit::Argument);
        }
        let bytes: usize = self
            .records
            .iter()
            .map(|record| record.body.len() + record.erasable.as_ref().map_or(0, Vec::len))
            .sum();
        if bytes > Self::MAX_BYTES {
            return Err(InvalidUnit::TooLarge);
        }
        Ok(())
    }

    /// Most bytes of bodies and erasable parts in one unit. Ours: a batch of full units stays far below the 1 GiB that
    /// Postgres takes in one message.
    pub const MAX_BYTES: usize = 1 << 20;
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unit")
            .field("stream", &self.stream)
            .field("expected", &self.expected)
            .field("records", &self.records.len())
            .field("claims", &self.claims)
            .field("changes", &self.changes.len())
            .field("calls", &self.calls)
            .finish()
    }
}

/// Whether a text of the value has a NUL. Postgres refuses it, and says and logs what stands before it.
fn holds_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A unit that can never be appended: a defect of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUnit {
    /// It has no records.
    #[error("a unit has at least one record")]
    NoRecords,
    /// An event type is empty, longer than 200 bytes or has a NUL.
    #[error("an event type has 1 to 200 bytes without NUL")]
    EventType,
    /// A claim's kind or key is empty, too long or has a NUL.
    #[error("a claim has a kind of 1 to 60 and a key of 1 to 500 bytes without NUL")]
    Claim,
    /// A text in the argument of a call has a NUL.
    #[error("the argument of a call has no NUL")]
    Argument,
    /// Bodies and erasable parts together are longer than [`Unit::MAX_BYTES`].
    #[error("a unit holds at most 1 MiB")]
    TooLarge,
}

/// Where a unit's records are now, durably.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of the unit's first record.
    pub first: Position,
    /// Position of the unit's last record.
    pub last: Position,
    /// Version of the stream after the unit.
    pub stream_version: StreamVersion,
    /// Recorded time of the unit's records (unix time in µs, by this process's clock).
    pub recorded_at_us: i64,
    /// Ids of the records, in their order.
    pub event_ids: Vec<EventId>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_argument_that_the_database_would_log_when_it_refuses_it_never_reaches_it() {
        let with = |argument| {
            let record = NewRecord {
                event_type: "Noted".into(),
                schema_version: 1,
                body: Vec::new(),
                metadata: Metadata::default(),
                erasable: None,
            };
            let stream = StreamName::new("a").unwrap();
            Unit::new(stream, ExpectedVersion::Any, vec![record])
                .calling("public.see", argument)
                .check()
        };
        assert_eq!(with(json!({ "waiting": ["a proof", null, 1] })), Ok(()));
        for bad in [
            json!("a\0"),
            json!({ "waiting": { "proof": "a credential\0" } }),
            json!([{ "\0": 1 }]),
        ] {
            assert_eq!(with(bad), Err(InvalidUnit::Argument));
        }
    }
}
