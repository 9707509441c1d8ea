//! An account's task among others: other processes that append, a stop, a panic, whoever begins to follow.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use groundwire_directory::domain::{
    AccountAnchor, AccountEvent, OperationId, OperationInDoubt, OperationKind, Role, TenantId,
};
use groundwire_directory::operations::port::OperationsPort;
use groundwire_directory::operations::{Operations, RequestError};
use groundwire_directory::store::{Store, StoreError};
use groundwire_eventlog::{ExpectedVersion, Metadata, NewRecord, StreamName, Unit};
use sqlx::{Postgres, Transaction};
use tokio::runtime::Handle;
use tokio::task::{block_in_place, yield_now};
use uuid::Uuid;

use crate::database::{SOON, TestDatabase, soon};
use crate::fake_delivery::FakeDelivery;
use crate::operations::rig::{DirectoryRig, applied, code, new_account, principal, report, wait_for_end};

/// How long a thing that waits is seen to wait: more than it took to give up where it was looked for again and again.
const A_WHILE: Duration = Duration::from_millis(300);

/// Appends an event to the account's stream, as another process does. It changes nothing that is known here.
async fn append_elsewhere(store: &Store, tenant: TenantId, anchor: AccountAnchor) {
    let event = AccountEvent::InDoubt(OperationInDoubt {
        operation_id: OperationId::new(Uuid::new_v4()),
        attempt: 1,
        since_us: 0,
    });
    let record = NewRecord {
        event_type: event.event_type().into(),
        schema_version: AccountEvent::SCHEMA_VERSION,
        body: event.body().unwrap(),
        metadata: Metadata::default(),
        erasable: None,
    };
    let stream = StreamName::of("account", anchor.uuid()).unwrap();
    let log = store.log(tenant).await.unwrap();
    log.append(Unit::new(stream, ExpectedVersion::Any, vec![record]))
        .await
        .unwrap();
}

/// Nobody can write to the log (`EXCLUSIVE`), or also not read it (`ACCESS EXCLUSIVE`), until this is rolled back.
pub(crate) async fn lock_log(database: &TestDatabase, mode: &str) -> Transaction<'static, Postgres> {
    let mut lock = database.superuser.begin().await.unwrap();
    let statement = format!("LOCK TABLE eventlog.records IN {mode} MODE");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *lock)
        .await
        .unwrap();
    lock
}

