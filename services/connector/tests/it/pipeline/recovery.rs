//! After a crash, a lost connection or a takeover: each row of the table of design section 7, and the promises that it is
//! for: exactly one end, at most one effect, in order.

use std::time::Duration;

use groundwire_connector::ad::RequestKind;
use groundwire_connector::domain::{
    ComputedFlags, Effects, FileTime, MarkerState, OperationId, OperationKind,
};
use groundwire_connector::pipeline::{CrashPoint, Upward};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_proto::gateway::v1::{FateKind, OpenOperationState};
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode};
use uuid::Uuid;

use crate::pipeline::fake_ad::Fate;
use crate::pipeline::rig::{Ask, Process, Rig, eventually, said, warned};

const ENDS: [&str; 6] = [
    "Applied",
    "Refused",
    "Rejected",
    "Failed",
    "Expired",
    "Superseded",
];

/// The promises, whatever happened: one end, at most one effect.
async fn assert_one_end_and_at_most_one_effect(rig: &Rig, process: &Process, operation: OperationId) {
    let history = rig.store.history(&process.audit, operation).await;
    let ends = history
        .iter()
        .filter(|event| ENDS.contains(&event.as_str()))
        .count();
    assert_eq!(ends, 1, "{history:?}");
    assert!(rig.ad.effects().len() <= 1, "{:?}", rig.ad.effects());
    assert_eq!(
        rig.ad.effects().len() == 1,
        history.iter().any(|event| event == "Applied"),
        "{history:?}"
    );
}

#[tokio::test]
async fn killed_before_the_intent_it_is_let_go_and_a_redelivery_fences_and_writes() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::BeforeIntent, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    assert!(
        process.pipeline.open_operations().await.unwrap().is_empty(),
        "it is not listed"
    );
    process.resume().await;
    process.handle(rig.event(&ask.again(2))).await;
    let report = process.outcome().await;
    assert_eq!(
        (said(&report).0, report.outcome.unwrap().attempt),
        (OutcomeCode::Applied, 2)
    );
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        [
            "Received",
            "StoodDown",
            "Received",
            "FenceIntended",
            "Fenced",
            "WriteIntended",
            "Applied"
        ]
    );
    assert_eq!(
        rig.ad.marker(),
        Some(rig.marker(MarkerState::Written, ask.operation, 5, 2, 1))
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn killed_before_the_intent_and_expired_it_ends_without_asking() {
    let rig = Rig::new().await;
    let ask = Ask {
        // Long enough for a loaded machine to come to the intent before.
        expires_in: 3_000,
        ..Ask::new(OperationKind::SelfReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::BeforeIntent, rig.event(&ask))
        .await;
    let passed = SystemClock.unix_ms() + ask.expires_in;
    eventually("it expires", || async { SystemClock.unix_ms() > passed }).await;
    let mut process = rig.process().await;
    process.resume().await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
}

#[tokio::test]
async fn at_start_what_was_received_and_never_intended_is_left_for_hello_to_let_go() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::BeforeIntent, rig.event(&ask))
        .await;
    // The account is read by whoever begins upon it: nobody does.
    let reads = rig.ad.reads();
    let mut process = rig.process().await;
    process.resume().await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "StoodDown"]
    );
    assert_eq!(rig.ad.reads(), reads);
    process.no_more_frames();
}

#[tokio::test]
async fn what_was_received_and_never_intended_ends_where_the_directory_waits_for_its_outcome() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::BeforeIntent, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    process.fate(ask.operation, FateKind::Continue, 1).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["SECRET_LOST"])
    );
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "Failed"]
    );

    let later = Ask {
        attempt: 2,
        sequence: 6,
        ..Ask::new(OperationKind::SelfReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::BeforeIntent, rig.event(&later))
        .await;
    process.fate(later.operation, FateKind::Continue, 2).await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Expired, vec!["SECRET_LOST"]));
    assert_eq!(report.outcome.unwrap().attempt, 2);
    assert_eq!(rig.ad.effects(), []);
}

