//! The connector killed at every step of a write. Each operation then ends as the marker in AD says: once, and in AD at
//! most once.
//!
//! The steps are held open by real locks, not by hooks in the product: an LDB transaction on the DC stalls the write
//! while reads go on, a table lock in the connector's Postgres stalls the record.

use std::time::Duration;

use groundwire_proto::operation::v1::{Operation, OperationState, OutcomeCode};
use uuid::Uuid;

use crate::world::{As, INITIAL, World, code_of, fresh_password, until};

const PATIENCE: Duration = Duration::from_secs(8);

async fn ended(world: &World, id: Uuid) -> Operation {
    until("the operation ended", Duration::from_secs(120), || async {
        world
            .operation(As::App, id)
            .await
            .is_ok_and(|operation| operation.state() == OperationState::Ended)
    })
    .await;
    world.operation(As::App, id).await.expect("the operation")
}

async fn recorded(world: &World, id: Uuid, event_type: &str) {
    until(event_type, Duration::from_secs(10), || async {
        let events = world.audit_of(&id.to_string()).await;
        events.iter().any(|event| event.event_type == event_type)
    })
    .await;
}

/// Whatever the outcome says, AD says the same, and the write was intended at most twice (once per attempt).
async fn outcome_and_ad_agree(world: &World, account: &str, new: &str, operation: &Operation) {
    let applied = code_of(operation) == OutcomeCode::Applied;
    assert_eq!(world.dc.binds(account, new).await, applied, "{operation:?}");
    if !applied {
        assert!(world.dc.binds(account, INITIAL).await, "{operation:?}");
    }
}

#[tokio::test]
async fn killed_before_the_intent() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_log("connector-db");
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let killed = async {
        until("the event is delivered", Duration::from_secs(5), || async {
            world
                .operation(As::App, id)
                .await
                .is_ok_and(|operation| operation.attempt > 0)
        })
        .await;
        world.kill("connector");
    };
    let (_, ()) = tokio::join!(call, killed);
    drop(stalled);
    world.start("connector");
    let operation = ended(&world, id).await;
    outcome_and_ad_agree(&world, &account, &new, &operation).await;
    world.wait_ready().await;
}

#[tokio::test]
async fn killed_after_the_intent_while_the_dc_goes_on() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let killed = async {
        recorded(&world, id, "WriteIntended").await;
        world.kill("connector");
    };
    let (answer, ()) = tokio::join!(call, killed);
    if let Ok(operation) = &answer {
        assert_ne!(
            operation.state(),
            OperationState::Ended,
            "ended without anybody knowing"
        );
    }
    let standing = world.operation(As::App, id).await.expect("the operation");
    assert_ne!(standing.state(), OperationState::Ended);
    stalled.release();
    world.start("connector");
    let operation = ended(&world, id).await;
    outcome_and_ad_agree(&world, &account, &new, &operation).await;
    world.wait_ready().await;
}

#[tokio::test]
async fn killed_after_the_intent_while_the_dc_stalls() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let killed = async {
        recorded(&world, id, "WriteIntended").await;
        world.kill("connector");
    };
    let (_, ()) = tokio::join!(call, killed);
    // Back while the DC still stalls: nothing can be settled, and nothing is sent again.
    world.start("connector");
    until("the connector is back", Duration::from_secs(60), || async {
        world.status(None).await.is_ok_and(|status| status.enabled)
    })
    .await;
    let standing = world.operation(As::App, id).await.expect("the operation");
    assert_ne!(standing.state(), OperationState::Ended, "{standing:?}");
    stalled.release();
    let operation = ended(&world, id).await;
    outcome_and_ad_agree(&world, &account, &new, &operation).await;
    world.wait_ready().await;
}

#[tokio::test]
async fn the_connection_to_the_dc_breaks_after_the_intent() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let cut = async {
        recorded(&world, id, "WriteIntended").await;
        world.docker("restart", "dc");
    };
    let (_, ()) = tokio::join!(call, cut);
    drop(stalled);
    let operation = ended(&world, id).await;
    outcome_and_ad_agree(&world, &account, &new, &operation).await;
    world.wait_ready().await;
}

#[tokio::test]
async fn killed_after_the_write_before_its_outcome_is_recorded() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let killed = async {
        recorded(&world, id, "WriteIntended").await;
        let log = world.stall_log("connector-db");
        stalled.release();
        until("the write is in AD", Duration::from_secs(4), || {
            world.dc.binds(&account, &new)
        })
        .await;
        world.kill("connector");
        log.lose_what_waits();
    };
    let (_, ()) = tokio::join!(call, killed);
    world.start("connector");
    let operation = ended(&world, id).await;
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(
        operation
            .outcome
            .as_ref()
            .is_some_and(|outcome| outcome.recovered),
        "{operation:?}"
    );
    assert!(world.dc.binds(&account, &new).await);
    let events = world.audit_of(&id.to_string()).await;
    assert_eq!(
        events
            .iter()
            .filter(|event| event.event_type == "WriteIntended")
            .count(),
        1
    );
    world.wait_ready().await;
}
