//! What became of a commit could not be found out in time, or the appender had a defect: what holds afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use groundwire_eventlog::{AppendError, Appender, AppenderOptions, Position, Reader, WakeUps};
use sqlx::AssertSqlSafe;
use tokio::time::timeout;

use crate::proxy::{Fault, Proxy};
use crate::support::{Database, NOON_US, PATIENCE, new_log, options, unit_at};

/// How many new connections the writer may have.
async fn connections(database: &Database, limit: i32) {
    let limit = format!("ALTER ROLE {} CONNECTION LIMIT {limit}", database.writer_role);
    sqlx::raw_sql(AssertSqlSafe(limit))
        .execute(&database.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_of_which_nothing_was_known_does_not_land_after_it_was_settled() {
    let database = Database::create().await;
    let proxy = Proxy::start(&database, Fault::Late, "\"meant\"").await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_millis(500);
    own.resolve_deadline = Duration::from_millis(500);
    own.wake_ups = Some(WakeUps::new(database.owner.clone()));
    // Its one place is free after the doubt, and can only be taken by a new connection.
    let pool = proxy.pool_of(1, &database).await;
    let appender = Appender::open(pool, log, own).await.unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit_at("a", 0, "before")).await.unwrap();

    // Nobody can look what became of it.
    connections(&database, 0).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let answer = timeout(PATIENCE, appender.append(unit_at("a", 1, "\"meant\"")))
        .await
        .unwrap();
    assert!(matches!(answer, Err(AppendError::Unknown)), "{answer:?}");
    assert!(matches!(appender.settle().await, Err(AppendError::Unknown)));
    connections(&database, -1).await;

    timeout(PATIENCE, appender.settle()).await.unwrap().unwrap();
    assert_eq!(reader.head().await.unwrap().position, Position(1));
    proxy.release().await;
    assert_eq!(
        reader.head().await.unwrap().position,
        Position(1),
        "what was concluded from the log was overtaken"
    );
    appender.append(unit_at("a", 1, "after")).await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn a_defect_costs_the_unit_that_met_it_and_not_the_appender() {
    let database = Database::create().await;
    let log = new_log();
    let panics = Arc::new(AtomicBool::new(false));
    let clock = {
        let panics = Arc::clone(&panics);
        move || {
            assert!(!panics.swap(false, Ordering::SeqCst), "on purpose");
            NOON_US
        }
    };
    let appender = Appender::open(
        database.writer(2).await,
        log,
        AppenderOptions::new(Arc::new(clock)),
    )
    .await
    .unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    panics.store(true, Ordering::SeqCst);
    let met_it = timeout(PATIENCE, appender.append(unit_at("a", 1, "met it")))
        .await
        .unwrap();
    assert!(matches!(met_it, Err(AppendError::Unknown)), "{met_it:?}");
    appender.settle().await.unwrap();
    assert_eq!(reader.head().await.unwrap().position, Position(1));
    let after = timeout(PATIENCE, appender.append(unit_at("a", 1, "after")))
        .await
        .unwrap();
    assert_eq!(after.unwrap().last, Position(2));
    appender.close().await;
    let closed = appender.append(unit_at("a", 2, "never")).await;
    assert!(matches!(closed, Err(AppendError::Closed)), "{closed:?}");
    database.drop().await;
}
