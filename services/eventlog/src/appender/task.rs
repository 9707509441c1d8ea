//! The appender's task: takes batches from the queue, tries them until their deadline, answers each unit once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use sqlx::{PgConnection, PgPool};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use super::batch::Batch;
use super::doubt::{self, Found, Unsettled, find_out};
use super::ended::Ended;
use super::options::AppenderOptions;
use super::short_way::{KnownHead, Sent, Settings};
use super::transaction::{NotReady, begin, begin_statement, prepare};
use crate::error::{is_disk_full, is_passing};
use crate::schema::{PartitionRange, ensure_partitions};
use crate::{
    AppendError, Appended, IncarnationId, LogId, ProjectionFailure, Session, Unavailability, Unit, WakeUps,
};

/// Partitions are made for this many months after the current one.
const MONTHS_AHEAD: u8 = 2;
/// Longest wait for the log to be opened: it may have partitions to make.
pub(super) const OPEN_DEADLINE: Duration = Duration::from_secs(10);
const FIRST_RETRY_AFTER: Duration = Duration::from_millis(10);
const LONGEST_RETRY_AFTER: Duration = Duration::from_millis(200);

pub(super) enum Job {
    Append(Queued),
    /// Answer when all before it is done and the queue is closed.
    Close(oneshot::Sender<()>),
}

pub(super) struct Queued {
    pub(super) unit: Unit,
    pub(super) expires: Instant,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
}

pub(super) struct Task {
    pool: PgPool,
    log: LogId,
    options: AppenderOptions,
    begin: Arc<str>,
    settings: Settings,
    wake_ups: WakeUps,
    jobs: mpsc::Receiver<Job>,
    /// Kept between batches while there is work.
    connection: Option<Session>,
    partitions: PartitionRange,
    /// Where the log's head was after the last batch, if that was ours.
    known: Option<KnownHead>,
    /// The batch whose commit is under way.
    sent: Option<doubt::Sent>,
    unsettled: Arc<Unsettled>,
    /// There was nothing to append for a while: what became of the kept connection meanwhile is not known.
    waited: bool,
}

/// What became of one try of a batch.
enum Tried {
    /// Durable (or nothing fitted): these are the answers.
    Done(Vec<Result<Appended, AppendError>>),
    /// Nothing was written; may be tried again.
    Passing(Unavailability),
    /// Nothing was written; some unit of the batch is at fault.
    AtFault(AppendError),
    /// Durable or not: it could not be found out.
    Unknown,
}

impl Task {
    pub(super) fn new(
        pool: PgPool,
        log: LogId,
        options: AppenderOptions,
        wake_ups: WakeUps,
        jobs: mpsc::Receiver<Job>,
    ) -> Self {
        let begin = begin_statement(&options);
        let settings = Settings::of(&options);
        Self {
            pool,
            log,
            options,
            begin,
            settings,
            wake_ups,
            jobs,
            connection: None,
            partitions: PartitionRange::NONE,
            known: None,
            sent: None,
            unsettled: Arc::default(),
            waited: false,
        }
    }

    pub(super) async fn open_log(&mut self) -> Result<IncarnationId, sqlx::Error> {
        let mut session = Session::idle(&self.pool, OPEN_DEADLINE).await?;
        let incarnation = sqlx::query_scalar("SELECT incarnation FROM eventlog.open_log($1)")
            .bind(self.log.0)
            .fetch_one(&mut session)
            .await?;
        self.partitions = ensure_partitions(&mut session, (self.options.clock)(), MONTHS_AHEAD).await?;
        Ok(IncarnationId(incarnation))
    }

    /// What is to be found out before the log is read.
    pub(super) fn unsettled(&self) -> Arc<Unsettled> {
        Arc::clone(&self.unsettled)
    }

    /// Runs until it is closed. A defect costs the units that it met, whose callers learn that nothing is known of them;
    /// the next ones are appended as by a new appender.
    pub(super) async fn run(mut self) {
        let mut closing = Vec::new();
        while AssertUnwindSafe(self.work(&mut closing))
            .catch_unwind()
            .await
            .is_err()
        {
            error!(log = %self.log, "the appender panicked, and begins anew");
            self.connection = None;
            self.known = None;
            self.partitions = PartitionRange::NONE;
            if let Some(sent) = self.sent.take() {
                self.unsettled.keep(sent);
            }
        }
        // The senders in `closing` are dropped here, which tells whoever waits that all is done.
        drop(closing);
    }

