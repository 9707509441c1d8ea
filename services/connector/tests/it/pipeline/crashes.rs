//! What a process that died left behind: what is listed of it, and how the next process ends it.

use std::sync::Arc;

use groundwire_connector::domain::{ComputedFlags, Effects, OperationKind};
use groundwire_connector::pipeline::CrashPoint;
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::testing::{LogLines, wait_until};
use groundwire_proto::gateway::v1::{FateKind, NotTakenCause, OpenOperationState, OutcomeReport};
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode, Stage};

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{code_and_reasons, warnings};
use crate::pipeline::recovery::assert_one_end_and_at_most_one_effect;
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn killed_before_the_intent_and_expired_it_ends_once_the_directory_says_that_it_has_not() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec {
        // Long enough for a loaded machine to come to the intent before.
        expires_in: 3_000,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::BeforeIntent, rig.sign_event(&spec))
        .await;
    let passed = SystemClock.unix_ms() + spec.expires_in;
    wait_until("it expires", || async { SystemClock.unix_ms() > passed }).await;
    let mut process = rig.start_process().await;
    process.resume().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert!(matches!(&open[..], [open] if !open.secret_gone), "{open:?}");
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received"]
    );
    process.apply_fate(spec.operation, FateKind::Continue, 1).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
}

/// What was reported without the store and is not recorded here ends here as the directory has it: whenever the next process
/// starts, and however far the attempt came.
#[tokio::test]
async fn an_end_that_was_reported_without_the_store_is_the_end_in_both_logs() {
    for (attempt, expires_in) in [(1, 30_000), (1, 3_000), (2, 30_000), (2, 3_000)] {
        let rig = PipelineRig::new().await;
        let spec = EventSpec {
            expires_in,
            attempt,
            ..EventSpec::new(OperationKind::SelfReset)
        };
        let mut process = rig.start_process().await;
        let store = rig.store.clone();
        process.points.do_at(CrashPoint::BeforeIntent, move || {
            let store = store.clone();
            Box::pin(async move { store.take_away().await })
        });
        let task = process.begin(rig.sign_event(&spec));
        assert_eq!(
            code_and_reasons(&process.next_outcome().await),
            (OutcomeCode::Failed, vec!["AUDIT_STORE_UNAVAILABLE"])
        );
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        drop(process);
        // What it had begun to append is given up by then; some have expired by then, too.
        let passed = SystemClock.unix_ms() + 3_000;
        wait_until("it is gone", || async { SystemClock.unix_ms() > passed }).await;
        rig.store.give_back().await;
        let mut process = rig.start_process().await;
        process.resume().await;
        let open = process.pipeline.open_operations().await.unwrap();
        assert_eq!(
            open.len(),
            1,
            "attempt {attempt}: without a recorded end it is listed"
        );
        // The directory has FAILED, from this attempt.
        process
            .apply_fate(spec.operation, FateKind::OutcomeRecorded, attempt)
            .await;
        let records = rig.store.records(&process.audit, spec.operation).await;
        let last = records.last().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
        assert_eq!(
            (last.event_type.as_str(), &body["outcome"]),
            ("Closed", &"FAILED".into()),
            "attempt {attempt}"
        );
        assert!(process.pipeline.open_operations().await.unwrap().is_empty());
        process.assert_no_more_frames();
    }
}

/// What was waited for is forgotten: a later report of the same end has no part of it.
#[tokio::test]
async fn what_a_fate_settles_waits_for_no_acknowledgement_any_more() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let mut process = rig.start_process().await;
    process.handle(rig.sign_event(&spec)).await;
    let stages = |report: &OutcomeReport| {
        let durations = &report.outcome.as_ref().unwrap().durations;
        durations
            .iter()
            .map(|duration| duration.stage())
            .collect::<Vec<_>>()
    };
    assert!(stages(&process.next_outcome().await).contains(&Stage::Record));
    process
        .apply_fate(spec.operation, FateKind::OutcomeRecorded, 1)
        .await;
    let records = rig.store.records(&process.audit, spec.operation).await;
    let last = records.last().unwrap();
    assert_eq!(last.event_type, "Reported");
    assert!(String::from_utf8_lossy(&last.body).contains("record_us"));
    process.handle(rig.sign_event(&spec.with_attempt(2))).await;
    assert!(!stages(&process.next_outcome().await).contains(&Stage::Record));
}

