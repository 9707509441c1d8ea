//! A database that is restored from a dump, and has grown past what the other side saw before they meet again: the fork is
//! alarmed on both sides, and what AD holds of the lost time stands. They print what was alarmed and what the next operation
//! on each touched account did.

use std::time::Duration;

use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode};

use crate::world::{World, code_of, fresh_password, until};

/// The end of one reset of this account.
async fn reset(world: &World, account: &str) -> OutcomeCode {
    let answer = world
        .admin_reset(account, &fresh_password(), OperationFlags::default())
        .await;
    code_of(&answer.expect("an answer"))
}

/// The ends of resets of this account up to the first that is applied.
async fn resets_until_applied(world: &World, account: &str) -> Vec<OutcomeCode> {
    let mut ends = Vec::new();
    while ends.last() != Some(&OutcomeCode::Applied) {
        assert!(ends.len() < 5, "{ends:?}");
        ends.push(reset(world, account).await);
    }
    ends
}

fn position(world: &World, database: &str) -> u64 {
    let position = world.value(database, "SELECT max(position) FROM eventlog.records");
    position.parse().expect("a position")
}

/// How many forks of this log the directory has recorded.
fn forks(world: &World, which: &str) -> u64 {
    let query = format!(
        "SELECT count(*) FROM eventlog.records WHERE event_type = 'LogForked' \
         AND convert_from(body, 'UTF8') LIKE '%{which}%'"
    );
    world.value("directory-db", &query).parse().expect("a count")
}

fn connector_alarms(world: &World) -> usize {
    world.logs("connector").matches("log forked").count()
}

#[tokio::test]
async fn the_directory_from_a_dump() {
    let world = World::ready().await;
    let accounts = [
        (world.account().await, 0),
        (world.account().await, 1),
        (world.account().await, 3),
    ];
    for (account, _) in &accounts {
        assert_eq!(reset(&world, account).await, OutcomeCode::Applied);
    }
    world.docker("stop", "directory");
    world.dump("directory-db");
    world.start("directory");
    world.wait_ready().await;
    for (account, lost) in &accounts {
        for _ in 0..*lost {
            assert_eq!(reset(&world, account).await, OutcomeCode::Applied);
        }
    }
    // The connector keeps what it saw last of the directory's log.
    world.docker("stop", "connector");
    let seen = position(&world, "directory-db");
    let alarms = connector_alarms(&world);
    world.docker("stop", "directory");
    world.restore_dump("directory-db");
    world.start("directory");
    until("the directory serves", Duration::from_secs(60), || async {
        world.status(None).await.is_ok()
    })
    .await;
    let (restored_to, forks_before) = (position(&world, "directory-db"), forks(&world, "directory"));
    assert!(restored_to < seen);
    while position(&world, "directory-db") <= seen {
        world.set_writeback(false).await;
        world.set_writeback(true).await;
    }
    world.start("connector");
    world.wait_ready().await;
    until("the alarm", Duration::from_secs(20), || async {
        forks(&world, "directory") > forks_before && connector_alarms(&world) > alarms
    })
    .await;
    println!(
        "directory from a dump: seen to {seen}, restored to {restored_to}; LOG_FORKED (directory): {} event, {} at the connector",
        forks(&world, "directory") - forks_before,
        connector_alarms(&world) - alarms,
    );
    for (account, lost) in &accounts {
        let ends = resets_until_applied(&world, account).await;
        println!("directory from a dump: account with {lost} operations lost: {ends:?}");
        let most = if *lost == 0 { 1 } else { 2 };
        assert!(ends.len() <= most, "{lost} lost: {ends:?}");
        assert!(
            ends[..ends.len() - 1]
                .iter()
                .all(|end| *end == OutcomeCode::Superseded),
            "{ends:?}"
        );
    }
    let skips = "SELECT count(*) FROM eventlog.records WHERE event_type = 'SequenceSkipped'";
    println!(
        "directory from a dump: SequenceSkipped: {}",
        world.value("directory-db", skips)
    );
}

#[tokio::test]
async fn the_connectors_store_from_a_dump() {
    let world = World::ready().await;
    let accounts = [
        (world.account().await, 0),
        (world.account().await, 1),
        (world.account().await, 2),
    ];
    for (account, _) in &accounts {
        assert_eq!(reset(&world, account).await, OutcomeCode::Applied);
    }
    world.docker("stop", "connector");
    world.dump("connector-db");
    world.start("connector");
    world.wait_ready().await;
    for (account, lost) in &accounts {
        for _ in 0..*lost {
            assert_eq!(reset(&world, account).await, OutcomeCode::Applied);
        }
    }
    world.docker("stop", "connector");
    let seen = position(&world, "connector-db");
    let (alarms, forks_before) = (connector_alarms(&world), forks(&world, "audit"));
    world.restore_dump("connector-db");
    let restored_to = position(&world, "connector-db");
    assert!(restored_to < seen);
    // It grows past what the directory saw before the two meet again: every start and stop is recorded.
    world.docker("stop", "directory");
    while position(&world, "connector-db") <= seen {
        let before = position(&world, "connector-db");
        world.start("connector");
        until("its start is recorded", Duration::from_secs(30), || async {
            position(&world, "connector-db") > before
        })
        .await;
        world.docker("stop", "connector");
    }
    world.start("directory");
    world.start("connector");
    world.wait_ready().await;
    until("the alarm", Duration::from_secs(30), || async {
        forks(&world, "audit") > forks_before && connector_alarms(&world) > alarms
    })
    .await;
    println!(
        "connector's store from a dump: seen to {seen}, restored to {restored_to}; LOG_FORKED (audit): {} event, {} at the connector",
        forks(&world, "audit") - forks_before,
        connector_alarms(&world) - alarms,
    );
    for (account, lost) in &accounts {
        let end = reset(&world, account).await;
        println!("connector's store from a dump: account with {lost} operations lost: {end:?}");
        assert_eq!(end, OutcomeCode::Applied);
    }
}
