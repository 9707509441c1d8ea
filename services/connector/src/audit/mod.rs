//! The audit log: every step of every operation, and the events of the connector itself, in the company's own Postgres.
//!
//! Promises: an event is durable before anything is done because of it; there is one `Received` per operation and
//! attempt, and at most one end per operation; personal data is in a record's erasable part only; nothing is a fact
//! about a password. Recovery decides from an operation's stream alone ([`OperationRecord`]).

pub mod connector_events;
pub mod durations;
mod error;
#[cfg(test)]
mod golden;
mod log;
pub mod operation;
mod projection;
mod rebuild;
mod schema;
mod verify;

pub use connector_events::ConnectorEvent;
pub use durations::Durations;
pub use error::{AuditError, OpenAuditError};
pub use log::{AuditLog, Entry};
pub use operation::{OperationEvent, OperationRecord, OperationStage, Personal, UnreadableEvent};
pub use schema::{grant_service, migrate};
pub use verify::{open_reader, read_event, was_begun};
