//! The same id is the same operation, for as long as the log lives; tenants do not meet.

use std::time::Duration;

use groundwire_directory::domain::{OperationFlags, OperationKind};
use groundwire_directory::operations::RequestError;

use crate::database::{SOON, soon};
use crate::operations::rig::{
    DirectoryRig, applied, code, make_tenant, new_account, principal, wait_for_end,
};

#[tokio::test]
async fn two_callers_of_one_id_share_the_outcome() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = || {
        let mut spec = directory.spec(anchor, OperationKind::Change);
        spec.request.operation_id = groundwire_directory::domain::OperationId::new(uuid::Uuid::from_u128(5));
        spec
    };
    let (first, second) = tokio::join!(directory.request(spec()), directory.request(spec()));
    let (mut first, mut second) = (first.unwrap(), second.unwrap());
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    let (first, second) = (wait_for_end(&mut first).await, wait_for_end(&mut second).await);
    assert_eq!(first, second);
    assert!(directory.connector.nothing_was_sent().await);
    // And after the end, and after a restart.
    let mut third = directory.request(spec()).await.unwrap();
    assert_eq!(
        wait_for_end(&mut third).await.operation.outcome(),
        first.operation.outcome()
    );
    let restarted = directory.restart().await;
    let mut fourth = spec().to(&restarted).await.unwrap();
    assert_eq!(
        wait_for_end(&mut fourth).await.operation.outcome(),
        first.operation.outcome()
    );
    assert!(directory.connector.nothing_was_sent().await);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_refused() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = directory.spec(anchor, OperationKind::AdminReset);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let again = |kind, anchor| {
        let mut spec = directory.spec(anchor, kind);
        spec.request.operation_id = id;
        spec
    };
    let refused = |result: Result<_, RequestError>| matches!(result, Err(RequestError::AlreadyExists));
    assert!(
        refused(directory.request(again(OperationKind::Change, anchor)).await),
        "another kind"
    );
    assert!(
        refused(
            directory
                .request(again(OperationKind::AdminReset, new_account()))
                .await
        ),
        "another account"
    );
    let mut flags = again(OperationKind::AdminReset, anchor);
    flags.request.flags = OperationFlags {
        unlock: true,
        ..OperationFlags::default()
    };
    assert!(refused(directory.request(flags).await), "other flags");
    let mut other = again(OperationKind::AdminReset, anchor);
    other.call.principal.subject = "somebody else".to_owned();
    assert!(refused(directory.request(other).await), "another principal");
    assert!(
        directory
            .request(again(OperationKind::AdminReset, anchor))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_retry_is_answered_also_where_it_would_be_refused_today() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = directory.spec(anchor, OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    directory
        .change_settings(|settings| settings.enabled = false)
        .await;
    let mut again = directory.spec(anchor, OperationKind::Change);
    again.request.operation_id = id;
    let mut following = directory.request(again).await.unwrap();
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
    // The account is gone since: it is found by its id.
    let mut once_more = directory.spec(anchor, OperationKind::Change);
    once_more.request.operation_id = id;
    let found = directory
        .operations
        .find_accepted(&once_more.call, &once_more.request, None);
    assert!(soon(found).await.unwrap().is_some());
}

#[tokio::test]
async fn an_id_of_one_tenant_says_nothing_to_another() {
    let directory = DirectoryRig::new().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let (other, _) = make_tenant(&directory.store).await;
    assert!(directory.operations.get(other, id, SOON).await.unwrap().is_none());
    assert!(directory.operations.follow(other, id).await.unwrap().is_none());
    let caller = principal(groundwire_directory::domain::Role::Helpdesk, other);
    assert!(
        directory
            .operations
            .cancel(other, &caller, id, SOON)
            .await
            .unwrap()
            .is_none()
    );
    let mut spec = directory.spec(new_account(), OperationKind::Change);
    spec.request.operation_id = id;
    spec.call.tenant = other;
    let before = directory
        .operations
        .find_accepted(&spec.call, &spec.request, None);
    assert!(before.await.unwrap().is_none());
}

#[tokio::test]
async fn two_processes_over_one_account_keep_its_order() {
    let directory = DirectoryRig::new().await;
    let other = directory.restart().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::RequireChange))
        .await
        .unwrap();
    for round in 1..=4_u64 {
        // The one appends what the other has not folded.
        let operations = if round % 2 == 0 {
            &directory.operations
        } else {
            &other
        };
        let event = directory.connector.next_event().await;
        assert_eq!(event.sequence, round);
        let who = &directory.connector.who;
        crate::operations::rig::report(operations, who, &event, applied(&event)).await;
        let following = directory
            .spec(anchor, OperationKind::RequireChange)
            .to(operations)
            .await
            .unwrap();
        assert_eq!(following.now().operation.request.sequence, round + 1);
    }
}

#[tokio::test]
async fn many_accounts_at_once_each_get_their_own_outcome() {
    let directory = DirectoryRig::new().await;
    let mut all = Vec::new();
    for _ in 0..40 {
        all.push(
            directory
                .request(directory.spec(new_account(), OperationKind::Change))
                .await
                .unwrap(),
        );
    }
    let answering = async {
        for _ in 0..40 {
            let event = directory.connector.next_event().await;
            directory.report(&event, applied(&event)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), answering)
        .await
        .unwrap();
    for following in &mut all {
        assert_eq!(code(&*wait_for_end(following).await), Some("APPLIED"));
    }
}