#[tokio::test]
async fn killed_after_the_intent_it_is_fenced_and_expired_and_nothing_lands_later() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterIntent, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert_eq!(open[0].state(), OpenOperationState::InDoubt);
    process.resume().await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Expired, vec!["SECRET_LOST"]));
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "FenceIntended", "Fenced", "Expired"]
    );
    assert_eq!(
        rig.ad.marker(),
        Some(rig.marker(MarkerState::Fenced, ask.operation, 5, 1, 1))
    );
    process.acknowledge(&report).await;
    // The ended operation is never written any more, whoever asks.
    process.handle(rig.event(&ask.again(2))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Expired);
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_write_that_is_under_way_when_its_process_dies_never_lands_after_the_end() {
    let rig = Rig::new().await;
    rig.ad.next_write(Fate::Late);
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterWrite, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    process.resume().await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Expired);
    assert_eq!(rig.ad.land_late_writes(), 0, "the outcome was final");
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_write_that_lands_just_before_it_would_be_fenced_is_told_as_applied() {
    let rig = Rig::new().await;
    rig.ad.next_write(Fate::Late);
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterWrite, rig.event(&ask))
        .await;
    rig.ad.land_before_the_next_fence();
    let mut process = rig.process().await;
    process.resume().await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "FenceIntended", "Applied"]
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn killed_after_the_write_it_is_applied_as_the_marker_says() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::Change);
    rig.process()
        .await
        .die_at(CrashPoint::AfterWrite, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    process.resume().await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    let outcome = report.outcome.unwrap();
    assert!(outcome.recovered);
    assert_eq!(outcome.evidence.unwrap().unicode_pwd_version, Some(8));
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn killed_after_the_outcome_it_is_listed_as_ended_and_reported_when_told_to_go_on() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterOutcome, rig.event(&ask))
        .await;
    let mut process = rig.process().await;
    let open = process.pipeline.open_operations().await.unwrap();
    assert_eq!(open[0].state(), OpenOperationState::Ended);
    process.fate(ask.operation, FateKind::Continue, 1).await;
    let report = process.outcome().await;
    assert_eq!(said(&report).0, OutcomeCode::Applied);
    process.acknowledge(&report).await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn killed_between_password_and_follow_up_the_follow_up_is_done_again() {
    let rig = Rig::new().await;
    rig.ad
        .account(|account| account.computed = Some(ComputedFlags(ComputedFlags::LOCKED)));
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        unlock: true,
        allow_disabled: false,
    };
    let ask = Ask {
        flags,
        ..Ask::new(OperationKind::AdminReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::AfterFollowUpIntent, rig.event(&ask))
        .await;
    assert!(rig.ad.follow_ups().is_empty());
    let mut process = rig.process().await;
    process.resume().await;
    assert_eq!(said(&process.outcome().await), (OutcomeCode::Applied, vec![]));
    assert_eq!(
        rig.ad.follow_ups(),
        [Effects {
            unlock: true,
            must_change: true
        }]
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_follow_up_is_left_out_where_the_password_was_set_anew_since() {
    let rig = Rig::new().await;
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..OperationFlags::default()
    };
    let ask = Ask {
        flags,
        ..Ask::new(OperationKind::AdminReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::AfterFollowUpIntent, rig.event(&ask))
        .await;
    // By hand, past the marker.
    rig.ad.account(|account| account.password_version = Some(9));
    let mut process = rig.process().await;
    process.resume().await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(warned(&report), ["MUST_CHANGE_FLAG_NOT_SET"]);
    assert!(rig.ad.follow_ups().is_empty());
}

#[tokio::test]
async fn an_answer_that_was_lost_after_the_write_landed_is_found_in_the_marker() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::AppliedUnanswered);
    let ask = Ask::new(OperationKind::Change);
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!(said(&report).0, OutcomeCode::Applied);
    assert!(report.outcome.unwrap().recovered);
    assert_eq!(rig.ad.sent(), 1);
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_write_that_is_never_answered_is_given_up_in_time_and_found_out() {
    let mut rig = Rig::new().await;
    rig.limits.write_deadline = Duration::from_millis(200);
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::NeverAnswered);
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        [
            "Received",
            "WriteIntended",
            "FenceIntended",
            "Fenced",
            "WriteIntended",
            "Applied"
        ]
    );
}

#[tokio::test]
async fn an_account_that_is_held_is_waited_for_until_the_event_expires() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    process.points.stop_at(CrashPoint::BeforeIntent);
    let holder = process.begin(rig.event(&Ask::new(OperationKind::SelfReset)));
    process.points.reached().await;
    assert!(matches!(process.next().await, Upward::Received(_)));
    let waiting = Ask {
        sequence: 6,
        expires_in: 200,
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&waiting)).await;
    process.no_more_frames();
    let history = rig.store.history(&process.audit, waiting.operation).await;
    assert!(history.is_empty(), "{history:?}");
    holder.abort();
}

