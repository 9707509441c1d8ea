//! What pools, dying servers and deploys may do to the short way.

use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Duration;

use groundwire_eventlog::{Appender, Position, Reader, WakeUps};
use sqlx::Connection;
use tokio::time::timeout;

use crate::proxy::{Fault, Proxy};
use crate::support::{Database, PATIENCE, new_log, options, unit_at};

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
