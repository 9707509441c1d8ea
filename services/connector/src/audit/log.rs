//! The audit log: appends events, answers what is known of an operation. One log per audit store; its id is made once,
//! by the migration, and kept in the database.

use std::sync::Arc;
use std::time::Duration;

use groundwire_eventlog::{
    Appended, Appender, AppenderOptions, ExpectedVersion, Head, IncarnationId, LogId, Metadata, NewRecord,
    Position, Reader, Record, STATEMENT_DEADLINE, Session, StreamName, StreamVersion, Unit,
};
use groundwire_kit::clock::Clock;
use groundwire_proto::log_head::SeenHead;
use parking_lot::Mutex;
use sqlx::PgPool;
use tokio::time::Instant;
use tracing::debug;
use uuid::Uuid;

use super::connector_events::ConnectorEvent;
use super::error::{AuditError, OpenAuditError};
use super::operation::{OperationEvent, OperationRecord, Personal};
use super::projection::OperationRow;
use crate::domain::{Attempt, ConnectorId, OperationId};

pub(super) const ATTEMPT_CLAIM: &str = "attempt";
const PAGE: u32 = 200;

/// Appends to and reads the audit log. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog {
    pub(super) pool: PgPool,
    appender: Appender,
    pub(super) reader: Reader,
    pub(super) connector: ConnectorId,
    head: Arc<Mutex<HeadSeen>>,
}

/// The last head that was read: what frames carry. True, if not always the newest; it never goes back.
#[derive(Debug, Default)]
struct HeadSeen {
    head: Option<SeenHead>,
    refreshed: Option<Instant>,
}

/// How old the head in a frame may be while something is appended.
const HEAD_AGE: Duration = Duration::from_millis(250);

/// One event of an operation to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    pub operation: OperationId,
    /// The version its stream must have.
    pub expected: StreamVersion,
    pub event: OperationEvent,
    /// Who and in which trace.
    pub metadata: Metadata,
    /// What is personal.
    pub personal: Personal,
}

