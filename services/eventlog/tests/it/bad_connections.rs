//! What pools, dying servers and deploys may do to the short way.

use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Duration;

use groundwire_eventlog::{
    AppendError, Appender, Position, ReadError, Reader, WakeUps, grant_writer, migrate,
};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::timeout;

use crate::proxy::{Fault, Proxy};
use crate::support::{Database, PATIENCE, new_log, open, options, unit_at};

#[tokio::test]
async fn a_connection_that_the_pool_gives_out_within_a_transaction_does_not_swallow_an_append() {
    let database = Database::create().await;
    let pool = database.writer(1).await;
    let log = new_log();
    let mut own = options();
    own.wake_ups = Some(WakeUps::new(database.owner.clone()));
    let appender = Appender::open(pool.clone(), log, own).await.unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit_at("a", 0, "before")).await.unwrap();

    // Somebody began a transaction and went away before he was answered: sqlx forgets to roll it back.
    let mut connection = pool.acquire().await.unwrap();
    let mut context = Context::from_waker(Waker::noop());
    // Again where the server was too fast.
    while Box::pin(connection.begin())
        .as_mut()
        .poll(&mut context)
        .is_ready()
    {}
    drop(connection);

    appender.append(unit_at("a", 1, "meant")).await.unwrap();
    assert_eq!(reader.head().await.unwrap().position, Position(2));
    database.drop().await;
}

#[tokio::test]
async fn what_a_server_says_when_it_dies_is_not_taken_for_a_rollback() {
    let database = Database::create().await;
    let proxy = Proxy::start(&database, Fault::Panic, "\"meant\"").await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_secs(2);
    let appender = Appender::open(proxy.pool(&database).await, log, own)
        .await
        .unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    proxy.armed.store(1, Ordering::SeqCst);
    let appended = timeout(PATIENCE, appender.append(unit_at("a", 1, "\"meant\"")))
        .await
        .unwrap();
    assert_eq!(appended.unwrap().last, Position(2));
    assert_eq!(reader.head().await.unwrap().position, Position(2));
    database.drop().await;
}

#[tokio::test]
async fn a_process_of_the_version_before_can_append_until_a_deploy_replaces_it() {
    let database = Database::create().await;
    sqlx::raw_sql("DROP SCHEMA eventlog CASCADE")
        .execute(&database.owner)
        .await
        .unwrap();
    let first = sqlx::migrate!("./migrations").iter().take(1).cloned().collect();
    let mut before = Migrator::with_migrations(first);
    before.create_schema("eventlog");
    before.dangerous_set_table_name("eventlog._migrations");
    before.run(&database.owner).await.unwrap();
    grant_writer(&database.owner, &database.writer_role)
        .await
        .unwrap();
    let old = database.writer(1).await;
    let log = new_log();
    sqlx::query("SELECT eventlog.open_log($1)")
        .bind(log.0)
        .execute(&old)
        .await
        .unwrap();
    let locks = || async {
        sqlx::query("SELECT position, hash, versions, taken FROM eventlog.lock_heads($1, '{}', '{}', '{}')")
            .bind(log.0)
            .fetch_one(&old)
            .await
    };
    locks().await.unwrap();
    // The rights on what is new are granted later: other schemas are brought up to date between.
    migrate(&database.owner).await.unwrap();
    locks().await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn a_statement_whose_end_never_arrives_does_not_hold_the_log_for_ever() {
    let database = Database::create().await;
    let proxy = Proxy::start(&database, Fault::NoSync, "\"meant\"").await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_secs(1);
    let appender = Appender::open(proxy.pool(&database).await, log, own)
        .await
        .unwrap();
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    proxy.armed.store(1, Ordering::SeqCst);
    let answer = timeout(PATIENCE, appender.append(unit_at("a", 1, "\"meant\"")))
        .await
        .unwrap();
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    let (other, reader) = open(&database.writer(2).await, log).await;
    other.append(unit_at("b", 0, "after")).await.unwrap();
    assert_eq!(reader.head().await.unwrap().position, Position(2));
    database.drop().await;
}

#[tokio::test]
async fn a_read_that_is_given_up_while_it_begins_frees_its_place_at_once_and_leaves_no_transaction_in_a_session()
 {
    let database = Database::create().await;
    let proxy = Proxy::start(&database, Fault::Held, "BEGIN READ ONLY").await;
    let log = new_log();
    let _makes_the_log = open(&database.owner, log).await;
    let pool = proxy.pool(&database).await;
    let reader = Reader::new(pool.clone(), log)
        .with_session_settings(vec![("test.log".to_owned(), log.to_string())])
        .with_deadline(Duration::from_millis(200));
    proxy.armed.store(1, Ordering::SeqCst);
    let given_up = reader.head().await;
    assert!(
        matches!(given_up, Err(ReadError::DeadlineExceeded(_))),
        "{given_up:?}"
    );
    // The server has not answered yet, and nobody waits for it.
    let free = u32::try_from(pool.num_idle()).unwrap();
    assert_eq!(
        (pool.size(), free),
        (free, free),
        "places of the pool, and the free ones"
    );
    proxy.release().await;
    let within: bool = sqlx::query_scalar("SELECT current_setting('transaction_read_only')::bool")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(!within, "the session is still within the transaction");
    database.drop().await;
}

#[tokio::test]
async fn a_database_that_went_away_while_nothing_was_appended_is_told_as_that_and_not_as_a_doubt() {
    let database = Database::create().await;
    let pool = database.writer(2).await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_secs(1);
    // The connection is kept, so that it is this one that is dead.
    own.linger = PATIENCE;
    own.wake_ups = Some(WakeUps::new(database.owner.clone()));
    let appender = Appender::open(pool, log, own).await.unwrap();
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    let limit = |limit: i8| format!("ALTER ROLE {} CONNECTION LIMIT {limit}", database.writer_role);
    sqlx::raw_sql(AssertSqlSafe(limit(0)))
        .execute(&database.owner)
        .await
        .unwrap();
    database.end_sessions().await;
    let gone = timeout(PATIENCE, appender.append(unit_at("a", 1, "never")))
        .await
        .unwrap();
    assert!(matches!(gone, Err(AppendError::Unavailable(_))), "{gone:?}");
    sqlx::raw_sql(AssertSqlSafe(limit(-1)))
        .execute(&database.owner)
        .await
        .unwrap();
    let again = timeout(PATIENCE, appender.append(unit_at("a", 1, "again")))
        .await
        .unwrap();
    assert_eq!(again.unwrap().last, Position(2));
    database.drop().await;
}
