//! The connection pool to a service's Postgres.
//!
//! Promises: every session commits durably (`synchronous_commit` is forced on, promise 8), every statement, lock and
//! idle transaction has a time-out, a connection that is gone without a word costs its taker no more than a second, and no
//! credential appears in an error or a log. The host's name is resolved anew for each connection.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use secrecy::ExposeSecret;
use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::time::{Instant, timeout};

use crate::config::{Checks, Reading, Renamed, SecretFile, SecretFileError, duration, empty_is_unset};
use crate::supervision::{Backoff, BackoffLimits};

/// How long a database may take to answer at start: compose and Kubernetes start things in any order.
pub const START_DEADLINE: Duration = Duration::from_secs(60);

/// A migration may rewrite a table; it has no caller who waits.
const MIGRATION_STATEMENT_TIMEOUT: Duration = Duration::from_secs(600);

/// The `[database]` section of a service. Either `url_file`, or host, database and user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// File that holds a whole URL: `postgres://user:password@host:port/database?sslmode=verify-full`.
    #[serde(deserialize_with = "empty_is_unset")]
    pub url_file: Option<SecretFile>,
    /// Host name, or the directory of a Unix socket.
    #[serde(deserialize_with = "empty_is_unset")]
    pub host: Option<String>,
    /// The TCP port of the server.
    pub port: u16,
    /// Name of the database.
    #[serde(deserialize_with = "empty_is_unset")]
    pub database: Option<String>,
    /// Name of the role.
    #[serde(deserialize_with = "empty_is_unset")]
    pub user: Option<String>,
    /// File that holds the role's password.
    #[serde(deserialize_with = "empty_is_unset")]
    pub password_file: Option<SecretFile>,
    /// Upper limit on connections.
    pub max_connections: u32,
    /// How long to wait for a free connection.
    #[serde(with = "duration")]
    pub acquire_timeout: Duration,
    /// How long one statement may take before the server ends it.
    #[serde(with = "duration")]
    pub statement_timeout: Duration,
    /// Longest wait for a lock.
    #[serde(with = "duration")]
    pub lock_timeout: Duration,
    /// Longest pause within a transaction.
    #[serde(with = "duration")]
    pub idle_in_transaction_timeout: Duration,
}

/// The `[migrate]` section of a service: what its command `migrate` does as the owner of the schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrateConfig {
    /// File that holds the owner's URL. Not set: `[database]` is the owner's.
    #[serde(deserialize_with = "empty_is_unset")]
    pub url_file: Option<SecretFile>,
    /// The role that the service runs as, which is granted its rights.
    pub service_role: String,
}

/// Old names of keys in these sections.
pub const RENAMED: &[Renamed] = &[
    Renamed::read(
        "database.acquire_timeout_ms",
        "database.acquire_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "database.statement_timeout_ms",
        "database.statement_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "database.lock_timeout_ms",
        "database.lock_timeout",
        Reading::Milliseconds,
    ),
    Renamed::read(
        "database.idle_in_transaction_timeout_ms",
        "database.idle_in_transaction_timeout",
        Reading::Milliseconds,
    ),
];

impl DatabaseConfig {
    /// Checks what a pool needs.
    pub fn check(&self, checks: &mut Checks<'_>) {
        let parts = [&self.host, &self.database, &self.user];
        match &self.url_file {
            Some(_) => checks.require(
                "database.url_file",
                parts.iter().all(|part| part.is_none()),
                "goes without host, database and user",
            ),
            None => checks.require(
                "database.url_file",
                parts.iter().all(|part| part.is_some()),
                "is required, or host, database and user",
            ),
        }
        checks.within("database.max_connections", &self.max_connections, &(1..=10_000));
        for (key, timeout) in [
            ("database.acquire_timeout", self.acquire_timeout),
            ("database.statement_timeout", self.statement_timeout),
            ("database.lock_timeout", self.lock_timeout),
            (
                "database.idle_in_transaction_timeout",
                self.idle_in_transaction_timeout,
            ),
        ] {
            checks.positive(key, timeout);
        }
    }

    /// The same database for work that needs so many connections at once.
    #[must_use]
    pub fn with_at_least(self, connections: u32) -> Self {
        Self {
            max_connections: self.max_connections.max(connections),
            ..self
        }
    }

    /// The same database as its owner, for migrations.
    #[must_use]
    pub fn as_owner(&self, migrate: &MigrateConfig) -> Self {
        let mut owner = Self {
            statement_timeout: MIGRATION_STATEMENT_TIMEOUT,
            ..self.clone()
        };
        if let Some(url_file) = &migrate.url_file {
            owner.url_file = Some(url_file.clone());
            (owner.host, owner.database, owner.user) = (None, None, None);
        }
        owner
    }
}