#[tokio::test]
async fn a_write_that_never_landed_is_fenced_before_it_is_sent_again() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::LostUnanswered);
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        [
            "Received",
            "WriteIntended",
            "FenceIntended",
            "Fenced",
            "WriteIntended",
            "Applied"
        ]
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_write_that_is_still_under_way_when_it_is_fenced_never_lands() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::Late);
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(rig.ad.land_late_writes(), 0, "the fence is before it");
    assert_eq!((rig.ad.sent(), rig.ad.effects().len()), (2, 1));
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_wrong_current_password_costs_one_try_also_where_the_answer_was_lost() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.count_unanswered_changes_as_wrong();
    rig.ad.next_write(Fate::LostUnanswered);
    let ask = Ask::new(OperationKind::Change);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Failed);
    assert_eq!(rig.ad.sent(), 1);
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_wrong_current_password_costs_one_try_also_where_the_count_began_anew() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.account(|account| {
        account.bad_password_count = Some(1);
        account.bad_password_time = Some(FileTime(132_223_104_000_000_000));
    });
    rig.ad.count_unanswered_changes_as_wrong();
    rig.ad.next_write(Fate::LostUnanswered);
    let ask = Ask::new(OperationKind::Change);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Failed);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "FenceIntended", "Fenced", "Failed"]
    );
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_say_that_nothing_was_written_is_found_out_and_not_sent_again() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::Refused(80, "something else"));
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Failed);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "FenceIntended", "Fenced", "Failed"]
    );
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn an_earlier_attempts_fence_is_fenced_over() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.set_marker(&rig.marker(MarkerState::Fenced, ask.operation, 5, 1, 3));
    process.handle(rig.event(&ask.again(2))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "FenceIntended", "Fenced", "WriteIntended", "Applied"]
    );
}

#[tokio::test]
async fn an_earlier_attempts_write_is_told_and_not_repeated() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.set_marker(&rig.marker(MarkerState::Written, ask.operation, 5, 1, 0));
    process.handle(rig.event(&ask.again(2))).await;
    let report = process.outcome().await;
    let outcome = report.outcome.unwrap();
    assert_eq!(
        (outcome.code(), outcome.recovered, outcome.attempt),
        (OutcomeCode::Applied, true, 2)
    );
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn a_later_attempts_fence_makes_us_stand_down_without_an_outcome() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.set_marker(&rig.marker(MarkerState::Fenced, ask.operation, 5, 4, 1));
    process.handle(rig.event(&ask.again(2))).await;
    assert!(matches!(process.next().await, Upward::Received(_)));
    let Upward::StoodDown(frame) = process.next().await else {
        panic!("did not stand down")
    };
    assert_eq!((frame.attempt, frame.found_attempt), (2, 4));
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "StoodDown"]
    );
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_eq!(rig.ad.sent(), 0);
    process.no_more_frames();
}

#[tokio::test]
async fn while_the_domain_controller_is_silent_an_operation_in_doubt_is_held_and_nothing_is_sent() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterWrite, rig.event(&ask))
        .await;
    rig.ad.set_unreachable(true);
    let mut process = rig.process().await;
    process.resume().await;
    let reads = rig.ad.reads();
    eventually("it looks again and again", || async {
        rig.ad.reads() > reads + 3
    })
    .await;
    process.no_more_frames();
    assert_eq!(
        process.pipeline.open_operations().await.unwrap()[0].state(),
        OpenOperationState::InDoubt
    );
    rig.ad.set_unreachable(false);
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn a_later_attempt_takes_the_place_of_one_that_is_held_in_doubt() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    let ad = rig.ad.clone();
    rig.ad.next_write(Fate::LostUnanswered);
    process.points.do_at(CrashPoint::AfterWrite, move || {
        ad.set_unreachable(true);
        Box::pin(std::future::ready(()))
    });
    let first = process.begin(rig.event(&ask));
    eventually("it is in doubt", || async {
        process.pipeline.operations_in_doubt() > 0
    })
    .await;
    let second = process.begin(rig.event(&ask.again(2)));
    first.await.unwrap();
    rig.ad.set_unreachable(false);
    second.await.unwrap();
    let report = process.outcome().await;
    assert_eq!(
        (said(&report).0, report.outcome.unwrap().attempt),
        (OutcomeCode::Applied, 2)
    );
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_process_that_was_paused_and_wakes_up_writes_nothing_and_ends_nothing() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    let mut paused = rig.process().await;
    let go_on = paused.points.pause_at(CrashPoint::AfterIntent);
    let task = paused.begin(rig.event(&ask));
    paused.points.reached().await;
    // Another process over the same store finds the operation in doubt and settles it.
    let mut process = rig.process().await;
    process.resume().await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Expired);
    go_on.notify_one();
    task.await.unwrap();
    assert!(matches!(paused.next().await, Upward::Received(_)));
    paused.no_more_frames();
    assert_eq!(rig.ad.effects(), []);
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn a_process_that_was_paused_before_its_intent_cannot_record_one_any_more() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset);
    let mut paused = rig.process().await;
    let go_on = paused.points.pause_at(CrashPoint::BeforeIntent);
    let task = paused.begin(rig.event(&ask));
    paused.points.reached().await;
    let mut process = rig.process().await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    process.handle(rig.event(&ask.again(2))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    go_on.notify_one();
    task.await.unwrap();
    assert!(matches!(paused.next().await, Upward::Received(_)));
    paused.no_more_frames();
    assert_eq!(rig.ad.sent(), 1);
    assert_one_end_and_at_most_one_effect(&rig, &process, ask.operation).await;
}