    async fn work(&mut self, closing: &mut Vec<oneshot::Sender<()>>) {
        let mut batch = Vec::new();
        while let Some(job) = self.next_job().await {
            let mut next = Some(job);
            while let Some(job) = next {
                match job {
                    Job::Append(queued) => batch.push(queued),
                    Job::Close(done) => {
                        self.jobs.close();
                        closing.push(done);
                    }
                }
                next = if batch.len() < self.options.max_batch.max(1) {
                    self.jobs.try_recv().ok()
                } else {
                    None
                };
            }
            let answered = batch.len();
            self.append(std::mem::take(&mut batch)).await;
            self.let_writers_come_back(answered).await;
        }
    }

    /// The writers of a batch often append again at once. Without a chance to queue before the next batch is taken, each
    /// full batch would be followed by a commit for the few that waited meanwhile.
    async fn let_writers_come_back(&self, answered: usize) {
        const CHANCES: usize = 16;
        let mut chances = if answered > 1 { CHANCES } else { 0 };
        while chances > 0 && self.jobs.len() < answered {
            tokio::task::yield_now().await;
            chances -= 1;
        }
    }

    /// Keeps the connection for a while, if the pool has others.
    async fn next_job(&mut self) -> Option<Job> {
        if let Ok(job) = self.jobs.try_recv() {
            return Some(job);
        }
        self.waited = true;
        if self.connection.is_some() {
            let exhausted =
                self.pool.num_idle() == 0 && self.pool.size() >= self.pool.options().get_max_connections();
            let linger = if exhausted {
                Duration::ZERO
            } else {
                self.options.linger
            };
            match tokio::time::timeout(linger, self.jobs.recv()).await {
                Ok(job) => return job,
                Err(_elapsed) => self.connection = None,
            }
        }
        self.jobs.recv().await
    }

    async fn append(&mut self, batch: Vec<Queued>) {
        let Some(batch) = self.append_together(batch).await else {
            return;
        };
        // Somebody is at fault, and it is not known who: alone, only that one fails.
        for queued in batch {
            self.append_together(vec![queued]).await;
        }
    }

    /// Tries the batch until it is answered; gives it back if it must be appended one by one.
    async fn append_together(&mut self, mut batch: Vec<Queued>) -> Option<Vec<Queued>> {
        let mut last_cause = None;
        let mut retry_after = FIRST_RETRY_AFTER;
        loop {
            batch = self.without_expired(batch, &mut last_cause);
            let expires = batch.iter().map(|queued| queued.expires).max()?;
            let units: Vec<&Unit> = batch.iter().map(|queued| &queued.unit).collect();
            match self.try_once(&units, expires).await {
                Tried::Done(answers) => {
                    for (queued, answer) in batch.into_iter().zip(answers) {
                        let _caller_gone = queued.answer.send(answer);
                    }
                    return None;
                }
                Tried::AtFault(_) if batch.len() > 1 => return Some(batch),
                Tried::AtFault(error) => {
                    let _caller_gone = batch.pop()?.answer.send(Err(error));
                    return None;
                }
                Tried::Unknown => {
                    for queued in batch {
                        let _caller_gone = queued.answer.send(Err(AppendError::Unknown));
                    }
                    return None;
                }
                Tried::Passing(Unavailability::Database(error)) if is_disk_full(&error) => {
                    warn!(log = %self.log, "batch not written: the database's disk is full");
                    for queued in batch {
                        let cause = Unavailability::Database(Arc::clone(&error));
                        let _caller_gone = queued.answer.send(Err(AppendError::Unavailable(cause)));
                    }
                    return None;
                }
                Tried::Passing(cause) => {
                    warn!(log = %self.log, %cause, "batch not written, trying again until its deadline");
                    last_cause = Some(cause);
                    let _new_time = timeout_at(expires, tokio::time::sleep(retry_after)).await;
                    retry_after = (retry_after * 2).min(LONGEST_RETRY_AFTER);
                }
            }
        }
    }

