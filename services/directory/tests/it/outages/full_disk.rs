//! The database's disk is full: what can be read is read, what would be written is refused as what it is, and with space
//! work goes on by itself.

use std::time::Duration;

use groundwire_kit::testing::SmallServer;
use tokio::time::{Instant, sleep_until};

use crate::api::Served;
use crate::database::TestDatabase;
use crate::outages::ONE_AT_A_TIME;
use crate::outages::rig::{Answers, Callers, HEALED_WITHIN, assert_typed};

/// How long a refusal for want of space may take on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

fn refused(answers: &Answers) -> u32 {
    let refused = answers.by_code.get("Unavailable/STORE_UNAVAILABLE");
    refused.copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_reads_are_answered_and_writes_refused_at_once_and_with_space_work_goes_on() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let server = SmallServer::start().await;
    let served = Box::pin(Served::on(TestDatabase::on(&server).await)).await;
    let callers = Callers::of(&served);
    callers.write_until(Instant::now() + Duration::from_secs(1)).await;
    server.fill().await;
    // Until the pages that are there are full.
    callers.write_until(Instant::now() + Duration::from_secs(2)).await;
    let end = Instant::now() + Duration::from_secs(3);
    let (written, read) = tokio::join!(callers.write_until(end), callers.read_until(end));
    server.free();
    let writes_after = callers.writes_after().await;
    println!("full disk: writes {written:?}, reads {read:?}, resumed after {writes_after:?}");
    assert_eq!(read.by_code.keys().collect::<Vec<_>>(), ["OK"], "{read:?}");
    assert_typed(&written);
    assert!(refused(&written) > 100, "{written:?}");
    assert!(written.longest < AT_ONCE, "{written:?}");
    assert!(writes_after < HEALED_WITHIN, "{writes_after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_ends_because_its_log_finds_no_space_is_told_as_away_until_it_has_some() {
    let _one_at_a_time = ONE_AT_A_TIME.lock().await;
    let server = SmallServer::start().await;
    let served = Box::pin(Served::on(TestDatabase::on(&server).await)).await;
    let callers = Callers::of(&served);
    server.fill().await;
    let end = Instant::now() + Duration::from_secs(6);
    let (answers, ()) = tokio::join!(callers.write_until(end), async {
        sleep_until(end - Duration::from_secs(5)).await;
        server.exhaust_log().await;
    });
    server.free();
    server.wait_until_it_writes().await;
    let writes_after = callers.writes_after().await;
    println!("no space for the log: {answers:?}, resumed after {writes_after:?}");
    assert_typed(&answers);
    assert!(refused(&answers) > 100, "{answers:?}");
    assert!(writes_after < HEALED_WITHIN, "{writes_after:?}");
}
