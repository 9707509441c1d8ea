//! Connections that nobody waits for without a bound, and whose state is known, whoever went away before.
//!
//! A pool of sqlx takes a connection back whatever was under way on it. It finds out by a ping whether the connection still
//! lives, waits for the answer for as long as the kernel does (some 15 minutes where the server is gone without a word), and
//! the connection's place in the pool is taken meanwhile. A [`Session`] goes back only after its last statement ended, and
//! within a bound. Else it is closed at once, without a word to the server, and its place in the pool is free.

use std::fmt::{self, Write as _};
use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTransactionManager, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, Connection as _, Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres,
    SqlSafeStr as _, SqlStr,
};
use sqlx_core::transaction::TransactionManager as _;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::ends_the_session;

/// Longest wait for the end of a statement that somebody waits for. The server may be gone without a word, so its own
/// `statement_timeout` bounds nothing here.
pub const STATEMENT_DEADLINE: Duration = Duration::from_secs(2);

/// How much earlier than we the server ends a statement that somebody waits for.
const SERVER_IS_FIRST: Duration = Duration::from_millis(100);

/// Longest wait for the answer to the first statement on a connection that may be gone, which costs the server little. A read
/// that was not answered by then may be asked again on another connection.
pub const FIRST_ANSWER: Duration = Duration::from_millis(500);

/// How long a connection that goes back to its pool may take to show that it lives.
const RETURN_DEADLINE: Duration = Duration::from_secs(1);

/// A connection of the pool for one piece of work, perhaps within a transaction. Runs statements like a connection of
/// sqlx (`fetch_all(&mut session)`), each under a deadline.
///
/// May be dropped at any moment, also while a statement is under way: a transaction that was not committed is rolled back,
/// and what may be in disorder is closed.
pub struct Session {
    connection: PoolConnection<Postgres>,
    /// Something was sent whose end has not come: what the connection would answer next is not known.
    under_way: bool,
    deadline: Duration,
}

impl Session {
    /// A connection of the pool, with this deadline for each statement, and for the connection.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is none in time.
    pub async fn acquire(pool: &PgPool, deadline: Duration) -> Result<Self, sqlx::Error> {
        // In a box, as in sqlx itself: it is part of the futures of everybody who reads.
        let connection = bounded(deadline, Box::pin(pool.acquire())).await?;
        Ok(Self {
            connection,
            under_way: false,
            deadline,
        })
    }

    /// The same within a transaction that this statement begins (`BEGIN…`, perhaps more after it, in one round trip). Where
    /// somebody waits for its statements, the server ends them, too, a moment before we do: one that it went on with would hold
    /// its place at the server, and its locks, while who waited tries again on another connection.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection in time, or the statement fails.
    pub async fn begin(
        pool: &PgPool,
        deadline: Duration,
        mut statement: String,
    ) -> Result<Self, sqlx::Error> {
        if deadline <= STATEMENT_DEADLINE {
            let limit = deadline.saturating_sub(SERVER_IS_FIRST).as_millis().max(1);
            let _infallible = write!(statement, "; SET LOCAL statement_timeout = {limit}");
        }
        let first = First::Begin(AssertSqlSafe(statement).into_sql_str());
        Box::pin(Self::open(pool, deadline, first)).await
    }

    /// A connection that is in no transaction, whatever was done to it before. A statement that is sent within a forgotten one
    /// is answered with success, and undone with it: who takes connections of this pool by other ways than this, and goes away
    /// before the server has answered, leaves such ones.
    pub(crate) async fn idle(pool: &PgPool, deadline: Duration) -> Result<Self, sqlx::Error> {
        Box::pin(Self::open(pool, deadline, First::BeginAndRollBack)).await
    }

