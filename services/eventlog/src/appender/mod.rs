//! Appending: one task per log and process takes what is queued into one transaction under the log's lock.
//!
//! Several processes may append to one log at once. Units of one appender are appended in the order in which they were
//! queued, each decided as if the ones before it had been appended alone.
//!
//! A batch takes one of two ways. The short one ([`short_way`]) is one round trip: the batch is decided upon the head that
//! this process left behind, and the database writes it only if the head is still that one. The long one
//! ([`transaction`]) reads under the lock first. What goes wrong on the short way goes the long way, which tells why.

mod batch;
mod doubt;
mod ended;
mod options;
mod short_way;
mod task;
mod transaction;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::{AppendError, Appended, IncarnationId, LogId, OpenError, Unavailability, Unit, WakeUps};
use doubt::Unsettled;
pub use options::{AppenderOptions, Clock};
use task::{Job, OPEN_DEADLINE, Task};

/// Appends to one log. Cheap to clone; its task ends when the last clone is gone and the queue is empty.
#[derive(Debug, Clone)]
pub struct Appender {
    log: LogId,
    incarnation: IncarnationId,
    deadline: Duration,
    wake_ups: WakeUps,
    queue: mpsc::Sender<Job>,
    pool: PgPool,
    unsettled: Arc<Unsettled>,
}

impl Appender {
    /// Opens a log for appending; makes it if it is new, and the partitions of the months to come. Open one per log and
    /// process and share it. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`] if the database fails or does not answer within 10 s (it may have partitions to make).
    pub async fn open(pool: PgPool, log: LogId, options: AppenderOptions) -> Result<Self, OpenError> {
        let deadline = options.deadline;
        let wake_ups = options
            .wake_ups
            .clone()
            .unwrap_or_else(|| WakeUps::new(pool.clone()));
        let (queue, jobs) = mpsc::channel(options.queue_capacity.max(1));
        let mut task = Task::new(pool.clone(), log, options, wake_ups.clone(), jobs);
        let unsettled = task.unsettled();
        let incarnation = tokio::time::timeout(OPEN_DEADLINE, task.open_log())
            .await
            .map_err(|_elapsed| OpenError::DeadlineExceeded(OPEN_DEADLINE))??;
        tokio::spawn(task.run());
        Ok(Self {
            log,
            incarnation,
            deadline,
            wake_ups,
            queue,
            pool,
            unsettled,
        })
    }

    /// Appends a unit: all of it or nothing. Success means durable.
    ///
    /// The unit is appended (or not) even if the caller drops the future after the unit was queued.
    ///
    /// # Errors
    /// [`AppendError`]; what each says about the unit is in its documentation.
    pub async fn append(&self, unit: Unit) -> Result<Appended, AppendError> {
        unit.check()?;
        let (answer, answered) = oneshot::channel();
        let expires = Instant::now() + self.deadline;
        let permit = tokio::time::timeout_at(expires, self.queue.reserve())
            .await
            .map_err(|_elapsed| AppendError::Unavailable(Unavailability::QueueFull(self.deadline)))?
            .map_err(|_closed| AppendError::Closed)?;
        permit.send(Job::Append(task::Queued {
            unit,
            expires,
            answer,
        }));
        // The task bounds its own time. If it ends without an answer (the runtime shuts down, or a defect), it may have been
        // at commit.
        answered.await.unwrap_or(Err(AppendError::Unknown))
    }

    /// Finds out what became of everything that [`AppendError::Unknown`] was answered of by this appender, and sees to it that
    /// what is not in the log never will be. Who got that answer calls this before he reads the log: what he read without it
    /// could be overtaken by his own late commit. Costs nothing where all is known.
    ///
    /// # Errors
    /// [`AppendError::Unknown`]: it is still not known. Call it again.
    pub async fn settle(&self) -> Result<(), AppendError> {
        if self.unsettled.is_empty() {
            return Ok(());
        }
        let give_up = Instant::now() + self.deadline;
        let settling = self.unsettled.settle(&self.pool, self.log, give_up);
        if Box::pin(settling).await {
            Ok(())
        } else {
            Err(AppendError::Unknown)
        }
    }

    /// Takes no more units and waits until the queued ones are answered. Units after it are [`AppendError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Job::Close(done)).await.is_ok() {
            let _ended = closed.await;
        }
    }

    /// The log that this appender writes to.
    #[must_use]
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The log's incarnation.
    #[must_use]
    pub fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    /// The wake-ups that this appender gives: for followers of the same process.
    #[must_use]
    pub fn wake_ups(&self) -> &WakeUps {
        &self.wake_ups
    }
}