impl AuditLog {
    /// Opens the store that the database holds.
    ///
    /// # Errors
    /// [`OpenAuditError`]; the database was not migrated, is away, or refuses.
    pub async fn open(
        pool: PgPool,
        connector: ConnectorId,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenAuditError> {
        let options = AppenderOptions::new(Arc::new(move || clock.unix_us()));
        Self::open_with(pool, connector, options).await
    }

    /// As [`AuditLog::open`], with the appender's deadlines and batch sizes chosen.
    ///
    /// # Errors
    /// The same as for [`AuditLog::open`].
    pub async fn open_with(
        pool: PgPool,
        connector: ConnectorId,
        options: AppenderOptions,
    ) -> Result<Self, OpenAuditError> {
        let deadline = options.deadline;
        let log: Uuid = sqlx::query_scalar("SELECT log FROM connector.audit_store")
            .fetch_one(&mut Session::acquire(&pool, STATEMENT_DEADLINE).await?)
            .await?;
        let appender = Appender::open(pool.clone(), LogId(log), options).await?;
        let reader = Reader::new(pool.clone(), LogId(log)).with_deadline(deadline);
        Ok(Self {
            pool,
            appender,
            reader,
            connector,
            head: Arc::default(),
        })
    }

    /// The audit store's id: that of its log.
    #[must_use]
    pub fn store_id(&self) -> Uuid {
        self.appender.log().0
    }

    /// The connector that records.
    #[must_use]
    pub const fn connector(&self) -> ConnectorId {
        self.connector
    }

    /// Reads the log itself: for the audit API.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Where the log stands.
    pub async fn head(&self) -> Result<SeenHead, AuditError> {
        let head = seen_head(self.reader.head().await?);
        let mut seen = self.head.lock();
        if seen.head.is_none_or(|before| before.position <= head.position) {
            seen.head = Some(head);
        }
        Ok(head)
    }

    /// Where the log stood when somebody last looked.
    #[must_use]
    pub fn head_seen(&self) -> Option<SeenHead> {
        self.head.lock().head
    }

    /// Has somebody look in the background, unless that was done a moment ago. Must be called on a tokio runtime.
    pub fn refresh_head(&self) {
        {
            let mut seen = self.head.lock();
            if seen.refreshed.is_some_and(|at| at.elapsed() < HEAD_AGE) {
                return;
            }
            seen.refreshed = Some(Instant::now());
        }
        let log = self.clone();
        tokio::spawn(async move {
            if let Err(error) = log.head().await {
                debug!(%error, "head of the audit log was not read");
            }
        });
    }

    /// Where the log stood at a position; `None` if it never came so far. What a peer saw is compared with this.
    pub async fn head_at(&self, position: u64) -> Result<Option<SeenHead>, AuditError> {
        let head = self.head().await?;
        let Some(before) = position.checked_sub(1) else {
            let genesis = Head::genesis(LogId(head.log), IncarnationId(head.incarnation));
            return Ok(Some(seen_head(genesis)));
        };
        let records = self.reader.read_log(Position(before), 1).await?;
        Ok(records.first().map(|record| SeenHead {
            position,
            hash: record.hash.0,
            ..head
        }))
    }

    /// Records an event of an operation. Durable when it answers success.
    ///
    /// # Errors
    /// [`AuditError`]; only after [`AuditError::NotKnown`] may it be in the log.
    pub async fn record(&self, entry: Entry) -> Result<Appended, AuditError> {
        let stream = operation_stream(entry.operation)?;
        let record = NewRecord {
            event_type: entry.event.event_type().into(),
            schema_version: OperationEvent::SCHEMA_VERSION,
            body: entry
                .event
                .encode()
                .map_err(|error| AuditError::Refused(Box::new(error)))?,
            metadata: Metadata {
                correlation: Some(entry.operation.uuid()),
                ..entry.metadata
            },
            erasable: personal_bytes(&entry.personal)?,
        };
        let mut unit = Unit::new(stream, ExpectedVersion::Exactly(entry.expected), vec![record]);
        if let OperationEvent::Received(received) = &entry.event {
            unit = unit.claiming(
                ATTEMPT_CLAIM,
                attempt_key(entry.operation, Attempt(received.attempt)),
            );
        }
        if let Some(change) = OperationRow::change(self.connector, entry.operation, &entry.event) {
            let change =
                serde_json::to_value(change).map_err(|error| AuditError::Refused(Box::new(error)))?;
            unit = unit.calling(OperationRow::FUNCTION, change);
        }
        Ok(self.appender.append(unit).await?)
    }

    /// Records an event of the connector itself.
    pub async fn note(&self, event: &ConnectorEvent) -> Result<Appended, AuditError> {
        let stream = connector_stream(self.connector)?;
        let record = NewRecord {
            event_type: event.event_type().into(),
            schema_version: ConnectorEvent::SCHEMA_VERSION,
            body: serde_json::to_vec(event).map_err(|error| AuditError::Refused(Box::new(error)))?,
            metadata: connector_actor(self.connector),
            erasable: None,
        };
        Ok(self
            .appender
            .append(Unit::new(stream, ExpectedVersion::Any, vec![record]))
            .await?)
    }

    /// What the log says of an operation.
    pub async fn operation(&self, operation: OperationId) -> Result<OperationRecord, AuditError> {
        self.settle().await?;
        let stream = operation_stream(operation)?;
        let mut state = OperationRecord::new(operation);
        loop {
            let records = self.reader.read_stream(&stream, state.version, PAGE).await?;
            let last = u32::try_from(records.len()).unwrap_or(PAGE) < PAGE;
            for record in records {
                state = evolve(state, record)?;
            }
            if last {
                return Ok(state);
            }
        }
    }

    /// What became of what we sent ourselves is found out before anything is concluded from the log.
    async fn settle(&self) -> Result<(), AuditError> {
        let settled = self.appender.settle().await;
        settled.map_err(|error| AuditError::Unavailable(Box::new(error)))
    }

    /// Every operation that this connector received and whose end the directory has not acknowledged, oldest first.
    pub async fn open_operations(&self) -> Result<Vec<OperationRecord>, AuditError> {
        self.settle().await?;
        let mut session = self.session().await?;
        let ids = sqlx::query_scalar::<_, Uuid>(
            "SELECT operation FROM connector.operations WHERE open AND connector = $1 ORDER BY anchor, sequence",
        )
        .bind(self.connector.uuid())
        .fetch_all(&mut session)
        .await
        .map_err(unavailable)?;
        drop(session);
        let mut open = Vec::with_capacity(ids.len());
        for id in ids {
            let state = self.operation(OperationId::new(id)).await?;
            if state.is_open() {
                open.push(state);
            }
        }
        Ok(open)
    }

    /// The operations of a trace (32 hexadecimal digits).
    pub async fn operations_in_trace(&self, trace_id: &str) -> Result<Vec<OperationId>, AuditError> {
        let ids =
            sqlx::query_scalar::<_, Uuid>("SELECT operation FROM connector.operations WHERE trace_id = $1")
                .bind(trace_id)
                .fetch_all(&mut self.session().await?)
                .await
                .map_err(unavailable)?;
        Ok(ids.into_iter().map(OperationId::new).collect())
    }

    async fn session(&self) -> Result<Session, AuditError> {
        let session = Session::acquire(&self.pool, STATEMENT_DEADLINE).await;
        session.map_err(unavailable)
    }
}

const fn seen_head(head: Head) -> SeenHead {
    SeenHead {
        log: head.log.0,
        incarnation: head.incarnation.0,
        position: head.position.0,
        hash: head.hash.0,
    }
}

fn unavailable(error: sqlx::Error) -> AuditError {
    AuditError::Unavailable(Box::new(error))
}

pub(super) fn operation_stream(operation: OperationId) -> Result<StreamName, AuditError> {
    StreamName::of("operation", operation.uuid()).map_err(|error| AuditError::Refused(Box::new(error)))
}

pub(super) fn connector_stream(connector: ConnectorId) -> Result<StreamName, AuditError> {
    StreamName::of("connector", connector.uuid()).map_err(|error| AuditError::Refused(Box::new(error)))
}

/// The connector as the one who caused a record.
pub(super) fn connector_actor(connector: ConnectorId) -> Metadata {
    Metadata {
        actor: Some(format!("connector/{connector}")),
        ..Metadata::default()
    }
}

pub(super) fn attempt_key(operation: OperationId, attempt: Attempt) -> String {
    format!("{operation}/{}", attempt.0)
}

pub(super) fn personal_bytes(personal: &Personal) -> Result<Option<Vec<u8>>, AuditError> {
    if personal.is_empty() {
        return Ok(None);
    }
    serde_json::to_vec(personal)
        .map(Some)
        .map_err(|error| AuditError::Refused(Box::new(error)))
}

fn evolve(state: OperationRecord, record: Record) -> Result<OperationRecord, AuditError> {
    let event = OperationEvent::decode(&record.event_type, record.schema_version, &record.body)?;
    // An erasable part that is gone or unreadable takes nothing from the state that decides.
    let personal = record
        .erasable
        .as_deref()
        .and_then(|bytes| serde_json::from_slice(bytes).ok());
    Ok(state.evolve(event, record.metadata, personal))
}
