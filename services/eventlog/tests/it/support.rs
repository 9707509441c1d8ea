//! A database per test, appenders on it, and units to append.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_eventlog::{
    Appender, AppenderOptions, ExpectedVersion, LogId, Metadata, NewRecord, ProjectionChange,
    ProjectionFailure, Reader, StreamName, StreamVersion, Unit,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::time::timeout;
use uuid::Uuid;

/// 2026-03-15T12:00:00Z.
pub(crate) const NOON_US: i64 = 1_773_576_000_000_000;
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by make where Postgres is"
)]
fn server() -> PgConnectOptions {
    std::env::var("GROUNDWIRE_TEST_POSTGRES_URL")
        .expect("GROUNDWIRE_TEST_POSTGRES_URL is not set: run through make test")
        .parse()
        .expect("GROUNDWIRE_TEST_POSTGRES_URL is a Postgres URL")
}

/// A database of its own with the log's schema and a writer role; dropped at the end of the test if it passed.
pub(crate) struct Database {
    pub(crate) name: String,
    /// As the owner (superuser).
    pub(crate) owner: PgPool,
    pub(crate) writer_role: String,
}

impl Database {
    pub(crate) async fn create() -> Self {
        let name = format!("eventlog_{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect_with(&server()).await.unwrap();
        let writer_role = format!("{name}_writer");
        for sql in [
            format!("CREATE DATABASE {name}"),
            format!("CREATE ROLE {writer_role} LOGIN PASSWORD 'writer'"),
        ] {
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let owner = PgPoolOptions::new()
            .max_connections(8)
            .connect_with(server().database(&name))
            .await
            .unwrap();
        groundwire_eventlog::migrate(&owner).await.unwrap();
        groundwire_eventlog::grant_writer(&owner, &writer_role)
            .await
            .unwrap();
        Self {
            name,
            owner,
            writer_role,
        }
    }

    pub(crate) fn writer_options(&self) -> PgConnectOptions {
        writer_of(&self.name)
    }

    /// A pool of the role that services use.
    pub(crate) async fn writer(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(self.writer_options())
            .await
            .unwrap()
    }

    /// Ends the writer's sessions, and returns when they are over: a session that was only told to end may still commit.
    pub(crate) async fn end_sessions(&self) {
        let ending = async {
            loop {
                let left: i64 = sqlx::query_scalar(
                    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid) IS NOT NULL) FROM pg_stat_activity \
                     WHERE usename = $1 AND datname = current_database()",
                )
                .bind(&self.writer_role)
                .fetch_one(&self.owner)
                .await
                .unwrap();
                if left == 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, ending).await.expect("the sessions end");
    }

    pub(crate) async fn drop(self) {
        self.owner.close().await;
        let mut connection = PgConnection::connect_with(&server()).await.unwrap();
        for sql in [
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
            format!("DROP ROLE {}", self.writer_role),
        ] {
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}

/// How the writer of a test's database connects.
pub(crate) fn writer_of(database: &str) -> PgConnectOptions {
    server()
        .database(database)
        .username(&format!("{database}_writer"))
        .password("writer")
}

/// A clock that a test sets (µs).
#[derive(Clone)]
pub(crate) struct TestClock(pub(crate) Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn at(unix_us: i64) -> Self {
        Self(Arc::new(AtomicI64::new(unix_us)))
    }

    pub(crate) fn set(&self, unix_us: i64) {
        self.0.store(unix_us, Ordering::SeqCst);
    }

    pub(crate) fn options(&self) -> AppenderOptions {
        let clock = Arc::clone(&self.0);
        AppenderOptions::new(Arc::new(move || clock.load(Ordering::SeqCst)))
    }
}

pub(crate) fn options() -> AppenderOptions {
    TestClock::at(NOON_US).options()
}

pub(crate) fn new_log() -> LogId {
    LogId(Uuid::new_v4())
}

pub(crate) async fn open(pool: &PgPool, log: LogId) -> (Appender, Reader) {
    let appender = Appender::open(pool.clone(), log, options()).await.unwrap();
    (appender, Reader::new(pool.clone(), log))
}

pub(crate) fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

pub(crate) fn record(event_type: &'static str, body: &str) -> NewRecord {
    NewRecord {
        event_type: event_type.into(),
        schema_version: 1,
        body: body.as_bytes().to_vec(),
        metadata: Metadata {
            actor: Some("subject-1".to_owned()),
            ..Metadata::default()
        },
        erasable: None,
    }
}

/// One record on a stream, whatever its version.
pub(crate) fn unit(name: &str, body: &str) -> Unit {
    Unit::new(stream(name), ExpectedVersion::Any, vec![record("Noted", body)])
}

pub(crate) fn unit_at(name: &str, version: u64, body: &str) -> Unit {
    Unit::new(
        stream(name),
        ExpectedVersion::Exactly(StreamVersion(version)),
        vec![record("Noted", body)],
    )
}

/// A projection change that runs one statement.
pub(crate) struct Statement(pub(crate) String);

impl ProjectionChange for Statement {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async move {
            sqlx::query(AssertSqlSafe(self.0.as_str()))
                .execute(connection)
                .await?;
            Ok(())
        })
    }
}
