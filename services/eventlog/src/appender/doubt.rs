//! A commit was sent and not answered with success: finds out whether the batch is in the log, and sees to it that it
//! will not come later if it is not.

use std::time::Duration;

use futures_util::TryStreamExt;
use parking_lot::Mutex;
use sqlx::{PgPool, Row};
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use super::batch::Batch;
use crate::{Digest, LogId, Position, Session};

const FIRST_RETRY_AFTER: Duration = Duration::from_millis(10);
const LONGEST_RETRY_AFTER: Duration = Duration::from_millis(200);
/// Of one look: a connection that died without a word must not take all the time there is. A look that comes late only
/// raises the fence once more.
const LOOK_DEADLINE: Duration = Duration::from_secs(2);

/// A batch whose commit was sent, by its last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    position: Position,
    hash: Digest,
    recorded_at_us: i64,
}

impl Sent {
    /// `None` if there is nothing in the batch.
    pub(super) fn of(batch: &Batch<'_>) -> Option<Self> {
        let (position, hash) = batch.last()?;
        Some(Self {
            position,
            hash,
            recorded_at_us: batch.recorded_at_us,
        })
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Durable,
    /// It is not there, and the log's fence was raised: it never will be.
    Absent,
    NotKnown,
}

/// The batches of which it could not be found out in time what became of them: they may still land.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    batches: Mutex<Vec<Sent>>,
    settling: tokio::sync::Mutex<()>,
}

impl Unsettled {
    pub(super) fn keep(&self, sent: Sent) {
        self.batches.lock().push(sent);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.next().is_none()
    }

    /// Finds out what became of all of them. False: it is not known by `give_up`.
    pub(super) async fn settle(&self, pool: &PgPool, log: LogId, give_up: Instant) -> bool {
        let Ok(_one_at_a_time) = timeout_at(give_up, self.settling.lock()).await else {
            return false;
        };
        while let Some(sent) = self.next() {
            match find_out(pool, log, sent, give_up).await {
                Found::Durable | Found::Absent => self.batches.lock().retain(|other| *other != sent),
                Found::NotKnown => return false,
            }
        }
        true
    }

    fn next(&self) -> Option<Sent> {
        self.batches.lock().first().copied()
    }
}

/// Looks until it is known, or until `give_up`.
pub(super) async fn find_out(pool: &PgPool, log: LogId, sent: Sent, give_up: Instant) -> Found {
    let mut retry_after = FIRST_RETRY_AFTER;
    loop {
        let until = give_up.min(Instant::now() + LOOK_DEADLINE);
        match timeout_at(until, look_and_fence(pool, log, sent)).await {
            Ok(Ok(true)) => return Found::Durable,
            Ok(Ok(false)) => return Found::Absent,
            Ok(Err(error)) => warn!(%log, %error, "commit still not known, looking again"),
            Err(_elapsed) if until < give_up => warn!(%log, "commit still not known, looking again"),
            Err(_elapsed) => {
                error!(%log, position = %sent.position, "whether the batch was committed is not known");
                return Found::NotKnown;
            }
        }
        let _new_time = timeout_at(give_up, tokio::time::sleep(retry_after)).await;
        retry_after = (retry_after * 2).min(LONGEST_RETRY_AFTER);
    }
}

async fn look_and_fence(pool: &PgPool, log: LogId, sent: Sent) -> Result<bool, sqlx::Error> {
    let mut session = Session::idle(pool, LOOK_DEADLINE).await?;
    // To the end of the answer: the fence must be durable before anybody is told that nothing was written.
    let rows: Vec<_> = sqlx::query("SELECT eventlog.look_and_fence($1, $2, $3, $4)")
        .bind(log.0)
        .bind(sent.position.to_db())
        .bind(sent.recorded_at_us)
        .bind(sent.hash.0)
        .fetch(&mut session)
        .try_collect()
        .await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}
