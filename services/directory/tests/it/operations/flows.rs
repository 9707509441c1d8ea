//! From the request to the outcome.

use std::sync::atomic::Ordering;

use groundwire_directory::domain::{OperationKind, Stage};
use groundwire_directory::grpc::passwords::answer;
use groundwire_directory::operations::port::OperationsPort;
use groundwire_envelope::{Password, SealedKind};
use groundwire_proto::gateway::v1::RecordedDisposition;
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::ReasonCode;

use crate::database::{SOON, soon};
use crate::operations::rig::{
    DirectoryRig, applied, code, first_reason, new_account, principal, rejected, wait_for_end,
};

#[tokio::test]
async fn a_change_is_delivered_sealed_and_signed_and_its_outcome_reaches_the_caller() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let mut spec = directory.spec(anchor, OperationKind::Change);
    spec.call.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    let id = spec.request.operation_id;
    let mut following = directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    assert_eq!(event.operation_id, id.to_string());
    assert_eq!(
        (event.sequence, event.attempt, event.last_applied_sequence),
        (1, 1, 0)
    );
    assert_eq!(event.connector_id, directory.connector.who.connector.to_string());
    assert!(event.traceparent.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
    let secret = directory
        .connector
        .open_secret(&event, SealedKind::Change)
        .unwrap();
    assert_eq!(secret.new.as_ref().map(Password::expose), Some("N3w-Geheim-ÄÖ"));
    assert_eq!(
        secret.current.as_ref().map(Password::expose),
        Some("Old-Passw0rd")
    );
    assert_eq!(directory.secrets_waiting().await, 1);

    let recorded = directory.report(&event, applied(&event)).await;
    assert_eq!(recorded.disposition(), RecordedDisposition::Committed);
    let view = wait_for_end(&mut following).await;
    assert_eq!(code(&view), Some("APPLIED"));
    let answer = answer::operation(&view, Some(std::time::Duration::from_millis(50)));
    assert_eq!(answer.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    let stages: Vec<i32> = answer
        .outcome
        .unwrap()
        .durations
        .iter()
        .map(|told| told.stage)
        .collect();
    for stage in [
        proto::Stage::Admit,
        proto::Stage::Seal,
        proto::Stage::Queue,
        proto::Stage::Deliver,
        proto::Stage::Write,
        proto::Stage::Commit,
        proto::Stage::Total,
    ] {
        assert!(stages.contains(&(stage as i32)), "{stage:?} is missing");
    }
    assert_eq!(
        directory.records(anchor).await,
        ["OperationRequested", "OperationDelivered", "OperationApplied"]
    );
    assert_eq!(
        directory.secrets_waiting().await,
        0,
        "the ciphertext goes with the outcome"
    );
    let stored = directory
        .operations
        .get(directory.tenant, id, SOON)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.operation.outcome(), view.operation.outcome());
    assert!(
        view.operation
            .outcome()
            .unwrap()
            .durations_us
            .contains_key(&Stage::Deliver)
    );
}

#[tokio::test]
async fn a_request_and_its_delivery_are_one_commit() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let stream = groundwire_eventlog::StreamName::of("account", anchor.uuid()).unwrap();
    let reader = directory.store.reader(directory.tenant);
    let records = reader
        .read_stream(&stream, groundwire_eventlog::StreamVersion::ZERO, 9)
        .await
        .unwrap();
    let transactions: Vec<String> = sqlx::query_scalar(
        "SELECT xmin::text FROM eventlog.records WHERE stream = $1 ORDER BY stream_version",
    )
    .bind(stream.as_str())
    .fetch_all(&directory.database.superuser)
    .await
    .unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(transactions[0], transactions[1]);
}

#[tokio::test]
async fn a_caller_that_hangs_up_changes_nothing() {
    let directory = DirectoryRig::new().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let id = spec.request.operation_id;
    drop(directory.request(spec).await.unwrap());
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    let stored = directory
        .operations
        .get(directory.tenant, id, SOON)
        .await
        .unwrap()
        .unwrap();
    assert!(stored.operation.is_ended());
    // Whoever asks later gets the end.
    let mut following = directory
        .operations
        .follow(directory.tenant, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn without_a_connector_nothing_is_recorded_and_the_answer_is_at_once() {
    let directory = DirectoryRig::new().await;
    directory.connector.attached.store(false, Ordering::SeqCst);
    let anchor = new_account();
    for kind in [OperationKind::Change, OperationKind::Unlock] {
        directory
            .change_settings(|settings| settings.self_service_unlock = true)
            .await;
        let refused = directory
            .request(directory.spec(anchor, kind))
            .await
            .err()
            .unwrap();
        assert!(refused.to_string().contains("NO_CONNECTOR"), "{refused}");
    }
    assert!(directory.records(anchor).await.is_empty());
    assert_eq!(directory.secrets_waiting().await, 0);
}

#[tokio::test]
async fn a_newer_password_takes_the_place_of_one_that_waits_and_goes_out_after_the_first() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let mut first = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let mut second = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let mut third = directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    let superseded = wait_for_end(&mut second).await;
    assert_eq!(
        (code(&superseded), first_reason(&superseded)),
        (Some("SUPERSEDED"), Some(ReasonCode::Superseded))
    );
    let event = directory.connector.next_event().await;
    assert!(directory.connector.nothing_was_sent().await, "one is in flight");
    assert_eq!(
        directory.secrets_waiting().await,
        2,
        "the superseded one's is gone"
    );
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut first).await), Some("APPLIED"));
    let event = directory.connector.next_event().await;
    assert_eq!((event.sequence, event.last_applied_sequence), (3, 1));
    assert_eq!(event.last_applied_unicode_pwd_version, Some(7));
    directory
        .report(&event, rejected(&event, ReasonCode::PasswordTooShort))
        .await;
    let view = wait_for_end(&mut third).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("REJECTED"), Some(ReasonCode::PasswordTooShort))
    );
    assert!(
        view.operation
            .outcome()
            .unwrap()
            .durations_us
            .contains_key(&Stage::Queue)
    );
}