    /// Answers and removes the units whose time is over. Nothing of them was written.
    fn without_expired(&self, batch: Vec<Queued>, last_cause: &mut Option<Unavailability>) -> Vec<Queued> {
        let now = Instant::now();
        let (expired, alive): (Vec<_>, Vec<_>) = batch.into_iter().partition(|queued| queued.expires <= now);
        for queued in expired {
            let cause = match last_cause {
                Some(Unavailability::Database(error)) => Unavailability::Database(Arc::clone(error)),
                Some(Unavailability::DeadlineExceeded(_) | Unavailability::QueueFull(_)) | None => {
                    Unavailability::DeadlineExceeded(self.options.deadline)
                }
            };
            let _caller_gone = queued.answer.send(Err(AppendError::Unavailable(cause)));
        }
        alive
    }

    /// One transaction. The connection is kept only if it is known to be in order.
    async fn try_once(&mut self, units: &[&Unit], expires: Instant) -> Tried {
        let mut session = match self.ready_connection(expires).await {
            Ok(session) => session,
            Err(cause) => return Tried::Passing(cause),
        };
        let ended = match self.short_way(session.connection(), units, expires).await {
            Some(ended) => ended,
            None => self.transact(session.connection(), units, expires).await,
        };
        if ended.leaves_connection_in_order() {
            session.settle();
            self.connection = Some(session);
        } else {
            drop(session);
        }
        let tried = match ended {
            Ended::Committed(batch) => self.committed(batch),
            Ended::InDoubt(batch, cause) => self.resolve(batch, cause, units).await,
            Ended::NothingFits(answers) => Tried::Done(answers),
            Ended::TimedOut => Tried::Passing(Unavailability::DeadlineExceeded(self.options.deadline)),
            Ended::NotReady(NotReady::NoPartition) => {
                self.partitions = PartitionRange::NONE;
                Tried::Passing(Unavailability::DeadlineExceeded(self.options.deadline))
            }
            Ended::NotReady(NotReady::Passing(error)) => Tried::Passing(Arc::new(error).into()),
            // A change that deadlocks or is too slow may be one unit's alone: the others must not wait for it.
            Ended::NotReady(NotReady::Projection(ProjectionFailure::Database(error)))
                if is_disk_full(&error) || is_passing(&error) && units.len() == 1 =>
            {
                Tried::Passing(Arc::new(error).into())
            }
            Ended::NotReady(NotReady::Projection(failure)) => {
                Tried::AtFault(AppendError::ProjectionFailed(failure))
            }
            Ended::NotReady(NotReady::Refused(error)) => Tried::AtFault(AppendError::Refused(error)),
        };
        // Only now is it known, or kept, what became of the commit that was sent.
        self.sent = None;
        tried
    }

