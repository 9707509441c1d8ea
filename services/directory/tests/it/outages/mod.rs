//! The database is frozen, gone without a word, restarted or failed over: what each caller is answered, and when, and how
//! soon work goes on. A forwarder stands between the directory and its Postgres.

mod full_disk;
mod rig;

use std::time::Duration;

use groundwire_kit::testing::Forwarder;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::api::Served;
use crate::database::{SERVICE, TestDatabase};
use crate::outages::rig::{Callers, HEALED_WITHIN, PLACES, assert_typed};

/// These tests measure time: one after another.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

async fn behind() -> (Forwarder, Served) {
    let database = TestDatabase::new().await;
    let forwarder = database.forwarder().await;
    let served = Served::behind(&forwarder, database).await;
    (forwarder, served)
}

/// All connections that the pool may have can be in use at once.
async fn assert_whole(forwarder: &Forwarder, callers: &Callers) {
    let answers = callers.read_until(Instant::now() + Duration::from_secs(2)).await;
    assert_eq!(answers.by_code.keys().collect::<Vec<_>>(), ["OK"], "{answers:?}");
    assert_eq!(forwarder.established(), PLACES, "places of the pool");
}

/// As many as the server knows of, where it was told that the others are gone.
async fn assert_no_session_is_left_behind(served: &Served) {
    let sessions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
    )
    .bind("groundwire-directory")
    .fetch_one(&served.database.superuser)
    .await
    .unwrap();
    assert_eq!(usize::try_from(sessions).unwrap(), PLACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_frozen_every_caller_is_answered_in_time_and_then_the_pool_is_whole() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    callers.read_until(Instant::now() + Duration::from_secs(1)).await;
    let thaw = Instant::now() + Duration::from_secs(10);
    forwarder.freeze();
    let (answers, ()) = tokio::join!(callers.read_until(thaw), async {
        sleep_until(thaw).await;
        forwarder.heal();
    });
    let healed_after = callers.healed_after().await;
    println!("frozen for 10 s: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
    assert_no_session_is_left_behind(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_gone_without_a_word_are_noticed_and_replaced_within_seconds() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    let end = Instant::now() + Duration::from_secs(8);
    let (answers, healed_after) = tokio::join!(callers.read_until(end), async {
        sleep_until(end - Duration::from_secs(6)).await;
        forwarder.black_hole();
        callers.healed_after().await
    });
    println!("black hole: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_or_refuses_is_told_as_away_and_work_goes_on_when_it_is_back() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    let back = Instant::now() + Duration::from_secs(4);
    let (answers, ()) = tokio::join!(callers.read_until(back), async {
        sleep_until(back - Duration::from_secs(3)).await;
        forwarder.refuse();
        forwarder.cut();
        sleep_until(back).await;
        forwarder.heal();
    });
    let healed_after = callers.healed_after().await;
    println!("refusing for 3 s: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
    assert_no_session_is_left_behind(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_the_server_behind_the_same_name_is_used() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    // The same database at another address: the old one answers nothing any more.
    let server = served.database.options(SERVICE);
    let standby = Forwarder::start(server.get_host(), server.get_port()).await;
    let end = Instant::now() + Duration::from_secs(8);
    let (answers, healed_after) = tokio::join!(callers.read_until(end), async {
        sleep_until(end - Duration::from_secs(6)).await;
        forwarder.point_at("127.0.0.1", standby.address().port());
        forwarder.black_hole();
        callers.healed_after().await
    });
    println!("failed over: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert!(standby.established() > 0, "nothing went to the new server");
    assert_whole(&forwarder, &callers).await;
}