#[tokio::test]
async fn an_unlock_queues_behind_what_is_in_flight() {
    let directory = DirectoryRig::new().await;
    directory
        .change_settings(|settings| settings.self_service_unlock = true)
        .await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let mut unlock = directory
        .request(directory.spec(anchor, OperationKind::Unlock))
        .await
        .unwrap();
    let mut change = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    for sequence in 1..=3 {
        let event = directory.connector.next_event().await;
        assert_eq!(event.sequence, sequence);
        directory.report(&event, applied(&event)).await;
    }
    assert_eq!(code(&*wait_for_end(&mut unlock).await), Some("APPLIED"));
    assert_eq!(code(&*wait_for_end(&mut change).await), Some("APPLIED"));
}

#[tokio::test]
async fn what_waits_can_be_cancelled_and_what_is_handed_out_stands() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let (first, second) = (
        directory.spec(anchor, OperationKind::Change),
        directory.spec(anchor, OperationKind::AdminReset),
    );
    let (first_id, second_id) = (first.request.operation_id, second.request.operation_id);
    directory.request(first).await.unwrap();
    directory.request(second).await.unwrap();
    let caller = principal(groundwire_directory::domain::Role::Helpdesk, directory.tenant);
    let cancel = |id| directory.operations.cancel(directory.tenant, &caller, id, SOON);
    let view = soon(cancel(second_id)).await.unwrap().unwrap();
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("CANCELLED"), Some(ReasonCode::CancelledByCaller))
    );
    let view = soon(cancel(first_id)).await.unwrap().unwrap();
    assert_eq!(code(&view), None);
    assert!(
        soon(cancel(groundwire_directory::domain::OperationId::new(
            uuid::Uuid::new_v4()
        )))
        .await
        .unwrap()
        .is_none()
    );
}

#[tokio::test]
async fn the_same_report_is_acknowledged_again_and_another_one_is_kept_and_alarmed() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let mut following = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    let again = directory.report(&event, applied(&event)).await;
    assert_eq!(again.disposition(), RecordedDisposition::Repeated);
    for _ in 0..2 {
        let other = directory
            .report(&event, rejected(&event, ReasonCode::PasswordTooShort))
            .await;
        assert_eq!(other.disposition(), RecordedDisposition::Conflicting);
    }
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
    let records = directory.records(anchor).await;
    assert_eq!(
        records
            .iter()
            .filter(|name| *name == "OutcomeKeptAsEvidence")
            .count(),
        1
    );
    let mut shown = String::new();
    prometheus_client::encoding::text::encode(&mut shown, &directory.metrics.registry()).unwrap();
    assert!(shown.contains("alarm=\"outcome_conflict\"} 1"), "{shown}");
}

#[tokio::test]
async fn a_connector_of_another_group_cannot_end_an_operation() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    let mut stranger = directory.connector.who;
    stranger.group = groundwire_directory::domain::ConnectorGroupId::new(uuid::Uuid::new_v4());
    let recorded =
        crate::operations::rig::report(&directory.operations, &stranger, &event, applied(&event)).await;
    assert_eq!(recorded.disposition(), RecordedDisposition::Conflicting);
    assert_eq!(directory.records(anchor).await.len(), 2, "nothing was recorded");
}

#[tokio::test]
async fn what_waits_for_credit_goes_out_when_there_is_some() {
    let directory = DirectoryRig::new().await;
    directory.connector.busy.store(true, Ordering::SeqCst);
    let mut following = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    assert!(directory.connector.nothing_was_sent().await);
    directory.connector.busy.store(false, Ordering::SeqCst);
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn a_secret_that_no_attached_connector_can_open_ends_at_once() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory.connector.busy.store(true, Ordering::SeqCst);
    let mut following = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    directory.connector.holds_key.store(false, Ordering::SeqCst);
    directory
        .operations
        .connector_ready(&directory.connector.who)
        .await;
    let view = wait_for_end(&mut following).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("FAILED"), Some(ReasonCode::ResealNeeded))
    );
    assert_eq!(directory.secrets_waiting().await, 0);
}

#[tokio::test]
async fn followers_see_each_state() {
    let directory = DirectoryRig::new().await;
    directory.connector.busy.store(true, Ordering::SeqCst);
    let mut following = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    assert_eq!(
        answer::state(&following.now().operation.state),
        proto::OperationState::Requested
    );
    directory.connector.busy.store(false, Ordering::SeqCst);
    let delivered = soon(following.next()).await.unwrap();
    assert_eq!(
        answer::state(&delivered.operation.state),
        proto::OperationState::Delivered
    );
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    let last = soon(following.next()).await.unwrap();
    assert_eq!(answer::state(&last.operation.state), proto::OperationState::Ended);
    assert!(soon(following.next()).await.is_none());
}
