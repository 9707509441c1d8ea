//! After a restart every open operation goes on: exactly one end, at most one effect.

use std::sync::atomic::Ordering;

use groundwire_directory::domain::OperationKind;
use groundwire_directory::operations::port::OperationsPort;
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, RecordedDisposition};
use groundwire_proto::reasons::ReasonCode;

use crate::database::soon;
use crate::operations::rig::{DirectoryRig, applied, code, first_reason, new_account, report, wait_for_end};

fn open(operation_id: &str, attempt: u32) -> OpenOperation {
    OpenOperation {
        operation_id: operation_id.to_owned(),
        attempt,
        state: 1,
        secret_gone: false,
    }
}

#[tokio::test]
async fn an_operation_that_its_connector_still_has_goes_on_there() {
    let directory = DirectoryRig::new().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    let mut following = restarted.follow(directory.tenant, id).await.unwrap().unwrap();
    directory.connector.attached.store(true, Ordering::SeqCst);
    let who = directory.connector.who;
    let unknown = uuid::Uuid::new_v4().to_string();
    let listed = vec![open(&event.operation_id, 1), open(&unknown, 1)];
    let fates = soon(restarted.connector_attached(&who, listed)).await.unwrap();
    assert_eq!(fates[0].kind(), FateKind::Continue);
    assert_eq!(fates[1].kind(), FateKind::NotKnown);
    soon(restarted.connector_ready(&who)).await;
    let recorded = report(&restarted, &who, &event, applied(&event)).await;
    assert_eq!(recorded.disposition(), RecordedDisposition::Committed);
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
    assert!(
        directory.connector.nothing_was_sent().await,
        "it is not handed out again"
    );
    let fates = soon(restarted.connector_attached(&who, vec![open(&event.operation_id, 1)]))
        .await
        .unwrap();
    assert_eq!(fates[0].kind(), FateKind::OutcomeRecorded);
}

#[tokio::test]
async fn an_operation_that_its_connector_does_not_list_is_handed_out_again_with_a_higher_attempt() {
    let directory = DirectoryRig::new().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let first = directory.connector.next_event().await;
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    let who = directory.connector.who;
    assert!(
        soon(restarted.connector_attached(&who, Vec::new()))
            .await
            .unwrap()
            .is_empty()
    );
    soon(restarted.connector_ready(&who)).await;
    let second = directory.connector.next_event().await;
    assert_eq!(
        (second.operation_id.as_str(), second.attempt),
        (first.operation_id.as_str(), 2)
    );
    assert_eq!(second.secret, first.secret, "the ciphertext waited");
    // The first attempt's refusal does not count any more; the proof of a write would.
    let late = crate::operations::rig::rejected(&first, ReasonCode::PasswordTooShort);
    let recorded = report(&restarted, &who, &first, late).await;
    assert_eq!(recorded.disposition(), RecordedDisposition::TakenOver);
    let recorded = report(&restarted, &who, &first, applied(&first)).await;
    assert_eq!(recorded.disposition(), RecordedDisposition::Committed);
    let mut following = restarted.follow(directory.tenant, id).await.unwrap().unwrap();
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn what_waited_goes_out_after_a_restart_in_its_order() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory.connector.busy.store(true, Ordering::SeqCst);
    directory
        .request(directory.spec(anchor, OperationKind::RequireChange))
        .await
        .unwrap();
    directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    directory.connector.busy.store(false, Ordering::SeqCst);
    directory.connector.attached.store(true, Ordering::SeqCst);
    let who = directory.connector.who;
    soon(restarted.connector_ready(&who)).await;
    for sequence in 1..=2 {
        let event = directory.connector.next_event().await;
        assert_eq!((event.sequence, event.attempt), (sequence, 1));
        report(&restarted, &who, &event, applied(&event)).await;
    }
}

#[tokio::test]
async fn a_waiting_operation_whose_ciphertext_went_with_a_crash_ends_at_once() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory.connector.busy.store(true, Ordering::SeqCst);
    let spec = directory.spec(anchor, OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    directory.connector.attached.store(false, Ordering::SeqCst);
    // What a crash of Postgres does to an UNLOGGED table.
    sqlx::query("TRUNCATE directory.sealed_secrets")
        .execute(&directory.database.superuser)
        .await
        .unwrap();
    let restarted = directory.restart().await;
    let mut following = restarted.follow(directory.tenant, id).await.unwrap().unwrap();
    let view = wait_for_end(&mut following).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("FAILED"), Some(ReasonCode::SecretLost))
    );
}

#[tokio::test]
async fn a_delivered_operation_without_ciphertext_is_handed_out_to_be_found_out() {
    let directory = DirectoryRig::new().await;
    directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    directory.connector.next_event().await;
    sqlx::query("TRUNCATE directory.sealed_secrets")
        .execute(&directory.database.superuser)
        .await
        .unwrap();
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    let who = directory.connector.who;
    soon(restarted.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(restarted.connector_ready(&who)).await;
    let event = directory.connector.next_event().await;
    assert_eq!(event.attempt, 2);
    assert!(event.secret.is_none());
}

#[tokio::test]
async fn an_event_that_was_recorded_and_not_sent_goes_out_when_the_connector_is_back() {
    let directory = DirectoryRig::new().await;
    let mut following = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    // The stream breaks: the connector never had it.
    let lost = directory.connector.next_event().await;
    let who = directory.connector.who;
    soon(directory.operations.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(directory.operations.connector_ready(&who)).await;
    let event = directory.connector.next_event().await;
    assert_eq!(
        (event.operation_id.as_str(), event.attempt),
        (lost.operation_id.as_str(), 2)
    );
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn a_connector_that_lists_an_earlier_attempt_gets_the_operation_again() {
    let directory = DirectoryRig::new().await;
    let mut following = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    let first = directory.connector.next_event().await;
    let who = directory.connector.who;
    soon(directory.operations.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(directory.operations.connector_ready(&who)).await;
    assert_eq!(directory.connector.next_event().await.attempt, 2);
    // The second one was lost with the stream; the first one is told to stand down.
    let fates = directory
        .operations
        .connector_attached(&who, vec![open(&first.operation_id, 1)]);
    assert_eq!(soon(fates).await.unwrap()[0].kind(), FateKind::TakenOver);
    soon(directory.operations.connector_ready(&who)).await;
    let third = directory.connector.next_event().await;
    assert_eq!(third.attempt, 3);
    directory.report(&third, applied(&third)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn an_end_that_another_process_recorded_is_shown_to_followers_here() {
    let directory = DirectoryRig::new().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let mut following = directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    let other = directory.restart().await;
    let who = directory.connector.who;
    report(&other, &who, &event, applied(&event)).await;
    // This process learns of it when it next appends: here, because the connector tells it once more.
    directory.connector.attached.store(false, Ordering::SeqCst);
    let recorded = report(
        &directory.operations,
        &who,
        &event,
        crate::operations::rig::rejected(&event, ReasonCode::PasswordTooShort),
    )
    .await;
    assert_eq!(recorded.disposition(), RecordedDisposition::Conflicting);
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}
