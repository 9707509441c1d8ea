//! The audit log: every step of every operation, and what the connector itself lived through, in the company's own
//! Postgres.
//!
//! Promises: an event is durable before anything is done because of it; one `Received` per operation and attempt, at
//! most one end per operation; what is personal stands in a record's erasable part; nothing is a fact about a password.
//! What an operation's stream says is all that recovery goes by ([`OperationRecord`]).

pub mod connector_events;
pub mod durations;
mod error;
#[cfg(test)]
mod golden;
mod log;
mod operation_event;
pub mod operation_events;
mod operation_record;
mod projection;
mod recorded;
mod schema;

pub use connector_events::ConnectorEvent;
pub use durations::Durations;
pub use error::{AuditError, OpenAuditError};
pub use log::{AuditLog, Entry};
pub use operation_event::{OperationEvent, UnreadableEvent};
pub use operation_events::Personal;
pub use operation_record::{OperationRecord, OperationStage};
pub use recorded::{RecordedEvidence, RecordedFlags, RecordedOnBehalfOf};
pub use schema::{grant_service, migrate};