#[tokio::test]
async fn what_was_received_and_never_intended_is_given_up_when_the_directory_delivers_it_again() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::BeforeIntent, rig.sign_event(&spec))
        .await;
    // The account is read by whoever begins upon it: nobody does.
    let reads = rig.ad.reads();
    let mut process = rig.start_process().await;
    process.resume().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert!(matches!(&open[..], [open] if open.secret_gone), "{open:?}");
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received"]
    );
    process.apply_fate(spec.operation, FateKind::Continue, 1).await;
    assert_eq!(process.next_stood_down().await, (1, 0));
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "StoodDown"]
    );
    assert_eq!(rig.ad.reads(), reads);
    process.assert_no_more_frames();
}

#[tokio::test]
async fn what_was_received_and_never_intended_ends_where_a_directory_of_before_waits_for_its_outcome() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::BeforeIntent, rig.sign_event(&spec))
        .await;
    let mut process = rig.start_process().await;
    process
        .apply_fate_of(spec.operation, FateKind::Continue, 1, false)
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["SECRET_LOST"])
    );
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "Failed"]
    );

    let later = EventSpec {
        attempt: 2,
        sequence: 6,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::BeforeIntent, rig.sign_event(&later))
        .await;
    process
        .apply_fate_of(later.operation, FateKind::Continue, 2, false)
        .await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Expired, vec!["SECRET_LOST"])
    );
    assert_eq!(report.outcome.unwrap().attempt, 2);
    assert_eq!(rig.ad.effects(), []);
}

#[tokio::test]
async fn killed_after_the_outcome_it_is_listed_as_ended_and_reported_when_told_to_go_on() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterOutcome, rig.sign_event(&spec))
        .await;
    let mut process = rig.start_process().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert_eq!(open[0].state(), OpenOperationState::Ended);
    process.apply_fate(spec.operation, FateKind::Continue, 1).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report).0, OutcomeCode::Applied);
    process.acknowledge(&report).await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn killed_between_password_and_follow_up_the_follow_up_is_done_again() {
    let rig = PipelineRig::new().await;
    rig.ad
        .change_account(|account| account.computed = Some(ComputedFlags(ComputedFlags::LOCKED)));
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        unlock: true,
        allow_disabled: false,
    };
    let spec = EventSpec {
        flags,
        ..EventSpec::new(OperationKind::AdminReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterFollowUpIntent, rig.sign_event(&spec))
        .await;
    assert!(rig.ad.follow_ups().is_empty());
    let mut process = rig.start_process().await;
    process.resume().await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Applied, vec![])
    );
    assert_eq!(
        rig.ad.follow_ups(),
        [Effects {
            unlock: true,
            must_change: true
        }]
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn a_follow_up_is_left_out_where_the_password_was_set_anew_since() {
    let rig = PipelineRig::new().await;
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..OperationFlags::default()
    };
    let spec = EventSpec {
        flags,
        ..EventSpec::new(OperationKind::AdminReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterFollowUpIntent, rig.sign_event(&spec))
        .await;
    // By hand, past the marker.
    rig.ad
        .change_account(|account| account.password_version = Some(9));
    let mut process = rig.start_process().await;
    process.resume().await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(warnings(&report), ["MUST_CHANGE_FLAG_NOT_SET"]);
    assert!(rig.ad.follow_ups().is_empty());
}

/// The record of what goes with a password is lost in doubt, and meanwhile the directory has closed the operation: that is
/// its end here, and no other one is recorded upon it.
#[tokio::test]
async fn an_operation_that_was_closed_meanwhile_gets_no_second_end_from_a_follow_up_in_doubt() {
    let log = LogLines::default();
    let _listening = log.listen();
    let rig = PipelineRig::new().await;
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..OperationFlags::default()
    };
    let spec = EventSpec {
        flags,
        ..EventSpec::new(OperationKind::AdminReset)
    };
    let process = rig.start_process().await;
    let other = Arc::new(rig.start_process().await);
    let held = Arc::new(tokio::sync::Mutex::new(None));
    let (hold, owner, id) = (Arc::clone(&held), rig.store.owner.clone(), spec.operation);
    process.points.do_at(CrashPoint::AfterWrite, move || {
        let (hold, owner, other) = (Arc::clone(&hold), owner.clone(), Arc::clone(&other));
        Box::pin(async move {
            other.apply_fate(id, FateKind::Closed, 1).await;
            // From now on nothing can be appended, and everything be read.
            let mut lock = owner.begin().await.unwrap();
            sqlx::query("LOCK TABLE eventlog.log_heads, eventlog.stream_heads IN ACCESS EXCLUSIVE MODE")
                .execute(&mut *lock)
                .await
                .unwrap();
            *hold.lock().await = Some(lock);
        })
    });
    let task = process.begin(rig.sign_event(&spec));
    wait_until("the follow-up is in doubt", || async {
        log.lines()
            .iter()
            .any(|line| line.contains("intent was not recorded") && line.contains("not known"))
    })
    .await;
    held.lock().await.take().unwrap().rollback().await.unwrap();
    task.await.unwrap();
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "Closed"]
    );
}