fn credit(connector: &FakeDelivery) -> (u32, u32) {
    (*connector.routed.lock(), *connector.given_back.lock())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_others_always_append_first_the_answer_says_so_and_no_credit_is_lost() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    // Another process appends each time between what is read here and what is appended.
    let (elsewhere, tenant) = (
        directory.database.store(directory.store.clock().clone()),
        directory.tenant,
    );
    directory.connector.on_reserve(move || {
        let append = append_elsewhere(&elsewhere, tenant, anchor);
        block_in_place(|| Handle::current().block_on(append));
    });
    let refused = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await;
    assert!(matches!(refused, Err(RequestError::Contended)));
    let records = directory.records(anchor).await;
    assert!(
        records.iter().all(|record| record == "OperationInDoubt"),
        "{records:?}"
    );
    let (reserved, given_back) = credit(&directory.connector);
    assert!(reserved >= 5, "it was tried more than once");
    assert_eq!(given_back, reserved);
    // It passes.
    directory.connector.on_reserve(|| {});
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    assert_eq!(directory.connector.next_event().await.sequence, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_another_process_records_at_the_last_moment_is_that_operation() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = directory.spec(anchor, OperationKind::Change);
    let id = spec.request.operation_id;
    let mut same = Some(directory.spec(anchor, OperationKind::Change));
    same.as_mut().unwrap().request.operation_id = id;
    let (elsewhere, tenant) = (
        directory.database.store(directory.store.clock().clone()),
        directory.tenant,
    );
    let other = Operations::new(
        elsewhere.clone(),
        FakeDelivery::new(tenant, directory.group),
        directory.metrics.clone(),
    );
    let mut rounds = 0;
    directory.connector.on_reserve(move || {
        rounds += 1;
        block_in_place(|| {
            Handle::current().block_on(async {
                if rounds < 5 {
                    append_elsewhere(&elsewhere, tenant, anchor).await;
                } else if let Some(same) = same.take() {
                    same.to(&other).await.unwrap();
                }
            });
        });
    });
    let following = directory.request(spec).await.unwrap();
    assert_eq!(following.now().operation.request.operation_id, id);
    let records = directory.records(anchor).await;
    let requested = records.iter().filter(|record| *record == "OperationRequested");
    assert_eq!(requested.count(), 1);
    assert!(
        directory.connector.nothing_was_sent().await,
        "the other process delivered it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_ended_first_makes_way_for_the_next() {
    let directory = DirectoryRig::new().await;
    directory
        .change_settings(|settings| settings.self_service_unlock = true)
        .await;
    let anchor = new_account();
    directory.connector.busy.store(true, Ordering::SeqCst);
    let change = directory.spec(anchor, OperationKind::Change);
    let id = change.request.operation_id;
    let mut change = directory.request(change).await.unwrap();
    directory
        .request(directory.spec(anchor, OperationKind::Unlock))
        .await
        .unwrap();
    // The change can be opened by nobody. While this process finds that out, another one cancels it.
    let elsewhere = directory.database.store(directory.store.clock().clone());
    let away = FakeDelivery::new(directory.tenant, directory.group);
    away.attached.store(false, Ordering::SeqCst);
    let other = Operations::new(elsewhere, away, directory.metrics.clone());
    let (tenant, caller) = (directory.tenant, principal(Role::Helpdesk, directory.tenant));
    let mut is_cancelled = false;
    directory.connector.on_reserve(move || {
        if !std::mem::replace(&mut is_cancelled, true) {
            let cancel = other.cancel(tenant, &caller, id, SOON);
            block_in_place(|| Handle::current().block_on(cancel)).unwrap();
        }
    });
    directory.connector.holds_key.store(false, Ordering::SeqCst);
    directory.connector.busy.store(false, Ordering::SeqCst);
    assert_eq!(code(&*wait_for_end(&mut change).await), Some("CANCELLED"));
    assert_eq!(directory.connector.next_event().await.sequence, 2);
}

#[tokio::test]
async fn a_credit_is_given_back_when_the_task_that_holds_it_ends_midway() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = directory.spec(anchor, OperationKind::Change);
    let id = spec.request.operation_id;
    let mut again = directory.spec(anchor, OperationKind::Change);
    again.request.operation_id = id;
    directory.connector.panics_on_sign.store(true, Ordering::SeqCst);
    let recorded = directory.request(spec).await.unwrap();
    // It was recorded before the task went, and that was answered before anything was sent.
    assert_eq!(code(&recorded.now()), None);
    assert_eq!(credit(&directory.connector), (1, 1));
    // The next one who writes to the account begins its task again, which knows from the log what was not sent.
    directory.connector.panics_on_sign.store(false, Ordering::SeqCst);
    let mut following = directory.request(again).await.unwrap();
    let who = directory.connector.who;
    soon(directory.operations.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(directory.operations.connector_ready(&who)).await;
    let event = directory.connector.next_event().await;
    assert_eq!(event.attempt, 2);
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn who_follows_an_operation_of_another_process_waits_until_its_account_is_read() {
    let directory = DirectoryRig::new().await;
    let other = directory.restart().await;
    let spec = directory.spec(new_account(), OperationKind::Change);
    let id = spec.request.operation_id;
    directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    let lock = lock_log(&directory.database, "ACCESS EXCLUSIVE").await;
    let mut follow = tokio::spawn({
        let (other, tenant) = (other.clone(), directory.tenant);
        async move { other.follow(tenant, id).await }
    });
    assert!(
        tokio::time::timeout(A_WHILE, &mut follow).await.is_err(),
        "the account cannot be read yet"
    );
    lock.rollback().await.unwrap();
    let mut following = soon(follow).await.unwrap().unwrap().unwrap();
    assert_eq!(code(&following.now()), None);
    report(&other, &directory.connector.who, &event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn a_stop_waits_for_what_a_task_is_at_and_nothing_is_taken_after_it() {
    let directory = DirectoryRig::new().await;
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let request = tokio::spawn({
        let (spec, operations) = (
            directory.spec(new_account(), OperationKind::Change),
            directory.operations.clone(),
        );
        async move { spec.to(&operations).await }
    });
    let connector = Arc::clone(&directory.connector);
    soon(async {
        while credit(&connector).0 == 0 {
            yield_now().await;
        }
    })
    .await;
    let mut stop = tokio::spawn({
        let operations = directory.operations.clone();
        async move { operations.stop().await }
    });
    assert!(
        tokio::time::timeout(A_WHILE, &mut stop).await.is_err(),
        "the request is not recorded yet"
    );
    lock.rollback().await.unwrap();
    soon(stop).await.unwrap();
    assert!(soon(request).await.unwrap().is_ok());
    let refused = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await;
    assert!(matches!(refused, Err(RequestError::Store(StoreError::Stopping))));
}
