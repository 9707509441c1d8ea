//! What a verification of the audit log needs beside the log itself.

use std::time::Duration;

use groundwire_eventlog::{LogId, ReadError, Reader, Record, Session};
use sqlx::PgPool;
use uuid::Uuid;

use super::connector_events::ConnectorEvent;
use super::operation::{OperationEvent, UnreadableEvent};

/// Longest read of one page.
const READ_DEADLINE: Duration = Duration::from_secs(30);

/// Reads the audit store's log without being able to append to it; `None` if the store says nowhere which log is its own.
///
/// # Errors
/// [`sqlx::Error`]; the database is away, or was never migrated.
pub async fn open_reader(pool: PgPool) -> Result<Option<Reader>, sqlx::Error> {
    let log: Option<Uuid> = sqlx::query_scalar("SELECT log FROM connector.audit_store")
        .fetch_optional(&mut Session::acquire(&pool, READ_DEADLINE).await?)
        .await?;
    Ok(log.map(|log| Reader::new(pool, LogId(log)).with_deadline(READ_DEADLINE)))
}

/// Whether something tells that the log was begun, also where its head is gone: a part of it, a row of its projection, or
/// another log, since a database holds one audit store.
pub async fn was_begun(pool: &PgPool, reader: &Reader) -> Result<bool, ReadError> {
    if reader.has_remains().await? {
        return Ok(true);
    }
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM connector.operations) OR EXISTS (SELECT FROM eventlog.log_heads)",
    )
    .fetch_one(&mut Session::acquire(pool, READ_DEADLINE).await?)
    .await?)
}

/// Reads the event of a record, by the stream that it is in.
pub fn read_event(record: &Record) -> Result<(), UnreadableEvent> {
    let (event_type, version, body) = (&record.event_type, record.schema_version, &record.body);
    match record.stream.as_str().split_once('/').map(|(kind, _)| kind) {
        Some("operation") => OperationEvent::decode(event_type, version, body).map(drop),
        Some("connector") => ConnectorEvent::decode(event_type, version, body).map(drop),
        Some(_) | None => Err(UnreadableEvent::Stream(record.stream.to_string())),
    }
}