#[tokio::test]
async fn an_earlier_write_that_wakes_up_does_not_overwrite_a_later_operation() {
    let rig = Rig::new().await;
    let earlier = Ask::new(OperationKind::SelfReset);
    let mut paused = rig.process().await;
    let go_on = paused.points.pause_at(CrashPoint::AfterIntent);
    let task = paused.begin(rig.event(&earlier));
    paused.points.reached().await;
    let mut process = rig.process().await;
    process.resume().await;
    process.outcome().await;
    let later = Ask {
        sequence: 6,
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&later)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    let marker = rig.marker(MarkerState::Written, later.operation, 6, 1, 0);
    assert_eq!(rig.ad.marker().as_ref(), Some(&marker));
    go_on.notify_one();
    task.await.unwrap();
    paused.next().await;
    paused.no_more_frames();
    assert_eq!(rig.ad.marker(), Some(marker));
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
}

#[tokio::test]
async fn what_an_older_attempt_is_told_of_does_not_end_the_one_under_way() {
    let rig = Rig::new().await;
    let ask = Ask::new(OperationKind::SelfReset).again(2);
    for place in [CrashPoint::BeforeIntent, CrashPoint::AfterIntent] {
        let ask = Ask {
            operation: OperationId::new(Uuid::new_v4()),
            sequence: if place == CrashPoint::BeforeIntent { 5 } else { 6 },
            ..ask.clone()
        };
        let mut process = rig.process().await;
        let go_on = process.points.pause_at(place);
        let task = process.begin(rig.event(&ask));
        process.points.reached().await;
        process.told(ask.operation, 1).await;
        process.told(ask.operation, 2).await;
        go_on.notify_one();
        task.await.unwrap();
        let report = process.outcome().await;
        assert_eq!(said(&report).0, OutcomeCode::Applied);
        process.told(ask.operation, 1).await;
        let ended = ["Received", "FenceIntended", "Fenced", "WriteIntended", "Applied"];
        assert_eq!(rig.store.history(&process.audit, ask.operation).await, ended);
        process.acknowledge(&report).await;
        assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn fates_close_acknowledge_or_hand_over_what_was_listed() {
    let rig = Rig::new().await;
    let closed = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterIntent, rig.event(&closed))
        .await;
    let mut process = rig.process().await;
    process.fate(closed.operation, FateKind::Closed, 1).await;
    assert_eq!(
        rig.store.history(&process.audit, closed.operation).await,
        ["Received", "WriteIntended", "Closed"]
    );
    process.handle(rig.event(&closed.again(2))).await;
    process.no_more_frames();
    let recorded = Ask::new(OperationKind::SelfReset);
    rig.process()
        .await
        .die_at(CrashPoint::AfterOutcome, rig.event(&recorded))
        .await;
    process
        .fate(recorded.operation, FateKind::OutcomeRecorded, 1)
        .await;
    let history = rig.store.history(&process.audit, recorded.operation).await;
    assert_eq!(history.last().map(String::as_str), Some("Reported"));
    let unknown = Ask {
        sequence: 7,
        ..Ask::new(OperationKind::SelfReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::AfterIntent, rig.event(&unknown))
        .await;
    process.fate(unknown.operation, FateKind::TakenOver, 3).await;
    let Upward::StoodDown(frame) = process.next().await else {
        panic!("did not stand down")
    };
    assert_eq!((frame.attempt, frame.found_attempt), (1, 3));
    let written = Ask {
        sequence: 8,
        ..Ask::new(OperationKind::SelfReset)
    };
    rig.process()
        .await
        .die_at(CrashPoint::AfterWrite, rig.event(&written))
        .await;
    process.fate(written.operation, FateKind::TakenOver, 2).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert!(
        process.pipeline.open_operations().await.unwrap().len() == 1,
        "only the one to be acknowledged"
    );
}