    /// `None`: nothing was written, the long way is to be taken.
    async fn short_way<'u>(
        &mut self,
        connection: &mut PgConnection,
        units: &[&'u Unit],
        expires: Instant,
    ) -> Option<Ended<'u>> {
        // Taken: known again only once a batch is committed.
        let known = self.known.take()?;
        let recorded_at_us = (self.options.clock)();
        if !self.partitions.covers(recorded_at_us) {
            return None;
        }
        let batch = known.decide(self.log, units, recorded_at_us)?;
        self.sent = doubt::Sent::of(&batch);
        let sending = known.send(connection, self.log, &batch, units, &self.settings);
        match timeout_at(expires, sending).await {
            Ok(Sent::Committed) => Some(Ended::Committed(batch)),
            Ok(Sent::TakeTheLongWay) => None,
            Ok(Sent::Passing(error)) => Some(Ended::NotReady(NotReady::Passing(error))),
            Ok(Sent::InDoubt(error)) => Some(Ended::InDoubt(batch, Some(error))),
            Err(_elapsed) => Some(Ended::InDoubt(batch, None)),
        }
    }

    async fn transact<'u>(
        &mut self,
        connection: &mut PgConnection,
        units: &[&'u Unit],
        expires: Instant,
    ) -> Ended<'u> {
        let preparing = timeout_at(expires, async {
            let mut transaction = begin(connection, &self.begin).await?;
            match prepare(&mut transaction, self.log, units, &self.options, self.partitions).await {
                Ok(batch) if batch.last().is_some() => Ok((transaction, batch)),
                Ok(batch) => {
                    transaction.rollback().await?;
                    Err(Ended::NothingFits(batch.answers))
                }
                Err(not_ready) => {
                    transaction.rollback().await?;
                    Err(Ended::NotReady(not_ready))
                }
            }
        });
        let (transaction, batch) = match preparing.await {
            Ok(Ok(ready)) => ready,
            Ok(Err(ended)) => return ended,
            Err(_elapsed) => return Ended::TimedOut,
        };
        self.sent = doubt::Sent::of(&batch);
        match timeout_at(expires, transaction.commit()).await {
            Ok(Ok(())) => Ended::Committed(batch),
            Ok(Err(error)) => Ended::InDoubt(batch, Some(error)),
            Err(_elapsed) => Ended::InDoubt(batch, None),
        }
    }

    fn committed(&mut self, batch: Batch<'_>) -> Tried {
        self.known = KnownHead::after(&batch);
        if let Some((position, _)) = batch.last() {
            self.wake_ups.committed(self.log, position);
        }
        Tried::Done(batch.answers)
    }

    /// The commit was sent and not answered with success.
    async fn resolve(&mut self, batch: Batch<'_>, cause: Option<sqlx::Error>, units: &[&Unit]) -> Tried {
        let Some(sent) = doubt::Sent::of(&batch) else {
            return Tried::Unknown;
        };
        warn!(log = %self.log, cause = cause.as_ref().map(tracing::field::display), "commit not confirmed, finding out");
        let give_up = Instant::now() + self.options.resolve_deadline;
        match find_out(&self.pool, self.log, sent, give_up).await {
            Found::Durable => self.committed(batch),
            Found::Absent => not_durable(cause, units, self.options.deadline),
            Found::NotKnown => {
                self.unsettled.keep(sent);
                Tried::Unknown
            }
        }
    }

    /// A connection, and partitions for the present.
    async fn ready_connection(&mut self, expires: Instant) -> Result<Session, Unavailability> {
        let now_us = (self.options.clock)();
        let making_ready = async {
            let mut session = match self.connection.take() {
                // A statement that is sent to a database that is gone leaves its batch in doubt until it is back. One that is
                // asked first costs a round trip, and says that nothing was written.
                Some(mut session) if self.waited => {
                    if session.answers().await {
                        session
                    } else {
                        drop(session);
                        Session::idle(&self.pool, self.options.deadline).await?
                    }
                }
                Some(session) => session,
                None => Session::idle(&self.pool, self.options.deadline).await?,
            };
            let partitions = if self.partitions.covers(now_us) {
                self.partitions
            } else {
                ensure_partitions(&mut session, now_us, MONTHS_AHEAD).await?
            };
            Ok((session, partitions))
        };
        match timeout_at(expires, making_ready).await {
            Ok(Ok((session, partitions))) => {
                self.waited = false;
                self.partitions = partitions;
                Ok(session)
            }
            Ok(Err(error)) => Err(Unavailability::Database(Arc::new(error))),
            Err(_elapsed) => Err(Unavailability::DeadlineExceeded(self.options.deadline)),
        }
    }
}

/// The commit failed and the batch is known to be absent. A lasting error (a deferred constraint of a projection) is some
/// unit's fault.
fn not_durable(cause: Option<sqlx::Error>, units: &[&Unit], deadline: Duration) -> Tried {
    match cause {
        None => Tried::Passing(Unavailability::DeadlineExceeded(deadline)),
        Some(error) if is_passing(&error) => Tried::Passing(Arc::new(error).into()),
        Some(error) if units.iter().any(|unit| unit.has_projections()) => {
            Tried::AtFault(AppendError::ProjectionFailed(ProjectionFailure::Database(error)))
        }
        Some(error) => Tried::AtFault(AppendError::Refused(error)),
    }
}
