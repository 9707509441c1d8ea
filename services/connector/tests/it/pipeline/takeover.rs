//! Two attempts or two processes at one account: a later one takes over, an earlier one that wakes up does nothing.

use std::time::{Duration, Instant};

use groundwire_connector::ad::RequestKind;
use groundwire_connector::domain::{MarkerState, OperationId, OperationKind};
use groundwire_connector::pipeline::{CrashPoint, Upward};
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::{FateKind, NotTakenCause};
use groundwire_proto::operation::v1::OutcomeCode;
use uuid::Uuid;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::WriteFault;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::recovery::assert_one_end_and_at_most_one_effect;
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn an_operation_on_an_account_that_is_held_is_not_taken_now_or_later() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    process.points.stop_at(CrashPoint::BeforeIntent);
    let holder = process.begin(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)));
    process.points.wait_until_reached().await;
    assert!(matches!(process.next_frame().await, Upward::Received(_)));
    let waiting = EventSpec {
        sequence: 6,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&waiting)).await;
    let held = (1, NotTakenCause::AccountHeld);
    assert_eq!(process.next_not_taken().await, held);
    holder.abort();
    assert!(holder.await.unwrap_err().is_cancelled());
    // A duplicate that comes when the account is free: what was answered stays true.
    process.handle(rig.sign_event(&waiting)).await;
    assert_eq!(process.next_not_taken().await, held);
    let history = rig.store.history(&process.audit, waiting.operation).await;
    assert!(history.is_empty(), "{history:?}");
    process.handle(rig.sign_event(&waiting.with_attempt(2))).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report).0, OutcomeCode::Applied);
    assert_eq!(
        rig.store.history(&process.audit, waiting.operation).await,
        ["Received", "FenceIntended", "Fenced", "WriteIntended", "Applied"]
    );
}

#[tokio::test]
async fn a_later_attempts_fence_makes_us_stand_down_without_an_outcome() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    rig.set_marker(&rig.format_marker(MarkerState::Fenced, spec.operation, 5, 4, 1));
    process.handle(rig.sign_event(&spec.with_attempt(2))).await;
    assert!(matches!(process.next_frame().await, Upward::Received(_)));
    assert_eq!(process.next_stood_down().await, (2, 4));
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "StoodDown"]
    );
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_eq!(rig.ad.sent(), 0);
    process.assert_no_more_frames();
}

#[tokio::test]
async fn while_an_attempt_is_at_work_a_later_one_is_not_taken_and_the_one_at_work_ends_it() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let ad = rig.ad.clone();
    rig.ad.fail_next_write(WriteFault::LostUnanswered);
    process.points.do_at(CrashPoint::AfterWrite, move || {
        ad.set_unreachable(true);
        Box::pin(std::future::ready(()))
    });
    let first = process.begin(rig.sign_event(&spec));
    wait_until("it is in doubt", || async {
        process.pipeline.operations_in_doubt() > 0
    })
    .await;
    assert!(matches!(process.next_frame().await, Upward::Received(_)));
    let started = Instant::now();
    for attempt in [2, 3, 2] {
        process.handle(rig.sign_event(&spec.with_attempt(attempt))).await;
        assert_eq!(
            process.next_not_taken().await,
            (attempt, NotTakenCause::OperationAtWork)
        );
    }
    assert!(started.elapsed() < Duration::from_secs(2), "at once");
    rig.ad.set_unreachable(false);
    first.await.unwrap();
    let report = process.next_outcome().await;
    assert_eq!(
        (code_and_reasons(&report).0, report.outcome.unwrap().attempt),
        (OutcomeCode::Applied, 1)
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn an_attempt_that_arrives_after_a_later_one_stands_down() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let go_on = process.points.pause_at(CrashPoint::BeforeIntent);
    let task = process.begin(rig.sign_event(&spec.with_attempt(2)));
    process.points.wait_until_reached().await;
    assert!(matches!(process.next_frame().await, Upward::Received(_)));
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(process.next_stood_down().await, (1, 2));
    go_on.notify_one();
    task.await.unwrap();
    assert_eq!(process.next_outcome().await.outcome.unwrap().attempt, 2);
}