/// Why there is no usable database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// The section is incomplete or says two things.
    #[error("the database section needs either url_file, or host, database and user")]
    Incomplete,
    /// The URL file holds no URL; the text is not repeated, since it holds a password.
    #[error("the file {0} does not hold a postgres:// URL")]
    MalformedUrl(String),
    /// The server refuses this role (SQLSTATE class 28): waiting does not help.
    #[error("the database refused the credentials")]
    Refused(#[source] sqlx::Error),
    /// It did not answer before the deadline.
    #[error("the database was not ready within {waited:?}")]
    NotReady {
        /// How long it was tried.
        waited: Duration,
        /// The last failure, if any try came to an end.
        #[source]
        last: Option<sqlx::Error>,
    },
    /// Something between us and the server (a pooler) lost the session setting that makes commits durable.
    #[error("synchronous_commit is `{0}` in new sessions, although `on` was asked for")]
    NotDurable(String),
}

/// Makes a pool. Nothing is connected yet, so it can't fail for want of a server.
///
/// `application_name` is what the server shows in `pg_stat_activity`.
///
/// # Errors
/// [`DatabaseError::Secret`], [`DatabaseError::Incomplete`] or [`DatabaseError::MalformedUrl`].
pub fn pool(config: &DatabaseConfig, application_name: &str) -> Result<PgPool, DatabaseError> {
    let options = connect_options(config)?
        // Statements are not logged at any level: they would say in the log what only the tables may hold.
        .disable_statement_logging()
        .application_name(application_name)
        .options([
            ("synchronous_commit", "on".to_owned()),
            ("statement_timeout", milliseconds(config.statement_timeout)),
            ("lock_timeout", milliseconds(config.lock_timeout)),
            (
                "idle_in_transaction_session_timeout",
                milliseconds(config.idle_in_transaction_timeout),
            ),
            // The server ends a session whose peer is gone without a word within a minute, and lets go of its locks; by
            // default that takes two hours.
            ("tcp_keepalives_idle", "30".to_owned()),
            ("tcp_keepalives_interval", "10".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
        ]);
    let dead = Arc::new(Dead::default());
    Ok(PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A server that cannot do so (before PostgreSQL 14, or on Windows) ends such a statement by its time-out only.
                match sqlx::raw_sql(CHECK_CLIENT).execute(connection).await {
                    Ok(_) | Err(sqlx::Error::Database(_)) => Ok(()),
                    Err(error) => Err(error),
                }
            })
        })
        .before_acquire(move |connection, meta| {
            let dead = Arc::clone(&dead);
            Box::pin(async move {
                if dead.found_since(meta.idle_for) {
                    return Err(sqlx::Error::PoolTimedOut);
                }
                if meta.idle_for >= ASK_AFTER {
                    let Ok(answer) = timeout(PING_DEADLINE, connection.ping()).await else {
                        dead.found();
                        return Err(sqlx::Error::PoolTimedOut);
                    };
                    answer?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// While the server is at a statement it looks each second whether its client is still there, and ends it if not. By default
/// it looks when it has the answer: what nobody waits for any more goes on, and holds its locks.
const CHECK_CLIENT: &str = "SET client_connection_check_interval = 1000";

/// When a connection was last found to be gone without a word. Those that were idle then are replaced unasked: the same
/// happened to them, and each would cost its taker the time of a ping.
#[derive(Default)]
struct Dead(Mutex<Option<Instant>>);

impl Dead {
    fn found(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// Whether one was found within this time.
    fn found_since(&self, idle_for: Duration) -> bool {
        self.0.lock().is_some_and(|found| found.elapsed() <= idle_for)
    }
}

/// As Postgres reads a setting that is a number without a unit. Less than a millisecond is one, since 0 would be no limit.
fn milliseconds(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}

/// A connection that was idle for so long is checked for life before it is used, so that a restart of the
/// database costs nobody an error. One that was used a moment ago is not: that would be a round trip each time.
const ASK_AFTER: Duration = Duration::from_secs(1);

/// One that does not answer the check in this time is replaced by a new one, within the time that its taker waits.
const PING_DEADLINE: Duration = Duration::from_millis(500);

/// Longest wait for one statement of this module. A server that is gone without a word answers never, and sqlx sets neither
/// keepalive nor a user time-out on its sockets: every statement is ended by a deadline of ours.
const STATEMENT_DEADLINE: Duration = Duration::from_secs(5);

/// Waits until the database answers, and checks that its sessions are durable.
///
/// # Errors
/// [`DatabaseError::Refused`] at once, [`DatabaseError::NotReady`] at the deadline, [`DatabaseError::NotDurable`].
pub async fn wait_until_ready(pool: &PgPool, deadline: Duration) -> Result<(), DatabaseError> {
    let start = Instant::now();
    let mut backoff = Backoff::new(BackoffLimits {
        first: Duration::from_millis(50),
        longest: Duration::from_secs(1),
        stable_after: Duration::MAX,
    });
    let mut last = None;
    loop {
        let remaining = deadline.saturating_sub(start.elapsed());
        let attempt = sqlx::query_scalar::<_, String>("SHOW synchronous_commit").fetch_one(pool);
        match timeout(remaining.min(STATEMENT_DEADLINE), attempt).await {
            Err(_elapsed) if remaining <= STATEMENT_DEADLINE => {
                return Err(DatabaseError::NotReady {
                    waited: deadline,
                    last,
                });
            }
            Ok(Ok(setting)) if is_durable(&setting) => return Ok(()),
            Ok(Ok(setting)) => return Err(DatabaseError::NotDurable(setting)),
            Ok(Err(error)) if refuses_credentials(&error) => return Err(DatabaseError::Refused(error)),
            Ok(Err(error)) => last = Some(error),
            Err(_elapsed) => last = Some(sqlx::Error::PoolTimedOut),
        }
        let pause = backoff.next_delay(rand::random());
        if start.elapsed().saturating_add(pause) >= deadline {
            return Err(DatabaseError::NotReady {
                waited: deadline,
                last,
            });
        }
        tokio::time::sleep(pause).await;
    }
}

/// Whether a process of this program is connected to the database, by the name that it gave itself. One that holds no
/// connection at this moment, or whose pooler hides its name, is not seen.
///
/// # Errors
/// What the database says.
pub async fn is_in_use_by(pool: &PgPool, application_name: &str) -> Result<bool, sqlx::Error> {
    let looking = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = $1)",
    )
    .bind(application_name)
    .fetch_one(pool);
    timeout(STATEMENT_DEADLINE, looking)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

fn is_durable(setting: &str) -> bool {
    // remote_apply waits for more than `on` does.
    matches!(setting, "on" | "remote_apply")
}

fn refuses_credentials(error: &sqlx::Error) -> bool {
    // Class 28, invalid authorization specification (PostgreSQL, appendix A).
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code.starts_with("28"))
}

fn connect_options(config: &DatabaseConfig) -> Result<PgConnectOptions, DatabaseError> {
    if let Some(file) = &config.url_file {
        if config.host.is_some() || config.user.is_some() || config.database.is_some() {
            return Err(DatabaseError::Incomplete);
        }
        let malformed = || DatabaseError::MalformedUrl(file.path().display().to_string());
        let url = file.read()?;
        let url = url.expose_secret();
        // The parser itself takes any scheme.
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(malformed());
        }
        return PgConnectOptions::from_str(url).map_err(|_| malformed());
    }
    let (Some(host), Some(database), Some(user)) = (&config.host, &config.database, &config.user) else {
        return Err(DatabaseError::Incomplete);
    };
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(host)
        .port(config.port)
        .database(database)
        .username(user);
    if let Some(file) = &config.password_file {
        options = options.password(file.read()?.expose_secret());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::database_section as config;

    #[tokio::test]
    async fn half_a_section_is_refused() {
        for text in ["", "host = \"db\"", "url_file = \"/x\"\nhost = \"db\""] {
            let refused = pool(&config(text), "test");
            assert!(matches!(refused, Err(DatabaseError::Incomplete)), "{text}");
        }
    }

    #[test]
    fn the_owner_connects_with_an_url_of_its_own_where_there_is_one() {
        let by_parts = config("host = \"db\"\ndatabase = \"d\"\nuser = \"u\"");
        let migrate = |text: &str| -> MigrateConfig { toml::from_str(text).unwrap() };
        let same = by_parts.as_owner(&migrate("url_file = \"\"\nservice_role = \"u\""));
        assert_eq!(same.host.as_deref(), Some("db"));
        let owner = by_parts.as_owner(&migrate("url_file = \"/owner\"\nservice_role = \"u\""));
        assert_eq!(owner.url_file, Some(SecretFile::new("/owner")));
        assert_eq!((owner.host, owner.user, owner.database), (None, None, None));
    }

    #[tokio::test]
    async fn an_error_about_a_url_does_not_repeat_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not-a-url:s3cret@host").unwrap();
        let refused = pool(&config(&format!("url_file = {:?}", file.path())), "test").unwrap_err();
        assert!(matches!(refused, DatabaseError::MalformedUrl(_)));
        assert!(!format!("{refused} {refused:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_reported_at_the_deadline() {
        let section = config("host = \"127.0.0.1\"\nport = 1\ndatabase = \"d\"\nuser = \"u\"");
        let pool = pool(&section, "test").unwrap();
        let result = wait_until_ready(&pool, Duration::from_millis(300)).await;
        assert!(
            matches!(result, Err(DatabaseError::NotReady { .. })),
            "{result:?}"
        );
    }
}
