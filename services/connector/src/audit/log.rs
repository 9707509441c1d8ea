//! The audit log: appends events, answers what is known of an operation. One log per audit store; its id is made once,
//! by the migration, and kept in the database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_eventlog::{
    AppendError, Appended, Appender, AppenderOptions, ExpectedVersion, Head, LogId, Metadata, NewRecord,
    OpenError, Position, ProjectionChange, ReadError, Reader, Record, StreamName, StreamVersion, Unit,
};
use groundwire_kit::clock::Clock;
use sqlx::{PgConnection, PgPool};
use tokio::time::Instant;
use tracing::debug;
use uuid::Uuid;

use super::connector_events::ConnectorEvent;
use super::operation_events::{OperationEvent, Personal, UnreadableEvent};
use super::operation_record::OperationRecord;
use crate::domain::{Attempt, OperationId};

const ATTEMPT_CLAIM: &str = "attempt";
const PAGE: u32 = 200;

/// Appends to and reads the audit log. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog {
    pool: PgPool,
    appender: Appender,
    reader: Reader,
    connector: Uuid,
    head: Arc<Mutex<HeadSeen>>,
}

/// The last head that was read: what frames carry. True, if not always the newest; it never goes back.
#[derive(Debug, Default)]
struct HeadSeen {
    head: Option<Head>,
    refreshed: Option<Instant>,
}

/// How old the head in a frame may be while something is appended.
const HEAD_AGE: Duration = Duration::from_millis(250);

/// Why the audit log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenAuditError {
    /// The database failed, or was never migrated.
    #[error("the audit store cannot be read")]
    Database(#[from] sqlx::Error),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] OpenError),
}

/// Why something was not recorded, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store is away. Nothing was written, and nothing of it will be.
    #[error("the audit store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Whether it was written is not known.
    #[error("whether it was recorded is not known")]
    NotKnown,
    /// The operation's stream has moved on, or the attempt was received before: somebody else has it. Nothing was
    /// written.
    #[error("the operation was recorded by somebody else meanwhile")]
    Overtaken,
    /// A defect, or a store that is not as it should be.
    #[error("the audit store refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<AppendError> for AuditError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Unavailable(_) | AppendError::Closed => Self::Unavailable(Box::new(error)),
            AppendError::Unknown => Self::NotKnown,
            AppendError::VersionConflict { .. } | AppendError::ClaimTaken { .. } => Self::Overtaken,
            AppendError::ProjectionFailed(_) | AppendError::Invalid(_) | AppendError::Refused(_) => {
                Self::Refused(Box::new(error))
            }
        }
    }
}

