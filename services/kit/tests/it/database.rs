//! The pool's promises, asked of the server.

use std::time::{Duration, Instant};

use groundwire_kit::database::{DatabaseConfig, DatabaseError, pool, wait_until_ready};
use groundwire_kit::testing::{TestDatabase, database_section};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::NamedTempFile;

/// The section that names it.
struct Section(NamedTempFile);

impl Section {
    fn of(database: &TestDatabase) -> Self {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), database.as_superuser().to_url_lossy().as_str()).unwrap();
        Self(file)
    }

    fn with(&self, more: &str) -> DatabaseConfig {
        database_section(&format!("url_file = {:?}\n{more}", self.0.path()))
    }
}

#[tokio::test]
async fn sessions_commit_durably_even_where_the_role_says_otherwise() {
    let database = TestDatabase::create("kit").await;
    let lax = format!("ALTER DATABASE {} SET synchronous_commit = off", database.name());
    database.administer(&lax).await;

    let section = Section::of(&database);
    let pool = pool(&section.with("statement_timeout = '1234ms'"), "kit test").unwrap();
    wait_until_ready(&pool, Duration::from_secs(20)).await.unwrap();
    let show = async |name: &str| -> String {
        let query = AssertSqlSafe(format!("SHOW {name}"));
        sqlx::query_scalar(query).fetch_one(&pool).await.unwrap()
    };
    assert_eq!(show("synchronous_commit").await, "on");
    assert_eq!(show("statement_timeout").await, "1234ms");
    assert_eq!(show("lock_timeout").await, "5s");
    assert_eq!(show("idle_in_transaction_session_timeout").await, "10s");
    assert_eq!(show("application_name").await, "kit test");
    pool.close().await;
}

#[tokio::test]
async fn a_slow_statement_ends_at_its_timeout() {
    let database = TestDatabase::create("kit").await;
    let section = Section::of(&database);
    let pool = pool(&section.with("statement_timeout = '100ms'"), "kit test").unwrap();
    let error = sqlx::query("SELECT pg_sleep(60)")
        .execute(&pool)
        .await
        .unwrap_err();
    // query_canceled (PostgreSQL, appendix A).
    assert_eq!(
        error
            .as_database_error()
            .and_then(|error| error.code())
            .as_deref(),
        Some("57014")
    );
    pool.close().await;
}

/// By default the server goes on with it up to its time-out, and holds its locks.
#[tokio::test]
async fn a_statement_whose_client_is_gone_ends_within_seconds() {
    let database = TestDatabase::create("kit").await;
    let section = Section::of(&database);
    let pool = pool(&section.with("statement_timeout = '60s'"), "kit test").unwrap();
    let mut gone = pool.acquire().await.unwrap().detach();
    let waiting = sqlx::query("SELECT pg_sleep(60)").execute(&mut gone);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), waiting)
            .await
            .is_err()
    );
    drop(gone);
    let start = Instant::now();
    let under_way = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                     AND query = 'SELECT pg_sleep(60)' AND state = 'active'";
    while sqlx::query_scalar::<_, i64>(under_way)
        .fetch_one(&pool)
        .await
        .unwrap()
        > 0
    {
        assert!(start.elapsed() < Duration::from_secs(10), "it goes on");
        tokio::task::yield_now().await;
    }
    pool.close().await;
}

#[tokio::test]
async fn wrong_credentials_are_refused_at_once() {
    let database = TestDatabase::create("kit").await;
    let (name, server) = (database.name(), database.as_superuser());
    let (host, port) = (server.get_host(), server.get_port());
    let section = format!("host = \"{host}\"\nport = {port}\ndatabase = \"{name}\"\nuser = \"{name}_role\"");
    let pool = pool(&database_section(&section), "kit test").unwrap();
    let start = Instant::now();
    let refused = wait_until_ready(&pool, Duration::from_secs(60)).await;
    assert!(matches!(refused, Err(DatabaseError::Refused(_))), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(30));
}
