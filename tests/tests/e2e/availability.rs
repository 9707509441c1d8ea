//! With a part slow or gone, the answer is a typed reason within the deadline, and recovery needs no restart of the rest.

use std::time::{Duration, Instant};

use groundwire_proto::operation::v1::{OperationState, OutcomeCode};
use tonic::Code;
use uuid::Uuid;

use crate::world::{As, INITIAL, World, code_of, fresh_password, reason_names, until};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn with_the_connector_gone_the_answer_is_no_connector_at_once() {
    let world = World::ready().await;
    let account = world.account().await;
    world.docker("stop", "connector");
    let begun = Instant::now();
    let answer = world.change(&account, INITIAL, &fresh_password()).await;
    let took = begun.elapsed();
    let status = world.status(None).await;
    world.start("connector");
    assert_eq!(
        answer.as_ref().expect_err("nobody to do it").code(),
        Code::Unavailable
    );
    assert_eq!(reason_names(&answer), ["NO_CONNECTOR"]);
    assert!(took < Duration::from_secs(1), "not at once: {took:?}");
    assert!(!status.expect("the status").ready);
    world.wait_ready().await;
}

#[tokio::test]
async fn with_the_dc_gone_the_answer_is_a_reason_within_the_deadline() {
    let world = World::ready().await;
    let account = world.account().await;
    let other = world.account().await;
    world.docker("pause", "dc");
    let begun = Instant::now();
    let answer = world
        .change_as(
            As::App,
            Uuid::new_v4(),
            Duration::from_secs(15),
            &account,
            INITIAL,
            &fresh_password(),
        )
        .await;
    let took = begun.elapsed();
    world.docker("unpause", "dc");
    assert!(took < Duration::from_secs(15), "{took:?}");
    // Refused at the door, ended by the connector, or told as it stands: never a bare time-out.
    match &answer {
        Ok(operation) if operation.state() == OperationState::Ended => {
            let told = reason_names(&answer);
            assert!(
                told.iter()
                    .all(|name| name.starts_with("DC_") || name == "REQUEST_EXPIRED"),
                "{told:?}"
            );
        }
        Ok(operation) => assert_ne!(operation.state(), OperationState::Unspecified),
        Err(_) => assert!(reason_names(&answer)[0].starts_with("DC_"), "{answer:?}"),
    }
    world.wait_ready().await;
    let operation = world
        .change(&other, INITIAL, &fresh_password())
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
}

#[tokio::test]
async fn with_the_audit_store_gone_nothing_is_written() {
    let world = World::ready().await;
    let account = world.account().await;
    world.docker("stop", "connector-db");
    let new = fresh_password();
    let answer = world
        .change_as(As::App, Uuid::new_v4(), PATIENCE, &account, INITIAL, &new)
        .await;
    world.start("connector-db");
    let not_applied = match &answer {
        Ok(operation) => operation
            .outcome
            .as_ref()
            .is_none_or(|outcome| outcome.code() != OutcomeCode::Applied),
        Err(_) => true,
    };
    assert!(not_applied, "{answer:?}");
    world.wait_ready().await;
    if let Ok(operation) = &answer {
        // Whatever became of it, it ends, and AD says the same.
        let id: Uuid = operation.operation_id.parse().expect("an id");
        until("the operation ended", Duration::from_secs(90), || async {
            world
                .operation(As::App, id)
                .await
                .is_ok_and(|operation| operation.state() == OperationState::Ended)
        })
        .await;
        let ended = world.operation(As::App, id).await.expect("the operation");
        let applied = code_of(&ended) == OutcomeCode::Applied;
        assert_eq!(world.dc.binds(&account, &new).await, applied, "{ended:?}");
    }
    world.dc.put_back(&account, INITIAL).await;
    let operation = world
        .change(&account, INITIAL, &fresh_password())
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
}

#[tokio::test]
async fn a_directory_killed_mid_flow_tells_the_outcome_afterwards() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
    let killed = async {
        until("the intent is recorded", Duration::from_secs(10), || async {
            let events = world.audit_of(&id.to_string()).await;
            events.iter().any(|event| event.event_type == "WriteIntended")
        })
        .await;
        world.kill("directory");
    };
    let (answer, ()) = tokio::join!(call, killed);
    assert!(answer.is_err(), "the directory was dead: {answer:?}");
    stalled.release();
    world.start("directory");
    until("the outcome arrived", Duration::from_secs(60), || async {
        world
            .operation(As::App, id)
            .await
            .is_ok_and(|operation| operation.state() == OperationState::Ended)
    })
    .await;
    let operation = world.operation(As::App, id).await.expect("the operation");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert_eq!(operation.attempt, 1, "it was handed out again");
    assert!(world.dc.binds(&account, &new).await);
    world.wait_ready().await;
}
