//! The short way: one batch, one statement, one round trip. Where this process appended last, it knows the log's head;
//! a batch is decided upon that, and `eventlog.append_next` writes it only if the head is still the one. Promises the same
//! as the long way: all of the batch or nothing, durable when answered, never a gap; it only ever gives up sooner.
//!
//! What is not known is assumed and then held by the database: that streams are at the versions that the units expect
//! (the trigger of the records), that claims are free (their key). A batch that needs to know more takes the long way.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::{PgConnection, Row};

use super::batch::{Batch, Heads};
use crate::error::is_passing;
use crate::{ExpectedVersion, LogId, Unit};

/// The log's head as this process left it.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownHead {
    position: u64,
    hash: [u8; 32],
    fence: i64,
}

/// How the statement ended.
pub(super) enum Sent {
    /// All of the batch is durable.
    Committed,
    /// Nothing was written: the head is another one, or an assumption does not hold. The long way tells.
    TakeTheLongWay,
    /// Nothing was written; the cause passes.
    Passing(sqlx::Error),
    /// Durable or not.
    InDoubt(sqlx::Error),
}

impl KnownHead {
    /// The head once this batch is committed.
    pub(super) fn after(batch: &Batch<'_>) -> Option<Self> {
        let (position, hash) = batch.last()?;
        Some(Self {
            position: position.0,
            hash: hash.0,
            fence: batch.fence,
        })
    }

    /// Decides a batch upon this head; `None` if that takes more than is known.
    pub(super) fn decide<'u>(self, log: LogId, units: &[&'u Unit], recorded_at_us: i64) -> Option<Batch<'u>> {
        let mut versions = HashMap::new();
        for unit in units {
            let ExpectedVersion::Exactly(expected) = unit.expected else {
                return None;
            };
            if !unit.changes.is_empty() {
                return None;
            }
            versions.entry(unit.stream.as_str()).or_insert(expected.0);
        }
        let heads = Heads {
            position: self.position,
            hash: self.hash,
            fence: self.fence,
            versions,
            ..Heads::default()
        };
        let batch = Batch::decide(log, heads, units.iter().copied(), recorded_at_us);
        // A unit that does not fit was judged by an assumption, which only a unit that is written puts to the test.
        batch.answers.iter().all(Result::is_ok).then_some(batch)
    }

    /// Sends the batch.
    pub(super) async fn send(
        self,
        connection: &mut PgConnection,
        log: LogId,
        batch: &Batch<'_>,
        units: &[&Unit],
        settings: &Settings,
    ) -> Sent {
        let calls = || units.iter().flat_map(|unit| &unit.calls);
        let functions: Vec<&str> = calls().map(|call| call.function).collect();
        let arguments: Vec<&serde_json::Value> = calls().map(|call| &call.argument).collect();
        let statement = sqlx::query(
            "SELECT eventlog.append_next($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
        )
        .bind(log.0)
        .bind(crate::Position(self.position).to_db())
        .bind(self.hash)
        .bind(self.fence)
        .bind(&settings.lock_timeout)
        .bind(&settings.names)
        .bind(&settings.values)
        .bind(functions)
        .bind(arguments)
        .bind(batch.recorded_at_us)
        .bind(&batch.positions)
        .bind(&batch.streams)
        .bind(&batch.stream_versions)
        .bind(&batch.event_ids)
        .bind(&batch.event_types)
        .bind(&batch.schema_versions)
        .bind(&batch.bodies)
        .bind(&batch.metadata)
        .bind(&batch.erasable_digests)
        .bind(&batch.previous_hashes)
        .bind(&batch.hashes)
        .bind(&batch.erasable.positions)
        .bind(&batch.erasable.salts)
        .bind(&batch.erasable.bodies)
        .bind(&batch.claims.kinds)
        .bind(&batch.claims.keys)
        .bind(&batch.claims.positions);
        // To the end of the answer: the row comes before the commit, "ready for query" after it (Postgres documentation,
        // "Message Flow"). `fetch_one` would be content with the row.
        let rows: Result<Vec<_>, _> = statement.fetch(connection).try_collect().await;
        match rows.map(|rows| rows.first().map(|row| row.try_get::<bool, _>(0))) {
            Ok(Some(Ok(true))) => Sent::Committed,
            Ok(Some(Ok(false))) => Sent::TakeTheLongWay,
            Ok(Some(Err(error))) => Sent::InDoubt(error),
            Ok(None) => Sent::InDoubt(sqlx::Error::RowNotFound),
            Err(error) => judge(error),
        }
    }
}

/// What is set for the statement's transaction.
#[derive(Debug)]
pub(super) struct Settings {
    names: Vec<String>,
    values: Vec<String>,
    lock_timeout: String,
}

impl Settings {
    pub(super) fn of(options: &super::options::AppenderOptions) -> Self {
        let (names, values) = options.session_settings.iter().cloned().unzip();
        Self {
            names,
            values,
            lock_timeout: super::transaction::deadline_ms(options).to_string(),
        }
    }
}

/// An error that the server answered with ended the statement, unless it ended the session or the server: then the commit
/// may have been under way. A full disk under the WAL is a PANIC with the code of any full disk, and the record of the
/// commit may be found again by the recovery.
fn judge(error: sqlx::Error) -> Sent {
    let Some(answer) = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
    else {
        return Sent::InDoubt(error);
    };
    let code = answer.code();
    let ends_the_session = matches!(answer.severity(), PgSeverity::Fatal | PgSeverity::Panic);
    // 08 connection, 57P the server is shut down or the session terminated, 58 system, XX internal, 40003 completion
    // unknown (appendix A): also where something between us and the server says so.
    let is_unclear =
        matches!(code.get(..2), Some("08" | "58" | "XX")) || code.starts_with("57P") || code == "40003";
    // 40: what was assumed does not hold.
    let rolled_back = code.starts_with("40");
    match () {
        () if ends_the_session || is_unclear => Sent::InDoubt(error),
        () if is_passing(&error) && !rolled_back => Sent::Passing(error),
        () => Sent::TakeTheLongWay,
    }
}