#[tokio::test]
async fn while_the_domain_controller_is_silent_an_operation_in_doubt_is_held_and_nothing_is_sent() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterWrite, rig.sign_event(&spec))
        .await;
    rig.ad.set_unreachable(true);
    let mut process = rig.start_process().await;
    process.resume().await;
    let reads = rig.ad.reads();
    wait_until("it looks again and again", || async {
        rig.ad.reads() > reads + 3
    })
    .await;
    process.assert_no_more_frames();
    assert_eq!(
        process.pipeline.open_operations().await.unwrap()[0].state(),
        OpenOperationState::InDoubt
    );
    rig.ad.set_unreachable(false);
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn fates_close_acknowledge_or_hand_over_what_was_listed() {
    let rig = PipelineRig::new().await;
    let closed = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterIntent, rig.sign_event(&closed))
        .await;
    let mut process = rig.start_process().await;
    process.apply_fate(closed.operation, FateKind::Closed, 1).await;
    assert_eq!(
        rig.store.history(&process.audit, closed.operation).await,
        ["Received", "WriteIntended", "Closed"]
    );
    process.handle(rig.sign_event(&closed.with_attempt(2))).await;
    assert_eq!(process.next_not_taken().await, (2, NotTakenCause::ContradictsLog));
    // That one was received: it cannot be said that it was not.
    process.handle(rig.sign_event(&closed)).await;
    process.assert_no_more_frames();
    let recorded = EventSpec::new(OperationKind::SelfReset);
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterOutcome, rig.sign_event(&recorded))
        .await;
    process
        .apply_fate(recorded.operation, FateKind::OutcomeRecorded, 1)
        .await;
    let history = rig.store.history(&process.audit, recorded.operation).await;
    assert_eq!(history.last().map(String::as_str), Some("Reported"));
    let unknown = EventSpec {
        sequence: 7,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterIntent, rig.sign_event(&unknown))
        .await;
    process
        .apply_fate(unknown.operation, FateKind::TakenOver, 3)
        .await;
    assert_eq!(process.next_stood_down().await, (1, 3));
    let written = EventSpec {
        sequence: 8,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.start_process()
        .await
        .crash_at(CrashPoint::AfterWrite, rig.sign_event(&written))
        .await;
    process
        .apply_fate(written.operation, FateKind::TakenOver, 2)
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    assert!(
        process.pipeline.open_operations().await.unwrap().len() == 1,
        "only the one to be acknowledged"
    );
}
