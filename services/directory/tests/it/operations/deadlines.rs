//! What a call whose time is over learns, held against what the log has afterwards. One session holds the log's table, so
//! that whatever an account's task appends waits until the test lets it go.

use std::time::Duration;

use groundwire_directory::domain::{AccountAnchor, OperationId, OperationKind, Role};
use groundwire_directory::operations::RequestError;
use tokio::task::yield_now;
use uuid::Uuid;

use crate::database::{SOON, soon};
use crate::operations::rig::{DirectoryRig, RequestSpec, code, new_account, principal, wait_for_end};
use crate::operations::tasks::lock_log;

/// Longer than a request takes to its account's task, and shorter than a test may take.
const SHORT: Duration = Duration::from_millis(400);

/// Of a kind that seals nothing: that would take the time that these tests measure.
fn spec(directory: &DirectoryRig, anchor: AccountAnchor, within: Duration) -> RequestSpec {
    let mut spec = directory.spec(anchor, OperationKind::RequireChange);
    spec.call.wait_timeout = within;
    spec
}

/// The account's task took a request: it has reserved a route for it.
async fn taken(directory: &DirectoryRig) {
    soon(async {
        while *directory.connector.routed.lock() == 0 {
            yield_now().await;
        }
    })
    .await;
}

/// Everything that was in the account's mailbox was handled, and what was appended is in the log.
async fn drained(directory: &DirectoryRig, anchor: AccountAnchor) {
    let last = spec(directory, anchor, SOON);
    soon(directory.request(last)).await.unwrap();
}

#[tokio::test]
async fn what_waits_in_the_mailbox_is_withdrawn_and_what_was_taken_is_not_known() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let (first, second) = (spec(&directory, anchor, SHORT), spec(&directory, anchor, SHORT));
    let (first_id, second_id) = (first.request.operation_id, second.request.operation_id);
    let (first, second) = tokio::join!(directory.request(first), async {
        taken(&directory).await;
        directory.request(second).await
    });
    assert!(matches!(first, Err(RequestError::RecordingUnknown(id)) if id == first_id));
    assert!(matches!(second, Err(RequestError::TooLate)));
    lock.rollback().await.unwrap();
    drained(&directory, anchor).await;
    let find = |id| directory.operations.get(directory.tenant, id, SOON);
    assert!(
        find(first_id).await.unwrap().is_some(),
        "it was recorded after all"
    );
    assert!(find(second_id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_caller_that_hangs_up_takes_back_what_was_not_taken() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let (first, second) = (spec(&directory, anchor, SOON), spec(&directory, anchor, SOON));
    let (first_id, second_id) = (first.request.operation_id, second.request.operation_id);
    let operations = directory.operations.clone();
    let first = tokio::spawn(async move { first.to(&operations).await });
    taken(&directory).await;
    let operations = directory.operations.clone();
    let second = tokio::spawn(async move { second.to(&operations).await });
    yield_now().await;
    for call in [&first, &second] {
        call.abort();
    }
    assert!(first.await.is_err() && second.await.is_err());
    lock.rollback().await.unwrap();
    drained(&directory, anchor).await;
    let find = |id| directory.operations.get(directory.tenant, id, SOON);
    assert!(find(first_id).await.unwrap().is_some());
    assert!(find(second_id).await.unwrap().is_none());
}

#[tokio::test]
async fn the_same_request_sent_again_is_the_operation_that_the_first_one_became() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let first = spec(&directory, anchor, SHORT);
    let id = first.request.operation_id;
    assert!(matches!(
        directory.request(first).await,
        Err(RequestError::RecordingUnknown(_))
    ));
    lock.rollback().await.unwrap();
    drained(&directory, anchor).await;
    // Without any time left, too: what runs in this process takes none to find.
    for within in [SOON, Duration::ZERO] {
        let mut again = spec(&directory, anchor, within);
        again.request.operation_id = id;
        let following = directory.request(again).await.unwrap();
        assert_eq!(following.now().operation.request.operation_id, id);
    }
}

