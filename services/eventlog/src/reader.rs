//! Reading from a cursor: in order, without gaps, as far as was committed when the read began.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row};

use crate::connection::push_settings;
use crate::session::is_overdue;
use crate::{
    Digest, EventId, Head, IncarnationId, LogId, Position, ReadError, Record, Session, StreamName,
    StreamVersion,
};

/// Reads one log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: PgPool,
    log: LogId,
    settings: Arc<[(String, String)]>,
    deadline: Duration,
}

/// The parts of a read that both the log and a stream share. The erasable part is looked up per record, and only for
/// records that had one.
macro_rules! select_records {
    ($where_and_order:literal) => {
        concat!(
            "SELECT r.log, r.position, r.recorded_at_us, r.stream, r.stream_version, r.event_id, r.event_type, \
             r.schema_version, r.body, r.metadata, r.erasable_digest, r.previous_hash, r.hash, \
             e.salt AS erasable_salt, e.body AS erasable \
             FROM eventlog.records r LEFT JOIN LATERAL ( \
               SELECT p.salt, p.body FROM eventlog.erasable_parts p \
               WHERE p.log = r.log AND p.position = r.position AND p.recorded_at_us = r.recorded_at_us LIMIT 1 \
             ) e ON true WHERE r.log = $1 AND ",
            $where_and_order
        )
    };
}

impl Reader {
    /// A reader of this log. It need not exist yet: reads then find nothing, [`Reader::head`] says so.
    #[must_use]
    pub fn new(pool: PgPool, log: LogId) -> Self {
        Self {
            pool,
            log,
            settings: Arc::new([]),
            deadline: Duration::from_secs(5),
        }
    }

    /// Sets these for the transaction of each read (`set_config(.., true)`): the tenant of row-level security.
    #[must_use]
    pub fn with_session_settings(mut self, settings: Vec<(String, String)>) -> Self {
        self.settings = settings.into();
        self
    }

    /// How long a read may take, waiting for a connection included. Default 5 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The log that is read.
    #[must_use]
    pub fn log(&self) -> LogId {
        self.log
    }

