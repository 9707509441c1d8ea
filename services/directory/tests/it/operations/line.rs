//! Who waits for a connector: in order, without looking again and again, and no longer than it has to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use groundwire_directory::domain::{OperationKind, Role};
use groundwire_directory::operations::RequestError;
use groundwire_directory::operations::port::OperationsPort;
use groundwire_kit::clock::ManualClock;
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, PasswordEventPayload};
use time::macros::datetime;
use tokio::task::yield_now;

use crate::database::{SOON, soon};
use crate::operations::rig::{
    DirectoryRig, RequestSpec, applied, code, new_account, principal, wait_for_end,
};
use crate::operations::tasks::lock_log;

/// How long nothing is seen to happen: more than ten times as long as looking again and again took to look once.
const A_WHILE: Duration = Duration::from_millis(300);
/// What is at once to a caller, on a machine that is busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Of a kind that seals nothing, for an account of its own.
fn spec(directory: &DirectoryRig) -> RequestSpec {
    directory.spec(new_account(), OperationKind::RequireChange)
}

/// So many operations of different accounts, which wait in this order for a connector that has no credit.
async fn waiting(directory: &DirectoryRig, count: u32) -> Vec<String> {
    directory.connector.credit(0);
    let mut ids = Vec::new();
    for _ in 0..count {
        let before = *directory.connector.lined_up.lock();
        let spec = spec(directory);
        ids.push(spec.request.operation_id.to_string());
        directory.request(spec).await.unwrap();
        wait_until("it is in line", async || {
            *directory.connector.lined_up.lock() > before
        })
        .await;
    }
    ids
}

fn open(event: &PasswordEventPayload) -> OpenOperation {
    OpenOperation {
        operation_id: event.operation_id.clone(),
        attempt: event.attempt,
        state: 1,
        secret_gone: false,
    }
}

#[tokio::test]
async fn a_hundred_who_wait_go_out_in_the_order_in_which_they_came() {
    let directory = DirectoryRig::new().await;
    let expected = waiting(&directory, 100).await;
    let mut went_out = Vec::new();
    for _ in 0..100 {
        directory.connector.credit(1);
        went_out.push(directory.connector.next_event().await.operation_id);
    }
    assert_eq!(went_out, expected);
    assert!(directory.connector.nothing_was_sent().await);
}

#[tokio::test]
async fn nobody_looks_while_nothing_changes() {
    let directory = DirectoryRig::new().await;
    let looks = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&looks);
    directory.connector.on_reserve(move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    waiting(&directory, 20).await;
    // Once for the answer at the door, and once to line up.
    assert_eq!(looks.load(Ordering::SeqCst), 40);
    let nothing = tokio::time::timeout(A_WHILE, directory.connector.next_event()).await;
    assert!(nothing.is_err());
    assert_eq!(looks.load(Ordering::SeqCst), 40);
}

#[tokio::test]
async fn who_is_cancelled_leaves_the_line_and_the_next_one_moves_up() {
    let directory = DirectoryRig::new().await;
    let ids = waiting(&directory, 3).await;
    let caller = principal(Role::Helpdesk, directory.tenant);
    let cancelled = directory
        .operations
        .cancel(directory.tenant, &caller, ids[1].parse().unwrap(), SOON);
    assert_eq!(code(&soon(cancelled).await.unwrap().unwrap()), Some("CANCELLED"));
    directory.connector.credit(2);
    for id in [&ids[0], &ids[2]] {
        assert_eq!(&directory.connector.next_event().await.operation_id, id);
    }
}

#[tokio::test]
async fn what_waits_after_a_restart_goes_out_when_the_dc_answers_again() {
    let directory = DirectoryRig::new().await;
    let ids = waiting(&directory, 1).await;
    directory.connector.without_dc.store(true, Ordering::SeqCst);
    directory.operations.stop().await;
    let before = *directory.connector.lined_up.lock();
    let restarted = directory.restart().await;
    soon(restarted.connector_ready(&directory.connector.who)).await;
    wait_until("it is in line", async || {
        *directory.connector.lined_up.lock() > before
    })
    .await;
    directory.connector.credit(1);
    assert!(directory.connector.nothing_was_sent().await);
    directory.connector.without_dc.store(false, Ordering::SeqCst);
    let event = tokio::time::timeout(AT_ONCE, directory.connector.next_event()).await;
    assert_eq!(event.unwrap().operation_id, ids[0]);
}

