//! Encodes an event of an operation's stream into a record's body, and decodes it again by the record's type.

use super::events::{
    Closed, End, Ended, FenceIntended, Fenced, FollowUpIntended, Received, Reported, StoodDown, WriteIntended,
};

/// Any event of an operation's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationEvent {
    Received(Received),
    FenceIntended(FenceIntended),
    Fenced(Fenced),
    WriteIntended(WriteIntended),
    FollowUpIntended(FollowUpIntended),
    Ended(Box<Ended>),
    StoodDown(StoodDown),
    Closed(Closed),
    Reported(Reported),
}

/// A record that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableEvent {
    /// A type or schema version of a newer connector.
    #[error("{event_type} version {schema_version} is not known to this version")]
    Unknown {
        event_type: String,
        /// The schema version.
        schema_version: u16,
    },
    /// A stream in which no event is recorded.
    #[error("no event is recorded in a stream {0}")]
    Stream(String),
    /// The body does not fit its type.
    #[error("the body of {event_type} does not parse")]
    Body {
        event_type: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl UnreadableEvent {
    pub(in crate::audit) fn unknown(event_type: &str, schema_version: u16) -> Self {
        Self::Unknown {
            event_type: event_type.to_owned(),
            schema_version,
        }
    }

    pub(in crate::audit) fn body(event_type: &str, source: serde_json::Error) -> Self {
        Self::Body {
            event_type: event_type.to_owned(),
            source,
        }
    }
}

impl OperationEvent {
    /// The schema version of every event so far.
    pub const SCHEMA_VERSION: u16 = 1;

    /// The record's type.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Received(_) => "Received",
            Self::FenceIntended(_) => "FenceIntended",
            Self::Fenced(_) => "Fenced",
            Self::WriteIntended(_) => "WriteIntended",
            Self::FollowUpIntended(_) => "FollowUpIntended",
            Self::Ended(ended) => ended.end.event_type(),
            Self::StoodDown(_) => "StoodDown",
            Self::Closed(_) => "Closed",
            Self::Reported(_) => "Reported",
        }
    }

    /// The record's body.
    ///
    /// # Errors
    /// None of these types can fail to encode; serde's signature allows for it.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Received(event) => serde_json::to_vec(event),
            Self::FenceIntended(event) => serde_json::to_vec(event),
            Self::Fenced(event) => serde_json::to_vec(event),
            Self::WriteIntended(event) => serde_json::to_vec(event),
            Self::FollowUpIntended(event) => serde_json::to_vec(event),
            Self::Ended(event) => serde_json::to_vec(event),
            Self::StoodDown(event) => serde_json::to_vec(event),
            Self::Closed(event) => serde_json::to_vec(event),
            Self::Reported(event) => serde_json::to_vec(event),
        }
    }

    /// Reads a record's body.
    pub fn decode(event_type: &str, schema_version: u16, body: &[u8]) -> Result<Self, UnreadableEvent> {
        if schema_version != Self::SCHEMA_VERSION {
            return Err(UnreadableEvent::unknown(event_type, schema_version));
        }
        let decoded = match event_type {
            "Received" => serde_json::from_slice(body).map(Self::Received),
            "FenceIntended" => serde_json::from_slice(body).map(Self::FenceIntended),
            "Fenced" => serde_json::from_slice(body).map(Self::Fenced),
            "WriteIntended" => serde_json::from_slice(body).map(Self::WriteIntended),
            "FollowUpIntended" => serde_json::from_slice(body).map(Self::FollowUpIntended),
            "StoodDown" => serde_json::from_slice(body).map(Self::StoodDown),
            "Closed" => serde_json::from_slice(body).map(Self::Closed),
            "Reported" => serde_json::from_slice(body).map(Self::Reported),
            other => match End::from_event_type(other) {
                Some(end) => serde_json::from_slice::<Ended>(body)
                    .map(|ended| Self::Ended(Box::new(Ended { end, ..ended }))),
                None => return Err(UnreadableEvent::unknown(event_type, schema_version)),
            },
        };
        decoded.map_err(|source| UnreadableEvent::body(event_type, source))
    }
}

#[cfg(test)]
mod tests {
    use groundwire_proto::reasons::{Reason, ReasonCode};
    use uuid::Uuid;

    use super::super::events::{MarkerSeen, Proof};
    use super::*;
    use crate::audit::Durations;
    use crate::domain::{AccountAnchor, OperationId, OperationKind};

    fn ended(end: End) -> OperationEvent {
        OperationEvent::Ended(Box::new(Ended {
            end,
            attempt: 1,
            anchor: AccountAnchor::new(Uuid::nil()),
            kind: OperationKind::SelfReset,
            sequence: 4,
            role: "self_service".to_owned(),
            proof: Proof::Asserted,
            reasons: vec![Reason::new(ReasonCode::PasswordTooShort).with("minimum", 12)],
            warnings: vec![],
            evidence: None,
            durations: Durations::default(),
            recovered: false,
            cleared_tries: false,
            unanswered_try: false,
            ended_at_ms: 5,
            trace_id: None,
        }))
    }

    #[test]
    fn every_end_survives_its_record_by_the_records_type() {
        for end in End::ALL {
            let event = ended(end);
            let again = OperationEvent::decode(event.event_type(), 1, &event.encode().unwrap()).unwrap();
            assert_eq!(again, event);
        }
    }

    #[test]
    fn a_newer_record_is_not_guessed_at() {
        let event = ended(End::Applied);
        let body = event.encode().unwrap();
        assert!(matches!(
            OperationEvent::decode("Applied", 2, &body),
            Err(UnreadableEvent::Unknown { .. })
        ));
        assert!(matches!(
            OperationEvent::decode("Teleported", 1, &body),
            Err(UnreadableEvent::Unknown { .. })
        ));
        assert!(matches!(
            OperationEvent::decode("Fenced", 1, b"{}"),
            Err(UnreadableEvent::Body { .. })
        ));
    }

    #[test]
    fn a_marker_is_recorded_without_its_mac() {
        let seen = MarkerSeen::Valid {
            state: 'W',
            sequence: 3,
            operation: OperationId::new(Uuid::nil()),
            attempt: 1,
            fence_count: 0,
        };
        let text = serde_json::to_string(&seen).unwrap();
        assert_eq!(
            text,
            r#"{"is":"valid","state":"W","sequence":3,"operation":"00000000-0000-0000-0000-000000000000","attempt":1,"fence_count":0}"#
        );
    }
}
