//! What passes by itself: expiry before delivery, doubt after it, the horizon.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use groundwire_directory::domain::OperationKind;
use groundwire_directory::grpc::passwords::answer;
use groundwire_directory::operations::port::OperationsPort;
use groundwire_kit::clock::ManualClock;
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, PasswordEventPayload, RecordedDisposition};
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::ReasonCode;
use time::macros::datetime;
use tokio::task::yield_now;

use crate::database::soon;
use crate::operations::rig::{DirectoryRig, applied, code, first_reason, new_account, wait_for_end};

fn open(event: &PasswordEventPayload, attempt: u32) -> OpenOperation {
    OpenOperation {
        operation_id: event.operation_id.clone(),
        attempt,
        state: 1,
        secret_gone: false,
    }
}

#[tokio::test]
async fn past_its_time_what_waits_expires_and_what_is_handed_out_is_in_doubt_until_it_is_settled() {
    let directory = DirectoryRig::new().await;
    directory
        .change_settings(|settings| settings.operation_lifetime_ms = 1_000)
        .await;
    let anchor = new_account();
    let mut first = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let mut second = directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    let view = wait_for_end(&mut second).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("EXPIRED"), Some(ReasonCode::RequestExpired))
    );
    let doubt = soon(async {
        loop {
            let view = first.now();
            if answer::state(&view.operation.state) == proto::OperationState::InDoubt {
                return view;
            }
            first.next().await.unwrap();
        }
    })
    .await;
    assert_eq!(doubt.operation.attempt, 1);
    assert_eq!(
        directory.secrets_waiting().await,
        0,
        "past its time no connector opens it"
    );
    // Nothing else goes out before it is settled.
    directory
        .change_settings(|settings| settings.operation_lifetime_ms = 60_000)
        .await;
    let mut third = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    assert!(directory.connector.nothing_was_sent().await);
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut first).await), Some("APPLIED"));
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut third).await), Some("APPLIED"));
}

#[tokio::test]
async fn what_got_lost_at_its_connector_is_handed_out_again_while_it_is_in_doubt() {
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
    let directory = DirectoryRig::with_clock(clock.clone()).await;
    let anchor = new_account();
    let mut following = directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    let first = directory.connector.next_event().await;
    let who = directory.connector.who;
    clock.advance(Duration::from_secs(60));
    soon(directory.operations.connector_ready(&who)).await;
    soon(following.next()).await.unwrap();
    // The task answers after it has looked.
    let is_quiet = async || {
        let fates = directory
            .operations
            .connector_attached(&who, vec![open(&first, 1)]);
        assert_eq!(soon(fates).await.unwrap()[0].kind(), FateKind::Continue);
        directory.connector.nothing_was_sent().await
    };
    assert!(is_quiet().await);
    clock.advance(Duration::from_secs(14));
    soon(directory.operations.connector_ready(&who)).await;
    assert!(is_quiet().await);
    clock.advance(Duration::from_secs(1));
    soon(directory.operations.connector_ready(&who)).await;
    let second = directory.connector.next_event().await;
    assert_eq!(
        (second.operation_id.as_str(), second.attempt),
        (first.operation_id.as_str(), 2)
    );
    assert!(second.secret.is_none(), "it is to be found out, not written");
    // The next time is twice as far, and nothing goes to a connector that is away.
    directory.connector.attached.store(false, Ordering::SeqCst);
    clock.advance(Duration::from_secs(30));
    soon(directory.operations.connector_ready(&who)).await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    soon(directory.operations.connector_ready(&who)).await;
    let third = directory.connector.next_event().await;
    assert_eq!(third.attempt, 3);
    directory.report(&third, applied(&third)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
}

#[tokio::test]
async fn past_the_horizon_the_outcome_is_unknown_and_stays_so() {
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
    let directory = DirectoryRig::with_clock(clock.clone()).await;
    directory
        .change_settings(|settings| settings.unknown_horizon_ms = 60_000)
        .await;
    let mut following = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    let who = directory.connector.who;
    // Without credit it is not asked what became of it.
    directory.connector.busy.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    soon(directory.operations.connector_ready(&who)).await;
    soon(following.next()).await.unwrap();
    assert_eq!(
        answer::state(&following.now().operation.state),
        proto::OperationState::InDoubt
    );
    clock.advance(Duration::from_secs(59));
    soon(directory.operations.connector_ready(&who)).await;
    assert!(code(&following.now()).is_none());
    clock.advance(Duration::from_secs(1));
    soon(directory.operations.connector_ready(&who)).await;
    let view = wait_for_end(&mut following).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("UNKNOWN"), Some(ReasonCode::OutcomeUnknown))
    );
    // Its connector is told.
    let closed = directory.connector.next_closed().await;
    assert_eq!(closed.operation_id, event.operation_id);
    assert_eq!(closed.outcome(), proto::OutcomeCode::Unknown);
    assert_eq!(closed.reasons.len(), 1);
    let listed = OpenOperation {
        operation_id: event.operation_id.clone(),
        attempt: 1,
        state: 2,
        secret_gone: false,
    };
    let fates = soon(directory.operations.connector_attached(&who, vec![listed]))
        .await
        .unwrap();
    assert_eq!(fates[0].kind(), FateKind::Closed);
    let late = directory.report(&event, applied(&event)).await;
    assert_eq!(late.disposition(), RecordedDisposition::Conflicting);
}

#[tokio::test]
async fn what_waits_in_turn_without_a_connector_fails_after_a_short_patience() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::RequireChange))
        .await
        .unwrap();
    let mut second = directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    directory.connector.attached.store(false, Ordering::SeqCst);
    directory.report(&event, applied(&event)).await;
    let view = wait_for_end(&mut second).await;
    assert_eq!(
        (code(&view), first_reason(&view)),
        (Some("FAILED"), Some(ReasonCode::NoConnector))
    );
}

/// Before, it was tried again each millisecond, as what is overdue.
#[tokio::test]
async fn what_is_overdue_and_cannot_be_recorded_is_tried_with_growing_pauses() {
    let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
    let directory = DirectoryRig::with_clock(clock.clone()).await;
    let anchor = new_account();
    for kind in [OperationKind::RequireChange, OperationKind::AdminReset] {
        directory.request(directory.spec(anchor, kind)).await.unwrap();
    }
    let superuser = &directory.database.superuser;
    // A sequence goes on also where the transaction is undone.
    for statement in [
        "CREATE SEQUENCE public.tries",
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \
         $$BEGIN PERFORM nextval('public.tries'); RAISE EXCEPTION 'on purpose'; END$$",
        "CREATE TRIGGER refuse BEFORE INSERT ON eventlog.records FOR EACH ROW \
         WHEN (NEW.event_type IN ('OperationExpired', 'OperationInDoubt')) EXECUTE FUNCTION public.refuse()",
    ] {
        sqlx::query(statement).execute(superuser).await.unwrap();
    }
    clock.advance(Duration::from_secs(120));
    soon(directory.operations.connector_ready(&directory.connector.who)).await;
    let tries = async || -> i64 {
        sqlx::query_scalar("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.tries")
            .fetch_one(superuser)
            .await
            .unwrap()
    };
    let until = async |count| {
        while tries().await < count {
            yield_now().await;
        }
    };
    soon(until(1)).await;
    let start = Instant::now();
    soon(until(5)).await;
    // 250 ms, 500 ms, a second, two; the first time it may have been tried twice.
    assert!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
}