#[tokio::test]
async fn what_may_yet_be_recorded_is_neither_told_to_be_absent_nor_refused() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let caller = principal(Role::Helpdesk, directory.tenant);
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let first = spec(&directory, anchor, SHORT);
    let id = first.request.operation_id;
    let is_not_known =
        |error: &RequestError| matches!(error, RequestError::RecordingUnknown(of) if *of == id);
    assert!(
        directory
            .request(first)
            .await
            .is_err_and(|error| is_not_known(&error))
    );
    // From now on the same request would be refused, if it were a new one.
    sqlx::query("DELETE FROM directory.writeback_settings")
        .execute(&directory.database.superuser)
        .await
        .unwrap();
    directory.operations.settings_changed(directory.tenant);
    let again = |within| {
        let mut again = spec(&directory, anchor, within);
        again.request.operation_id = id;
        again
    };
    let get = |within| directory.operations.get(directory.tenant, id, within);
    let by_another_name = again(SHORT / 2);
    let found = directory
        .operations
        .find_accepted(&by_another_name.call, &by_another_name.request, None);
    assert!(get(SHORT / 2).await.is_err_and(|error| is_not_known(&error)));
    assert!(found.await.is_err_and(|error| is_not_known(&error)));
    let retried = directory.request(again(SHORT / 2)).await;
    assert!(retried.is_err_and(|error| is_not_known(&error)));
    // Who waits until it is known learns what became of it.
    let cancel = directory.operations.cancel(directory.tenant, &caller, id, SOON);
    let (found, retried, cancelled, ()) =
        tokio::join!(get(SOON), directory.request(again(SOON)), cancel, async {
            yield_now().await;
            lock.rollback().await.unwrap();
        });
    assert_eq!(found.unwrap().unwrap().anchor, anchor);
    assert_eq!(retried.unwrap().now().operation.request.operation_id, id);
    assert!(cancelled.unwrap().is_some(), "it is known, and can be cancelled");
    assert_eq!(
        directory
            .operations
            .get(directory.tenant, OperationId::new(Uuid::new_v4()), SOON)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn what_is_recorded_is_answered_while_its_event_waits_for_the_connector() {
    let directory = DirectoryRig::new().await;
    let full = directory.connector.sending.lock().await;
    let spec = spec(&directory, new_account(), SHORT);
    let id = spec.request.operation_id;
    let following = directory.request(spec).await.unwrap();
    assert_eq!(following.now().operation.request.operation_id, id);
    drop(full);
    assert_eq!(
        directory.connector.next_event().await.operation_id,
        id.to_string()
    );
}

#[tokio::test]
async fn a_cancel_that_was_not_taken_never_cancels_and_one_that_was_is_not_known() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let caller = principal(Role::Helpdesk, directory.tenant);
    let cancel = |id, within| directory.operations.cancel(directory.tenant, &caller, id, within);
    // One is handed out, and two wait for their turn.
    let mut ids = Vec::new();
    let mut waiting = Vec::new();
    for kind in [
        OperationKind::Change,
        OperationKind::RequireChange,
        OperationKind::RequireChange,
    ] {
        let spec = directory.spec(anchor, kind);
        ids.push(spec.request.operation_id);
        waiting.push(directory.request(spec).await.unwrap());
    }
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let (taken, withdrawn) = tokio::join!(cancel(ids[1], SHORT), async {
        yield_now().await;
        cancel(ids[2], SHORT / 2).await
    });
    assert!(matches!(taken, Err(RequestError::RecordingUnknown(id)) if id == ids[1]));
    assert!(matches!(withdrawn, Err(RequestError::TooLate)));
    lock.rollback().await.unwrap();
    drained(&directory, anchor).await;
    assert_eq!(code(&*wait_for_end(&mut waiting[1]).await), Some("CANCELLED"));
    assert_eq!(code(&waiting[2].now()), None);
}

#[tokio::test]
async fn a_withdrawn_request_costs_its_account_nothing() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let operations = directory.operations.clone();
    let first = spec(&directory, anchor, SOON);
    let first = tokio::spawn(async move { first.to(&operations).await });
    taken(&directory).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let call = spec(&directory, anchor, SHORT / 2);
        let operations = directory.operations.clone();
        calls.push(tokio::spawn(async move { call.to(&operations).await }));
    }
    for call in calls {
        assert!(matches!(soon(call).await.unwrap(), Err(RequestError::TooLate)));
    }
    lock.rollback().await.unwrap();
    assert!(soon(first).await.unwrap().is_ok());
    drained(&directory, anchor).await;
    let records = directory.records(anchor).await;
    let requested = records.iter().filter(|record| *record == "OperationRequested");
    assert_eq!(requested.count(), 2);
    assert_eq!(
        *directory.connector.routed.lock(),
        2,
        "no route was looked for in vain"
    );
}