impl From<ReadError> for AuditError {
    fn from(error: ReadError) -> Self {
        if error.is_passing() {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl From<UnreadableEvent> for AuditError {
    fn from(error: UnreadableEvent) -> Self {
        Self::Refused(Box::new(error))
    }
}

/// One event of an operation to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operation.
    pub operation: OperationId,
    /// The version its stream must have.
    pub expected: StreamVersion,
    /// What happened.
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
    pub async fn open(pool: PgPool, connector: Uuid, clock: Arc<dyn Clock>) -> Result<Self, OpenAuditError> {
        let options = AppenderOptions::new(Arc::new(move || clock.unix_us()));
        Self::open_with(pool, connector, options).await
    }

    /// As [`AuditLog::open`], with the appender's deadlines and batch sizes chosen.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub async fn open_with(
        pool: PgPool,
        connector: Uuid,
        options: AppenderOptions,
    ) -> Result<Self, OpenAuditError> {
        let deadline = options.deadline;
        let log: Uuid = sqlx::query_scalar("SELECT log FROM connector.audit_store")
            .fetch_one(&pool)
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
    pub const fn connector(&self) -> Uuid {
        self.connector
    }

    /// Reads the log itself: for the audit API.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Where the log stands.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn head(&self) -> Result<Head, AuditError> {
        let head = self.reader.head().await?;
        let mut seen = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.head.is_none_or(|before| before.position <= head.position) {
            seen.head = Some(head);
        }
        Ok(head)
    }

    /// Where the log stood when somebody last looked.
    #[must_use]
    pub fn head_seen(&self) -> Option<Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).head
    }

    /// Has somebody look in the background, unless that was done a moment ago. Must be called on a tokio runtime.
    pub fn refresh_head(&self) {
        {
            let mut seen = self.head.lock().unwrap_or_else(PoisonError::into_inner);
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
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn head_at(&self, position: Position) -> Result<Option<Head>, AuditError> {
        let head = self.head().await?;
        if position == Position::ZERO {
            return Ok(Some(Head::genesis(head.log, head.incarnation)));
        }
        let records = self.reader.read_log(Position(position.0 - 1), 1).await?;
        Ok(records.first().map(|record| Head {
            position,
            hash: record.hash,
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
                correlation: Some(entry.operation.0),
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
            unit = unit.changing(change);
        }
        Ok(self.appender.append(unit).await?)
    }

    /// Records an event of the connector itself.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn note(&self, event: &ConnectorEvent) -> Result<Appended, AuditError> {
        let stream = StreamName::of("connector", self.connector)
            .map_err(|error| AuditError::Refused(Box::new(error)))?;
        let record = NewRecord {
            event_type: event.event_type().into(),
            schema_version: ConnectorEvent::SCHEMA_VERSION,
            body: serde_json::to_vec(event).map_err(|error| AuditError::Refused(Box::new(error)))?,
            metadata: Metadata {
                actor: Some(format!("connector/{}", self.connector)),
                ..Metadata::default()
            },
            erasable: None,
        };
        Ok(self
            .appender
            .append(Unit::new(stream, ExpectedVersion::Any, vec![record]))
            .await?)
    }

    /// What the log says of an operation.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn operation(&self, operation: OperationId) -> Result<OperationRecord, AuditError> {
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

    /// Every operation that this connector received and whose end the directory has not acknowledged, oldest first.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn open_operations(&self) -> Result<Vec<OperationRecord>, AuditError> {
        let query = sqlx::query_scalar::<_, Uuid>(
            "SELECT operation FROM connector.operations WHERE open AND connector = $1 ORDER BY anchor, sequence",
        )
        .bind(self.connector)
        .fetch_all(&self.pool);
        let ids = bounded(query).await?;
        let mut open = Vec::with_capacity(ids.len());
        for id in ids {
            let state = self.operation(OperationId(id)).await?;
            if state.is_open() {
                open.push(state);
            }
        }
        Ok(open)
    }

    /// The operations of a trace (32 hexadecimal digits).
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn operations_in_trace(&self, trace_id: &str) -> Result<Vec<OperationId>, AuditError> {
        let query =
            sqlx::query_scalar::<_, Uuid>("SELECT operation FROM connector.operations WHERE trace_id = $1")
                .bind(trace_id)
                .fetch_all(&self.pool);
        Ok(bounded(query).await?.into_iter().map(OperationId).collect())
    }

    /// Builds the projection of operations anew from the log (after a restore, or when it is not trusted). Needs the
    /// right to delete from it, which the service's role does not have.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn rebuild_projection(&self) -> Result<u64, AuditError> {
        let mut rows: BTreeMap<Uuid, OperationRow> = BTreeMap::new();
        let mut after = Position::ZERO;
        loop {
            let records = self.reader.read_log(after, PAGE).await?;
            let Some(last) = records.last() else { break };
            after = last.position;
            for record in records {
                let id = record
                    .stream
                    .as_str()
                    .strip_prefix("operation/")
                    .and_then(|id| id.parse().ok());
                let Some(id) = id else { continue };
                let event = OperationEvent::decode(&record.event_type, record.schema_version, &record.body)?;
                match OperationRow::change(self.connector, OperationId(id), &event) {
                    Some(row @ OperationRow::Received { .. }) => {
                        rows.insert(id, row);
                    }
                    Some(OperationRow::Done { .. }) => {
                        if let Some(OperationRow::Received { open, .. }) = rows.get_mut(&id) {
                            *open = false;
                        }
                    }
                    None => {}
                }
            }
        }
        let work = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query("DELETE FROM connector.operations")
                .execute(&mut *transaction)
                .await?;
            for row in rows.values() {
                row.apply(&mut transaction).await?;
            }
            transaction.commit().await
        };
        work.await.map_err(|error| AuditError::Refused(Box::new(error)))?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

/// A read of the projection, with a deadline of its own: the pool's acquire time-out may be longer.
async fn bounded<T>(query: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, AuditError> {
    match tokio::time::timeout(Duration::from_secs(5), query).await {
        Ok(answer) => answer.map_err(|error| AuditError::Unavailable(Box::new(error))),
        Err(elapsed) => Err(AuditError::Unavailable(Box::new(elapsed))),
    }
}

fn operation_stream(operation: OperationId) -> Result<StreamName, AuditError> {
    StreamName::of("operation", operation.0).map_err(|error| AuditError::Refused(Box::new(error)))
}

fn attempt_key(operation: OperationId, attempt: Attempt) -> String {
    format!("{}/{}", operation.0, attempt.0)
}

fn personal_bytes(personal: &Personal) -> Result<Option<Vec<u8>>, AuditError> {
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

/// A change to the projection `connector.operations`: one when an attempt is received, one when nothing is left to do.
#[derive(Debug, Clone)]
enum OperationRow {
    Received {
        operation: Uuid,
        connector: Uuid,
        attempt: i32,
        anchor: Uuid,
        kind: &'static str,
        sequence: i64,
        trace_id: Option<String>,
        open: bool,
    },
    Done {
        operation: Uuid,
    },
}

impl OperationRow {
    fn change(connector: Uuid, operation: OperationId, event: &OperationEvent) -> Option<Self> {
        match event {
            OperationEvent::Received(received) => Some(Self::Received {
                operation: operation.0,
                connector,
                attempt: i32::try_from(received.attempt).unwrap_or(i32::MAX),
                anchor: received.anchor.as_uuid(),
                kind: received.kind.as_str(),
                sequence: i64::try_from(received.sequence).unwrap_or(i64::MAX),
                trace_id: received.trace_id.clone(),
                open: true,
            }),
            OperationEvent::StoodDown(_) | OperationEvent::Closed(_) | OperationEvent::Reported(_) => {
                Some(Self::Done {
                    operation: operation.0,
                })
            }
            OperationEvent::FenceIntended(_)
            | OperationEvent::Fenced(_)
            | OperationEvent::WriteIntended(_)
            | OperationEvent::FollowUpIntended(_)
            | OperationEvent::Ended(_) => None,
        }
    }
}

impl ProjectionChange for OperationRow {
    fn apply<'c>(&'c self, conn: &'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> {
        Box::pin(async move {
            match self {
                Self::Received { operation, connector, attempt, anchor, kind, sequence, trace_id, open } => {
                    sqlx::query(
                        "INSERT INTO connector.operations \
                         (operation, connector, attempt, anchor, kind, sequence, trace_id, open) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (operation) DO UPDATE SET \
                         connector = excluded.connector, attempt = excluded.attempt, \
                         trace_id = coalesce(excluded.trace_id, connector.operations.trace_id), open = excluded.open",
                    )
                    .bind(operation)
                    .bind(connector)
                    .bind(attempt)
                    .bind(anchor)
                    .bind(kind)
                    .bind(sequence)
                    .bind(trace_id)
                    .bind(open)
                    .execute(conn)
                    .await
                }
                Self::Done { operation } => {
                    sqlx::query("UPDATE connector.operations SET open = false WHERE operation = $1")
                        .bind(operation)
                        .execute(conn)
                        .await
                }
            }
            .map(drop)
        })
    }
}
