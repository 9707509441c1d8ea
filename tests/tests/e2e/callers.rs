//! Callers who repeat themselves, collide, hang up, or are not who they should be.

use std::time::Duration;

use groundwire_proto::operation::v1::{OperationState, OutcomeCode};
use tonic::Code;
use uuid::Uuid;

use crate::world::{As, INITIAL, World, code_of, fresh_password, until};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_same_id_again_is_the_same_operation_and_writes_once() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let first = world
        .change_as(As::App, id, PATIENCE, &account, INITIAL, &new)
        .await
        .expect("an answer");
    let again = world
        .change_as(As::App, id, PATIENCE, &account, INITIAL, &new)
        .await
        .expect("an answer");
    assert_eq!(code_of(&first), OutcomeCode::Applied, "{first:?}");
    assert_eq!((first.sequence, first.attempt), (again.sequence, again.attempt));
    assert_eq!(code_of(&again), OutcomeCode::Applied);
    let writes = world.audit_of(&id.to_string()).await;
    assert_eq!(
        writes
            .iter()
            .filter(|event| event.event_type == "WriteIntended")
            .count(),
        1
    );
}

#[tokio::test]
async fn two_callers_with_one_id_share_one_operation() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let (one, other) = tokio::join!(
        world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new),
        world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new),
    );
    let (one, other) = (one.expect("an answer"), other.expect("an answer"));
    assert_eq!(
        (code_of(&one), code_of(&other)),
        (OutcomeCode::Applied, OutcomeCode::Applied)
    );
    assert_eq!(one.sequence, other.sequence);
    assert!(world.dc.binds(&account, &new).await);
}

#[tokio::test]
async fn an_id_with_other_content_or_of_another_caller_is_taken() {
    let world = World::ready().await;
    let account = world.account().await;
    let other = world.account().await;
    let id = Uuid::new_v4();
    let new = fresh_password();
    let first = world
        .change_as(As::App, id, PATIENCE, &account, INITIAL, &new)
        .await
        .expect("an answer");
    assert_eq!(code_of(&first), OutcomeCode::Applied, "{first:?}");
    let elsewhere = world
        .change_as(As::App, id, PATIENCE, &other, INITIAL, &new)
        .await;
    assert_eq!(elsewhere.expect_err("taken").code(), Code::AlreadyExists);
    let somebody_else = world
        .change_as(As::Administrator, id, PATIENCE, &account, INITIAL, &new)
        .await;
    assert_eq!(somebody_else.expect_err("taken").code(), Code::AlreadyExists);
}

#[tokio::test]
async fn a_caller_that_hangs_up_changes_nothing() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    {
        let call = world.change_as(As::App, id, PATIENCE, &account, INITIAL, &new);
        let hung_up = tokio::time::timeout(Duration::from_millis(700), call).await;
        assert!(hung_up.is_err(), "answered although the DC cannot write");
    }
    stalled.release();
    until(
        "the operation ended without its caller",
        Duration::from_secs(20),
        || async {
            let operation = world.operation(As::App, id).await.expect("the operation");
            operation.state() == OperationState::Ended
        },
    )
    .await;
    let operation = world.operation(As::App, id).await.expect("the operation");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.binds(&account, &new).await);
}

#[tokio::test]
async fn an_impatient_caller_is_answered_before_its_deadline_with_the_operation_as_it_stands() {
    let world = World::ready().await;
    let account = world.account().await;
    let (id, new) = (Uuid::new_v4(), fresh_password());
    let stalled = world.stall_dc_writes();
    let answer = world
        .change_as(As::App, id, Duration::from_secs(2), &account, INITIAL, &new)
        .await;
    stalled.release();
    let operation = answer.expect("an answer before the deadline");
    assert_ne!(operation.state(), OperationState::Ended);
    until("it ended afterwards", Duration::from_secs(20), || async {
        let operation = world.operation(As::App, id).await.expect("the operation");
        operation.state() == OperationState::Ended
    })
    .await;
    assert!(world.dc.binds(&account, &new).await);
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_it() {
    let world = World::ready().await;
    let account = world.account().await;
    let id = Uuid::new_v4();
    let new = fresh_password();
    let operation = world
        .change_as(As::App, id, PATIENCE, &account, INITIAL, &new)
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied);
    let foreign = world.operation(As::Stranger, id).await;
    assert_eq!(foreign.expect_err("a foreign id").code(), Code::NotFound);
    let stranger = world
        .change_as(
            As::Stranger,
            Uuid::new_v4(),
            PATIENCE,
            &account,
            &new,
            "Other-Lantern-7",
        )
        .await;
    assert!(stranger.is_err());
    assert!(world.dc.binds(&account, &new).await);
    // The same id in another tenant is another operation's: it must not be told that it is taken here.
    let same_id = world
        .change_as(As::Stranger, id, PATIENCE, &account, &new, "Other-Lantern-7")
        .await;
    assert_ne!(same_id.expect_err("refused").code(), Code::AlreadyExists);
}

#[tokio::test]
async fn malformed_requests_name_every_field_that_is_wrong() {
    use tonic_types::StatusExt as _;
    let world = World::ready().await;
    let message = groundwire_proto::directory::v1::ChangePasswordRequest {
        operation_id: "not a uuid".to_owned(),
        ..Default::default()
    };
    let status = world
        .passwords()
        .change_password(world.request(As::App, PATIENCE, message))
        .await;
    let status = status.expect_err("malformed");
    assert_eq!(status.code(), Code::InvalidArgument);
    let fields: Vec<String> = status
        .get_details_bad_request()
        .expect("BadRequest details")
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    for expected in ["operation_id", "account", "secret"] {
        assert!(
            fields.iter().any(|field| field.starts_with(expected)),
            "{expected} is not among {fields:?}"
        );
    }
}