    /// At most `limit` records after a position, in order. Empty: there is none yet.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::Missing`] if somebody removed a record.
    pub async fn read_log(&self, after: Position, limit: u32) -> Result<Vec<Record>, ReadError> {
        let log = self.log;
        let rows: Vec<PgRow> = self
            .run(move |session| {
                Box::pin(
                    sqlx::query(select_records!("r.position > $2 ORDER BY r.position LIMIT $3"))
                        .bind(log.0)
                        .bind(after.to_db())
                        .bind(i64::from(limit))
                        .fetch_all(session),
                )
            })
            .await?;
        let mut expected = after;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let record = parse(row)?;
            expected = expected.next();
            if record.position != expected {
                return Err(ReadError::Missing(expected));
            }
            records.push(record);
        }
        Ok(records)
    }

    /// At most `limit` records of a stream after a version, in order.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::MissingInStream`] if somebody removed a record.
    pub async fn read_stream(
        &self,
        stream: &StreamName,
        after: StreamVersion,
        limit: u32,
    ) -> Result<Vec<Record>, ReadError> {
        let (log, name) = (self.log, stream.clone());
        let rows: Vec<PgRow> = self
            .run(move |session| {
                Box::pin(
                    sqlx::query(select_records!(
                        "r.stream = $2 AND r.stream_version > $3 ORDER BY r.stream_version LIMIT $4"
                    ))
                    .bind(log.0)
                    .bind(String::from(name))
                    .bind(after.to_db())
                    .bind(i64::from(limit))
                    .fetch_all(session),
                )
            })
            .await?;
        let mut expected = after;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let record = parse(row)?;
            expected = expected.next();
            if record.stream_version != expected {
                return Err(ReadError::MissingInStream(stream.clone(), expected));
            }
            records.push(record);
        }
        Ok(records)
    }

    /// How far the log reaches.
    ///
    /// # Errors
    /// [`ReadError`]; [`ReadError::NoSuchLog`] if no appender ever opened it.
    pub async fn head(&self) -> Result<Head, ReadError> {
        let log = self.log;
        let row: Option<PgRow> = self
            .run(move |session| {
                Box::pin(
                    sqlx::query("SELECT incarnation, position, hash FROM eventlog.log_heads WHERE log = $1")
                        .bind(log.0)
                        .fetch_optional(session),
                )
            })
            .await?;
        let row = row.ok_or(ReadError::NoSuchLog(log))?;
        let position = Position::from_db(row.try_get("position")?);
        Ok(Head {
            log,
            incarnation: IncarnationId(row.try_get("incarnation")?),
            position,
            hash: Digest::from_slice(row.try_get("hash")?).ok_or(ReadError::Malformed(position))?,
        })
    }

    /// The version of a stream; [`StreamVersion::ZERO`] if it has no records.
    ///
    /// # Errors
    /// [`ReadError`] if the database does not answer, or a record is missing or malformed.
    pub async fn stream_version(&self, stream: &StreamName) -> Result<StreamVersion, ReadError> {
        let (log, name) = (self.log, stream.clone());
        let version: Option<i64> = self
            .run(move |session| {
                Box::pin(
                    sqlx::query_scalar(
                        "SELECT version FROM eventlog.stream_heads WHERE log = $1 AND stream = $2",
                    )
                    .bind(log.0)
                    .bind(String::from(name))
                    .fetch_optional(session),
                )
            })
            .await?;
        Ok(version.map_or(StreamVersion::ZERO, StreamVersion::from_db))
    }

    /// Position of the first record of the unit that took this claim; `None` if it is free.
    ///
    /// # Errors
    /// [`ReadError`] if the database does not answer, or a record is missing or malformed.
    pub async fn claimed_at(&self, kind: &str, key: &str) -> Result<Option<Position>, ReadError> {
        let (log, kind, key) = (self.log, kind.to_owned(), key.to_owned());
        let position: Option<i64> = self
            .run(move |session| {
                Box::pin(
                    sqlx::query_scalar(
                        "SELECT position FROM eventlog.claims WHERE log = $1 AND kind = $2 AND key = $3",
                    )
                    .bind(log.0)
                    .bind(kind)
                    .bind(key)
                    .fetch_optional(session),
                )
            })
            .await?;
        Ok(position.map(Position::from_db))
    }

    /// Whether records, streams or claims of the log are there, be there a head or not.
    ///
    /// # Errors
    /// [`ReadError`] if the database does not answer, or a record is missing or malformed.
    pub async fn has_remains(&self) -> Result<bool, ReadError> {
        self.exists(
            "SELECT EXISTS (SELECT FROM eventlog.records WHERE log = $1)
                 OR EXISTS (SELECT FROM eventlog.stream_heads WHERE log = $1)
                 OR EXISTS (SELECT FROM eventlog.claims WHERE log = $1)",
        )
        .await
    }

    /// Whether records stand where [`Reader::read_log`] never comes by, though [`Reader::read_stream`] would.
    pub(crate) async fn has_records_before_the_first(&self) -> Result<bool, ReadError> {
        self.exists("SELECT EXISTS (SELECT FROM eventlog.records WHERE log = $1 AND position < 1)")
            .await
    }

    async fn exists(&self, query: &'static str) -> Result<bool, ReadError> {
        let log = self.log;
        self.run(move |session| Box::pin(sqlx::query_scalar(query).bind(log.0).fetch_one(session)))
            .await
    }

    /// Runs one query, in a transaction with the session settings if there are any, within the deadline.
    async fn run<T, F>(&self, query: F) -> Result<T, ReadError>
    where
        F: for<'c> FnOnce(&'c mut Session) -> BoxFuture<'c, Result<T, sqlx::Error>>,
    {
        let work = Box::pin(async {
            if self.settings.is_empty() {
                return query(&mut Session::acquire(&self.pool, self.deadline).await?).await;
            }
            let mut statement = String::from("BEGIN READ ONLY");
            push_settings(&mut statement, &self.settings);
            let mut transaction = Session::begin(&self.pool, self.deadline, statement).await?;
            // Dropping it rolls back, which is as good as a commit and waits for nothing.
            query(&mut transaction).await
        });
        match tokio::time::timeout(self.deadline, work).await {
            Ok(Err(error)) if is_overdue(&error) => Err(ReadError::DeadlineExceeded(self.deadline)),
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(ReadError::DeadlineExceeded(self.deadline)),
        }
    }
}

#[derive(FromRow)]
struct RecordRow {
    log: uuid::Uuid,
    position: i64,
    recorded_at_us: i64,
    stream: String,
    stream_version: i64,
    event_id: uuid::Uuid,
    event_type: String,
    schema_version: i32,
    body: Vec<u8>,
    metadata: Vec<u8>,
    erasable_digest: Option<Vec<u8>>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
    erasable_salt: Option<Vec<u8>>,
    erasable: Option<Vec<u8>>,
}

fn parse(row: &PgRow) -> Result<Record, ReadError> {
    let row = RecordRow::from_row(row)?;
    let position = Position::from_db(row.position);
    row.parse().ok_or(ReadError::Malformed(position))
}

impl RecordRow {
    fn parse(self) -> Option<Record> {
        Some(Record {
            log: LogId(self.log),
            position: Position(u64::try_from(self.position).ok()?),
            stream: StreamName::new(self.stream).ok()?,
            stream_version: StreamVersion(u64::try_from(self.stream_version).ok()?),
            event_id: EventId(self.event_id),
            event_type: self.event_type,
            schema_version: u16::try_from(self.schema_version).ok()?,
            body: self.body,
            metadata: serde_json::from_slice(&self.metadata).ok()?,
            metadata_bytes: self.metadata,
            recorded_at_us: self.recorded_at_us,
            previous_hash: Digest::from_slice(&self.previous_hash)?,
            hash: Digest::from_slice(&self.hash)?,
            erasable: self.erasable,
            erasable_salt: match self.erasable_salt {
                None => None,
                Some(salt) => Some(salt.try_into().ok()?),
            },
            erasable_digest: match self.erasable_digest {
                None => None,
                Some(digest) => Some(Digest::from_slice(&digest)?),
            },
        })
    }
}
