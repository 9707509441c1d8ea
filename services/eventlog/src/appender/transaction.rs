//! The long way: one batch, one transaction: `BEGIN`, lock and read the heads, insert everything, `COMMIT`; four round
//! trips. It decides upon what it read under the lock, so it is right whoever else appends.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgTransaction, Row};

use super::batch::{Batch, Heads};
use super::options::AppenderOptions;
use crate::connection::push_settings;
use crate::error::is_passing;
use crate::schema::PartitionRange;
use crate::{LogId, Position, ProjectionFailure, Unit};

/// Why a batch is not ready to be committed. Nothing of it was written.
pub(super) enum NotReady {
    /// The connection or the database; or others write without the lock. The same batch may be tried again.
    Passing(sqlx::Error),
    /// The recorded time has no partition for sure: see to it and try again.
    NoPartition,
    /// A projection change of a unit failed.
    Projection(ProjectionFailure),
    /// The database refused what we wrote.
    Refused(sqlx::Error),
}

impl From<sqlx::Error> for NotReady {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) {
            Self::Passing(error)
        } else {
            Self::Refused(error)
        }
    }
}

/// What begins each transaction: durability, limits and the session settings, in one round trip.
///
/// The limits are the server's side of the deadline: a process that stalls, or whose connection is cut without a word,
/// must not hold the log's lock for longer.
pub(super) fn begin_statement(options: &AppenderOptions) -> Arc<str> {
    let milliseconds = deadline_ms(options);
    let mut sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
         SET LOCAL lock_timeout = {milliseconds}; SET LOCAL statement_timeout = {milliseconds}; \
         SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"
    );
    push_settings(&mut sql, &options.session_settings);
    sql.into()
}

pub(super) fn deadline_ms(options: &AppenderOptions) -> u128 {
    options.deadline.as_millis().clamp(1, 600_000)
}

pub(super) async fn begin<'c>(
    connection: &'c mut PgConnection,
    statement: &Arc<str>,
) -> Result<PgTransaction<'c>, sqlx::Error> {
    connection.begin_with(AssertSqlSafe(Arc::clone(statement))).await
}

/// Everything up to the commit.
pub(super) async fn prepare<'u>(
    transaction: &mut PgTransaction<'_>,
    log: LogId,
    units: &[&'u Unit],
    options: &AppenderOptions,
    partitions: PartitionRange,
) -> Result<Batch<'u>, NotReady> {
    let heads = lock_log(transaction, log, units).await?;
    // The clock is read under the lock, so that times rise with positions where clocks agree.
    let recorded_at_us = (options.clock)();
    if !partitions.covers(recorded_at_us) {
        return Err(NotReady::NoPartition);
    }
    let batch = Batch::decide(log, heads, units.iter().copied(), recorded_at_us);
    if batch.last().is_none() {
        return Ok(batch);
    }
    // Changes come before the records: had one swallowed an error, the insert would say so, while a COMMIT of a failed
    // transaction answers without an error.
    for (unit, _) in units
        .iter()
        .zip(&batch.answers)
        .filter(|(_, answer)| answer.is_ok())
    {
        apply_changes(transaction, unit).await?;
    }
    insert(transaction, log, &batch).await?;
    Ok(batch)
}

async fn lock_log<'u>(
    transaction: &mut PgTransaction<'_>,
    log: LogId,
    units: &[&'u Unit],
) -> Result<Heads<'u>, NotReady> {
    let mut streams: Vec<&str> = units.iter().map(|unit| unit.stream.as_str()).collect();
    streams.sort_unstable();
    streams.dedup();
    let claims: Vec<(&str, &str)> = units
        .iter()
        .flat_map(|unit| unit.claims.iter().map(|claim| (claim.kind, claim.key.as_str())))
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let (kinds, keys): (Vec<&str>, Vec<&str>) = claims.iter().copied().unzip();
    let row: PgRow =
        sqlx::query("SELECT position, hash, fence, versions, taken FROM eventlog.lock_log($1, $2, $3, $4)")
            .bind(log.0)
            .bind(&streams)
            .bind(kinds)
            .bind(keys)
            .fetch_one(&mut **transaction)
            .await?;
    let position: i64 = row.try_get("position")?;
    let hash: &[u8] = row.try_get("hash")?;
    let hash: [u8; 32] = hash
        .try_into()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let versions: Vec<i64> = row.try_get("versions")?;
    let taken: Vec<bool> = row.try_get("taken")?;
    Ok(Heads {
        position: Position::from_db(position).0,
        hash,
        fence: row.try_get("fence")?,
        versions: streams
            .into_iter()
            .zip(versions)
            .map(|(stream, version)| (stream, u64::try_from(version).unwrap_or(0)))
            .collect::<HashMap<_, _>>(),
        taken: claims
            .into_iter()
            .zip(taken)
            .filter_map(|(claim, taken)| taken.then_some(claim))
            .collect(),
    })
}

/// A panic in a change is the change's failure; it must not take the appender with it.
async fn apply_changes(transaction: &mut PgTransaction<'_>, unit: &Unit) -> Result<(), NotReady> {
    for change in &unit.changes {
        let applying = AssertUnwindSafe(async { change.apply(&mut *transaction).await }).catch_unwind();
        match applying.await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => return Err(NotReady::Projection(failure)),
            Err(_panic) => return Err(NotReady::Projection(ProjectionFailure::Panicked)),
        }
    }
    for call in &unit.calls {
        sqlx::query(AssertSqlSafe(format!("SELECT {}($1)", call.function)))
            .bind(&call.argument)
            .execute(&mut **transaction)
            .await
            .map_err(|error| NotReady::Projection(ProjectionFailure::Database(error)))?;
    }
    Ok(())
}

/// One statement for everything. The heads follow by a trigger, which refuses rows that do not continue them.
async fn insert(transaction: &mut PgTransaction<'_>, log: LogId, batch: &Batch<'_>) -> Result<(), NotReady> {
    let claims = batch.claims.kinds.len();
    let taken: i64 = sqlx::query_scalar(
        "WITH record AS ( \
           INSERT INTO eventlog.records (log, recorded_at_us, position, stream, stream_version, event_id, event_type, \
             schema_version, body, metadata, erasable_digest, previous_hash, hash) \
           SELECT $1, $2, u.* FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::uuid[], $7::text[], $8::int[], \
             $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[]) AS u \
         ), erasable AS ( \
           INSERT INTO eventlog.erasable_parts (log, recorded_at_us, position, salt, body) \
           SELECT $1, $2, u.* FROM unnest($14::bigint[], $15::bytea[], $16::bytea[]) AS u \
         ), claim AS ( \
           INSERT INTO eventlog.claims (log, kind, key, position) \
           SELECT $1, u.* FROM unnest($17::text[], $18::text[], $19::bigint[]) AS u \
           ON CONFLICT DO NOTHING RETURNING 1 \
         ) SELECT count(*) FROM claim",
    )
    .bind(log.0)
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
    .bind(&batch.claims.positions)
    .fetch_one(&mut **transaction)
    .await
    .map_err(refused_insert)?;
    if usize::try_from(taken).ok() != Some(claims) {
        // Somebody claimed without the lock, after we looked. Looking again shows it.
        return Err(NotReady::Passing(sqlx::Error::RowNotFound));
    }
    Ok(())
}

/// A position or version that is already there was written without the lock, after we looked. Looking again shows it.
fn refused_insert(error: sqlx::Error) -> NotReady {
    let is_taken = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if is_taken {
        NotReady::Passing(error)
    } else {
        NotReady::from(error)
    }
}
