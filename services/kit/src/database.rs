//! The connection pool to a service's Postgres.
//!
//! Promises: every session commits durably (`synchronous_commit` is forced on, promise 8), every statement, lock and
//! idle transaction has a time-out, and no credential appears in an error or a log.

use std::str::FromStr;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};
use tokio::time::Instant;

use crate::config::{SecretFile, SecretFileError};
use crate::supervision::{Backoff, BackoffLimits};

/// The `[database]` section of a service. Either `url_file`, or host, database and user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// File that holds a whole URL: `postgres://user:password@host:port/database?sslmode=verify-full`.
    pub url_file: Option<SecretFile>,
    /// Host name, or the directory of a Unix socket.
    pub host: Option<String>,
    /// Port; 5432 if not given.
    pub port: Option<u16>,
    /// Name of the database.
    pub database: Option<String>,
    /// Name of the role.
    pub user: Option<String>,
    /// File that holds the role's password.
    pub password_file: Option<SecretFile>,
    /// Upper limit on connections.
    #[serde(default = "default_max_connections")]
    pub max_connections: u32,
    /// How long to wait for a free connection, in milliseconds.
    #[serde(default = "default_acquire_timeout_ms")]
    pub acquire_timeout_ms: u64,
    /// Longest statement, in milliseconds.
    #[serde(default = "default_statement_timeout_ms")]
    pub statement_timeout_ms: u64,
    /// Longest wait for a lock, in milliseconds.
    #[serde(default = "default_lock_timeout_ms")]
    pub lock_timeout_ms: u64,
    /// Longest pause within a transaction, in milliseconds.
    #[serde(default = "default_idle_in_transaction_timeout_ms")]
    pub idle_in_transaction_timeout_ms: u64,
}

const fn default_max_connections() -> u32 {
    16
}
const fn default_acquire_timeout_ms() -> u64 {
    2_000
}
const fn default_statement_timeout_ms() -> u64 {
    10_000
}
const fn default_lock_timeout_ms() -> u64 {
    5_000
}
const fn default_idle_in_transaction_timeout_ms() -> u64 {
    10_000
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
            ("statement_timeout", config.statement_timeout_ms.to_string()),
            ("lock_timeout", config.lock_timeout_ms.to_string()),
            (
                "idle_in_transaction_session_timeout",
                config.idle_in_transaction_timeout_ms.to_string(),
            ),
            // The server ends a session whose peer is gone without a word within a minute, and lets go of its locks; by
            // default that takes two hours.
            ("tcp_keepalives_idle", "30".to_owned()),
            ("tcp_keepalives_interval", "10".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= ASK_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// A connection that was idle for so long is asked whether it still lives before it is used, so that a restart of the
/// database costs nobody an error. One that was used a moment ago is not: that would be a round trip each time.
const ASK_AFTER: Duration = Duration::from_secs(1);

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
        match tokio::time::timeout(remaining, attempt).await {
            Err(_elapsed) => {
                return Err(DatabaseError::NotReady {
                    waited: deadline,
                    last,
                });
            }
            Ok(Ok(setting)) if is_durable(&setting) => return Ok(()),
            Ok(Ok(setting)) => return Err(DatabaseError::NotDurable(setting)),
            Ok(Err(error)) if refuses_credentials(&error) => return Err(DatabaseError::Refused(error)),
            Ok(Err(error)) => last = Some(error),
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
        .port(config.port.unwrap_or(5432))
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

    fn config(text: &str) -> DatabaseConfig {
        toml::from_str(text).unwrap()
    }

    #[tokio::test]
    async fn half_a_section_is_refused() {
        for text in ["", "host = \"db\"", "url_file = \"/x\"\nhost = \"db\""] {
            let refused = pool(&config(text), "test");
            assert!(matches!(refused, Err(DatabaseError::Incomplete)), "{text}");
        }
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
