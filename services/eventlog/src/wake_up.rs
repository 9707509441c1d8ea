//! Wake-up of followers: at once inside the process, by one coalesced NOTIFY after commit across processes.
//!
//! Hints only: any may be lost, late or early. A [`crate::Follower`] reads what is there and polls besides.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor as _, PgPool};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::debug;
use uuid::Uuid;

use crate::{LogId, Position, Session};

const CHANNEL: &str = "eventlog";
/// How long commits gather before the other processes are told: a burst costs them one wake-up, and the NOTIFY does not
/// compete with what follows the commit. Far below the poll that makes a lost one harmless (200 ms).
const GATHER: Duration = Duration::from_millis(5);
const NOTIFY_DEADLINE: Duration = Duration::from_secs(2);
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A listener to whom nothing is said for so long asks whether its server is still there.
const SILENCE: Duration = Duration::from_secs(10);
const LISTEN_DEADLINE: Duration = Duration::from_secs(2);

/// The wake-ups of one process and database; share one among all appenders and followers. Cheap to clone. Its tasks end
/// with its last clone.
#[derive(Debug, Clone)]
pub struct WakeUps(Arc<Tasks>);

#[derive(Debug)]
struct Tasks {
    shared: Arc<Shared>,
    notifier: OnceLock<JoinHandle<()>>,
    listener: OnceLock<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    pool: PgPool,
    seen: Mutex<HashMap<LogId, watch::Sender<Position>>>,
    unsent: Mutex<HashMap<LogId, Position>>,
    has_unsent: Notify,
}

impl WakeUps {
    /// Wake-ups over this pool. NOTIFY takes a connection of the pool for a moment when something was committed; LISTEN has
    /// one beside the pool from the first follower on.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let shared = Shared {
            pool,
            seen: Mutex::new(HashMap::new()),
            unsent: Mutex::new(HashMap::new()),
            has_unsent: Notify::new(),
        };
        Self(Arc::new(Tasks {
            shared: Arc::new(shared),
            notifier: OnceLock::new(),
            listener: OnceLock::new(),
        }))
    }

    /// The last position of a log that this process has heard of; changes when it hears of a later one.
    pub(crate) fn subscribe(&self, log: LogId) -> watch::Receiver<Position> {
        self.0
            .listener
            .get_or_init(|| tokio::spawn(listen(Arc::clone(&self.0.shared))));
        self.0
            .shared
            .seen
            .lock()
            .entry(log)
            .or_insert_with(|| watch::Sender::new(Position::ZERO))
            .subscribe()
    }

    /// Tells followers, here and in other processes, that the log was committed up to this position.
    pub(crate) fn committed(&self, log: LogId, position: Position) {
        self.0
            .notifier
            .get_or_init(|| tokio::spawn(notify(Arc::clone(&self.0.shared))));
        self.0.shared.heard(log, position);
        self.0.shared.unsent.lock().insert(log, position);
        self.0.shared.has_unsent.notify_one();
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in [self.notifier.get(), self.listener.get()].into_iter().flatten() {
            task.abort();
        }
    }
}

impl Shared {
    fn heard(&self, log: LogId, position: Position) {
        if let Some(sender) = self.seen.lock().get(&log) {
            sender.send_if_modified(|seen| {
                let is_later = position > *seen;
                if is_later {
                    *seen = position;
                }
                is_later
            });
        }
    }
}

/// Sends what gathered while the last NOTIFY was under way. From a transaction of its own, after the commit it tells of:
/// inside the event's transaction it would serialise all commits of the database. Losing it is harmless, so it need not
/// wait for the disk.
async fn notify(shared: Arc<Shared>) {
    loop {
        shared.has_unsent.notified().await;
        tokio::time::sleep(GATHER).await;
        let unsent = std::mem::take(&mut *shared.unsent.lock());
        // One simple query of several statements is one transaction, and leaves none open if it fails.
        let mut sql = String::from("SET LOCAL synchronous_commit = off");
        for (log, position) in &unsent {
            // Safe: a UUID and a number.
            sql.push_str(&format!("; NOTIFY {CHANNEL}, '{log} {position}'"));
        }
        let sending = async {
            let mut session = Session::acquire(&shared.pool, NOTIFY_DEADLINE).await?;
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut session).await
        };
        if let Err(error) = sending.await {
            debug!(%error, "wake-up not sent, followers will poll");
        }
    }
}

async fn listen(shared: Arc<Shared>) {
    loop {
        if let Err(error) = listen_once(&shared).await {
            debug!(%error, "not listening for wake-ups, followers poll");
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn listen_once(shared: &Shared) -> Result<(), sqlx::Error> {
    // A pool of its own: sqlx gives a listener's connection back with a statement that it waits for without a bound.
    let own = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(LISTEN_DEADLINE)
        .connect_lazy_with(PgConnectOptions::clone(&shared.pool.connect_options()));
    let mut listener = PgListener::connect_with(&own).await?;
    bounded(listener.listen(CHANNEL)).await?;
    loop {
        let Ok(notification) = timeout(SILENCE, listener.recv()).await else {
            bounded(listener.execute("SELECT 1")).await?;
            continue;
        };
        let notification = notification?;
        if let Some((log, position)) = parse(notification.payload()) {
            shared.heard(log, position);
        }
    }
}

async fn bounded<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(LISTEN_DEADLINE, work)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn parse(payload: &str) -> Option<(LogId, Position)> {
    let (log, position) = payload.split_once(' ')?;
    Some((
        LogId(Uuid::parse_str(log).ok()?),
        Position(position.parse().ok()?),
    ))
}