#[tokio::test]
async fn an_attempt_that_comes_while_the_one_before_gives_way_is_taken() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let ad = rig.ad.clone();
    rig.ad.fail_next_write(WriteFault::LostUnanswered);
    process.points.do_at(CrashPoint::AfterWrite, move || {
        ad.set_unreachable(true);
        Box::pin(std::future::ready(()))
    });
    let first = process.begin(rig.sign_event(&spec));
    wait_until("it is in doubt", || async {
        process.pipeline.operations_in_doubt() > 0
    })
    .await;
    process.apply_fate(spec.operation, FateKind::TakenOver, 2).await;
    let third = process.begin(rig.sign_event(&spec.with_attempt(3)));
    rig.ad.set_unreachable(false);
    first.await.unwrap();
    third.await.unwrap();
    let applied = async {
        loop {
            if let Upward::Outcome(report) = process.next_frame().await {
                return report.outcome.unwrap();
            }
        }
    };
    let outcome = applied.await;
    assert_eq!((outcome.code(), outcome.attempt), (OutcomeCode::Applied, 3));
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn a_process_that_was_paused_and_wakes_up_writes_nothing_and_ends_nothing() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let mut paused = rig.start_process().await;
    let go_on = paused.points.pause_at(CrashPoint::AfterIntent);
    let task = paused.begin(rig.sign_event(&spec));
    paused.points.wait_until_reached().await;
    // Another process over the same store finds the operation in doubt and settles it.
    let mut process = rig.start_process().await;
    process.resume().await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Expired
    );
    go_on.notify_one();
    task.await.unwrap();
    assert!(matches!(paused.next_frame().await, Upward::Received(_)));
    paused.assert_no_more_frames();
    assert_eq!(rig.ad.effects(), []);
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn a_process_that_was_paused_before_its_intent_cannot_record_one_any_more() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let mut paused = rig.start_process().await;
    let go_on = paused.points.pause_at(CrashPoint::BeforeIntent);
    let task = paused.begin(rig.sign_event(&spec));
    paused.points.wait_until_reached().await;
    let mut process = rig.start_process().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert!(matches!(&open[..], [open] if open.secret_gone), "{open:?}");
    process.apply_fate(spec.operation, FateKind::Continue, 1).await;
    assert_eq!(process.next_stood_down().await, (1, 0));
    process.handle(rig.sign_event(&spec.with_attempt(2))).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    go_on.notify_one();
    task.await.unwrap();
    assert!(matches!(paused.next_frame().await, Upward::Received(_)));
    paused.assert_no_more_frames();
    assert_eq!(rig.ad.sent(), 1);
    assert_one_end_and_at_most_one_effect(&rig, &process, spec.operation).await;
}

#[tokio::test]
async fn an_earlier_write_that_wakes_up_does_not_overwrite_a_later_operation() {
    let rig = PipelineRig::new().await;
    let earlier = EventSpec::new(OperationKind::SelfReset);
    let mut paused = rig.start_process().await;
    let go_on = paused.points.pause_at(CrashPoint::AfterIntent);
    let task = paused.begin(rig.sign_event(&earlier));
    paused.points.wait_until_reached().await;
    let mut process = rig.start_process().await;
    process.resume().await;
    process.next_outcome().await;
    let later = EventSpec {
        sequence: 6,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&later)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    let marker = rig.format_marker(MarkerState::Written, later.operation, 6, 1, 0);
    assert_eq!(rig.ad.marker().as_ref(), Some(&marker));
    go_on.notify_one();
    task.await.unwrap();
    paused.next_frame().await;
    paused.assert_no_more_frames();
    assert_eq!(rig.ad.marker(), Some(marker));
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
}

#[tokio::test]
async fn what_an_older_attempt_is_told_of_does_not_end_the_one_under_way() {
    let rig = PipelineRig::new().await;
    let spec = EventSpec::new(OperationKind::SelfReset).with_attempt(2);
    for place in [CrashPoint::BeforeIntent, CrashPoint::AfterIntent] {
        let spec = EventSpec {
            operation: OperationId::new(Uuid::new_v4()),
            sequence: if place == CrashPoint::BeforeIntent { 5 } else { 6 },
            ..spec.clone()
        };
        let mut process = rig.start_process().await;
        let go_on = process.points.pause_at(place);
        let task = process.begin(rig.sign_event(&spec));
        process.points.wait_until_reached().await;
        process.acknowledge_attempt(spec.operation, 1).await;
        process.acknowledge_attempt(spec.operation, 2).await;
        go_on.notify_one();
        task.await.unwrap();
        let report = process.next_outcome().await;
        assert_eq!(code_and_reasons(&report).0, OutcomeCode::Applied);
        process.acknowledge_attempt(spec.operation, 1).await;
        let ended = ["Received", "FenceIntended", "Fenced", "WriteIntended", "Applied"];
        assert_eq!(rig.store.history(&process.audit, spec.operation).await, ended);
        process.acknowledge(&report).await;
        assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    }
}
