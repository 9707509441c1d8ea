//! A commit was sent and not answered with success: finds out whether the batch is in the log, and sees to it that it
//! will not come later if it is not.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{PgPool, Row};
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use crate::connection::idle_connection;
use crate::{Digest, LogId, Position};

const FIRST_RETRY_AFTER: Duration = Duration::from_millis(10);
const LONGEST_RETRY_AFTER: Duration = Duration::from_millis(200);
/// Of one look: a connection that died without a word must not take all the time there is. A look that comes late only
/// raises the fence once more.
const LOOK_DEADLINE: Duration = Duration::from_secs(2);

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Durable,
    /// It is not there, and the log's fence was raised: it never will be.
    Absent,
    NotKnown,
}

/// Looks until it is known, or until `give_up`. `last` is the batch's last record.
pub(super) async fn find_out(
    pool: &PgPool,
    log: LogId,
    last: (Position, Digest),
    recorded_at_us: i64,
    give_up: Instant,
) -> Found {
    let mut retry_after = FIRST_RETRY_AFTER;
    loop {
        let until = give_up.min(Instant::now() + LOOK_DEADLINE);
        match timeout_at(until, look_and_fence(pool, log, last, recorded_at_us)).await {
            Ok(Ok(true)) => return Found::Durable,
            Ok(Ok(false)) => return Found::Absent,
            Ok(Err(error)) => warn!(%log, %error, "commit still not known, looking again"),
            Err(_elapsed) if until < give_up => warn!(%log, "commit still not known, looking again"),
            Err(_elapsed) => {
                error!(%log, position = %last.0, "whether the batch was committed is not known");
                return Found::NotKnown;
            }
        }
        let _new_time = timeout_at(give_up, tokio::time::sleep(retry_after)).await;
        retry_after = (retry_after * 2).min(LONGEST_RETRY_AFTER);
    }
}

async fn look_and_fence(
    pool: &PgPool,
    log: LogId,
    last: (Position, Digest),
    recorded_at_us: i64,
) -> Result<bool, sqlx::Error> {
    let mut connection = idle_connection(pool).await?;
    // Whatever goes wrong, a connection in an unknown state is not given back.
    connection.close_on_drop();
    // To the end of the answer: the fence must be durable before anybody is told that nothing was written.
    let rows: Vec<_> = sqlx::query("SELECT eventlog.look_and_fence($1, $2, $3, $4)")
        .bind(log.0)
        .bind(last.0.to_db())
        .bind(recorded_at_us)
        .bind(last.1.0)
        .fetch(&mut *connection)
        .try_collect()
        .await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}