    /// The first statement does nothing yet, so it may be said again: where the connection that it was sent on turns out to
    /// be gone, another one is taken, as long as there is time.
    async fn open(pool: &PgPool, deadline: Duration, first: First) -> Result<Self, sqlx::Error> {
        let until = Instant::now() + deadline;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut session = Self::acquire(pool, left).await?;
            session.deadline = deadline;
            let answer_by = until.min(Instant::now() + FIRST_ANSWER);
            match timeout_at(answer_by, first.say(session.connection())).await {
                Ok(Ok(())) => {
                    session.settle();
                    return Ok(session);
                }
                Ok(Err(error @ sqlx::Error::Database(_))) => return Err(error),
                Ok(Err(error)) if Instant::now() >= until => return Err(error),
                Err(_elapsed) if Instant::now() >= until => return Err(overdue(deadline)),
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }

    /// Commits the transaction. After an error it may be committed or not, unless it is one of the database.
    ///
    /// # Errors
    /// [`sqlx::Error`]
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.under_way = true;
        bounded(self.deadline, PgTransactionManager::commit(&mut self.connection)).await?;
        self.under_way = false;
        Ok(())
    }

    /// Whether the connection is still there, found out soon.
    pub(crate) async fn answers(&mut self) -> bool {
        let answer = timeout(FIRST_ANSWER, self.connection().ping()).await;
        let answers = matches!(answer, Ok(Ok(())));
        if answers {
            self.settle();
        }
        answers
    }

    /// The connection itself, for who sets deadlines of his own. It counts as in disorder until [`Session::settle`].
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        self.under_way = true;
        &mut self.connection
    }

    /// What was done by [`Session::connection`] ended well.
    pub(crate) const fn settle(&mut self) {
        self.under_way = false;
    }
}

/// What is said on a connection before the work.
enum First {
    Begin(SqlStr),
    BeginAndRollBack,
}

impl First {
    async fn say(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Begin(statement) => PgTransactionManager::begin(connection, Some(statement.clone())).await,
            // A ROLLBACK alone would be a warning in the server's log each time; a BEGIN within a transaction is one when it
            // helps. A transaction that failed refuses BEGIN: then the session is in disorder, and closed.
            Self::BeginAndRollBack => sqlx::raw_sql("BEGIN; ROLLBACK")
                .execute(connection)
                .await
                .map(drop),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.under_way {
            PgTransactionManager::start_rollback(&mut self.connection);
        }
        let giving_back = self.connection.return_to_pool();
        if self.under_way {
            // Dropped before its first step it closes the socket and frees the place, and waits for nothing.
            return;
        }
        // The same at the deadline.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(RETURN_DEADLINE, giving_back));
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("under_way", &self.under_way)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<'c> Executor<'c> for &'c mut Session {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let (deadline, until) = (self.deadline, Instant::now() + self.deadline);
        self.under_way = true;
        let under_way = &mut self.under_way;
        let steps = (&mut *self.connection).fetch_many(query);
        let bounded = stream::unfold(Some((steps, under_way)), move |state| async move {
            let (mut steps, under_way) = state?;
            match timeout_at(until, steps.next()).await {
                Ok(Some(Ok(step))) => Some((Ok(step), Some((steps, under_way)))),
                Ok(Some(Err(error))) => {
                    *under_way = ends_the_session(&error);
                    Some((Err(error), None))
                }
                Ok(None) => {
                    *under_way = false;
                    None
                }
                Err(_elapsed) => Some((Err(overdue(deadline)), None)),
            }
        });
        bounded.boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        self.under_way = true;
        Box::pin(async move {
            let answer = bounded(self.deadline, self.connection.fetch_optional(query)).await;
            self.under_way = answer.as_ref().is_err_and(ends_the_session);
            answer
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.under_way = true;
        Box::pin(async move {
            let preparing = self.connection.prepare_with(sql, parameters);
            let answer = bounded(self.deadline, preparing).await;
            self.under_way = answer.as_ref().is_err_and(ends_the_session);
            answer
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.under_way = true;
        Box::pin(async move {
            let answer = bounded(self.deadline, self.connection.describe(sql)).await;
            self.under_way = answer.as_ref().is_err_and(ends_the_session);
            answer
        })
    }
}

async fn bounded<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(deadline, work)
        .await
        .unwrap_or_else(|_elapsed| Err(overdue(deadline)))
}

fn overdue(deadline: Duration) -> sqlx::Error {
    let words = format!("the database did not answer within {deadline:?}");
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, words))
}

/// A statement, or the wait for a connection, was ended by its deadline.
pub(crate) fn is_overdue(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}