#[tokio::test]
async fn what_got_lost_goes_out_again_when_the_dc_answers_again() {
    let directory = DirectoryRig::new().await;
    let mut following = directory.request(spec(&directory)).await.unwrap();
    let lost = directory.connector.next_event().await;
    let who = directory.connector.who;
    directory.connector.without_dc.store(true, Ordering::SeqCst);
    soon(directory.operations.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(directory.operations.connector_ready(&who)).await;
    wait_until("it is in line", async || *directory.connector.lined_up.lock() > 0).await;
    assert!(directory.connector.nothing_was_sent().await);
    directory.connector.without_dc.store(false, Ordering::SeqCst);
    let again = tokio::time::timeout(AT_ONCE, directory.connector.next_event())
        .await
        .unwrap();
    assert_eq!(
        (again.operation_id.as_str(), again.attempt),
        (lost.operation_id.as_str(), 2)
    );
    directory.report(&again, applied(&again)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn a_connector_that_reconnects_costs_nobody_who_waits_for_long_already() {
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
    let directory = DirectoryRig::with_clock(clock.clone()).await;
    let ids = waiting(&directory, 1).await;
    clock.advance(Duration::from_secs(10));
    directory.connector.attached.store(false, Ordering::SeqCst);
    // It is answered after it has looked.
    let who = directory.connector.who;
    soon(directory.operations.connector_ready(&who)).await;
    let listed = OpenOperation {
        operation_id: ids[0].clone(),
        attempt: 1,
        state: 1,
        secret_gone: false,
    };
    let fates = directory.operations.connector_attached(&who, vec![listed]);
    assert_eq!(soon(fates).await.unwrap()[0].kind(), FateKind::NotKnown);
    clock.advance(Duration::from_secs(1));
    directory.connector.credit(1);
    directory.connector.attached.store(true, Ordering::SeqCst);
    assert_eq!(directory.connector.next_event().await.operation_id, ids[0]);
}

#[tokio::test]
async fn what_is_in_doubt_is_in_nobodys_way() {
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
    let directory = DirectoryRig::with_clock(clock.clone()).await;
    let who = directory.connector.who;
    for _ in 0..100 {
        directory.request(spec(&directory)).await.unwrap();
        directory.connector.next_event().await;
    }
    let with_two_seconds = async || {
        let mut spec = spec(&directory);
        spec.call.wait_timeout = Duration::from_secs(2);
        directory.request(spec).await
    };
    assert!(
        matches!(with_two_seconds().await, Err(RequestError::Refused(_))),
        "a hundred writes take longer"
    );
    directory.connector.attached.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    soon(directory.operations.connector_ready(&who)).await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    wait_until("all of them are in doubt", async || {
        with_two_seconds().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn an_account_whose_mailbox_is_full_holds_up_no_attach_and_no_report() {
    let directory = DirectoryRig::new().await;
    let (busy, who) = (new_account(), directory.connector.who);
    let mut other = directory.request(spec(&directory)).await.unwrap();
    let event = directory.connector.next_event().await;
    let lock = lock_log(&directory.database, "EXCLUSIVE").await;
    let taken = *directory.connector.routed.lock();
    let mut calls = Vec::new();
    for _ in 0..400 {
        let (spec, operations) = (
            directory.spec(busy, OperationKind::RequireChange),
            directory.operations.clone(),
        );
        calls.push(tokio::spawn(async move { spec.to(&operations).await }));
    }
    wait_until("its task is at the first one", async || {
        yield_now().await;
        *directory.connector.routed.lock() > taken
    })
    .await;
    let attached = directory.operations.connector_attached(&who, vec![open(&event)]);
    let fates = tokio::time::timeout(AT_ONCE / 4, attached)
        .await
        .expect("the attach waits for the account");
    assert_eq!(fates.unwrap()[0].kind(), FateKind::Continue);
    let ready = directory.operations.connector_ready(&who);
    tokio::time::timeout(AT_ONCE / 4, ready).await.unwrap();
    lock.rollback().await.unwrap();
    for call in calls {
        call.abort();
    }
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut other).await), Some("APPLIED"));
}
