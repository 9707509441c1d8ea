use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::Marker;
use crate::domain::marker::Forgery;

const OURS: OperationId = OperationId::new(Uuid::from_u128(1));
const OTHER: OperationId = OperationId::new(Uuid::from_u128(2));

fn in_hand(attempt: u32, writable: bool) -> OperationInHand {
    OperationInHand {
        operation: OURS,
        sequence: Sequence(5),
        attempt: Attempt(attempt),
        writable,
    }
}

fn marker(
    state: MarkerState,
    operation: OperationId,
    sequence: u64,
    attempt: u32,
    fence: u32,
) -> Observation {
    Observation::Marker(MarkerReading::Valid(Marker {
        state,
        sequence: Sequence(sequence),
        operation,
        attempt: Attempt(attempt),
        fence_count: FenceCount(fence),
    }))
}

fn log(last_fence: Option<u32>, tried: u32, write_intended_since: bool) -> LogEvidence {
    LogEvidence {
        last_fence: last_fence.map(FenceCount),
        highest_tried: FenceCount(tried),
        write_intended_since,
    }
}

#[test]
fn a_write_of_this_operation_by_any_attempt_is_applied() {
    for (theirs, ours) in [(1, 1), (1, 3), (3, 1)] {
        let seen = marker(MarkerState::Written, OURS, 5, theirs, 0);
        let step = decide_recovery(seen, &in_hand(ours, false), &log(None, 0, true));
        assert_eq!(step, RecoveryStep::Applied { by: Attempt(theirs) });
    }
}

#[test]
fn our_own_fence_with_nothing_sent_since_lets_us_write_or_expire() {
    let seen = marker(MarkerState::Fenced, OURS, 5, 2, 1);
    let evidence = log(Some(1), 1, false);
    assert_eq!(
        decide_recovery(seen, &in_hand(2, true), &evidence),
        RecoveryStep::Write
    );
    assert_eq!(
        decide_recovery(seen, &in_hand(2, false), &evidence),
        RecoveryStep::Expire
    );
}

#[test]
fn our_own_fence_with_a_write_sent_since_is_fenced_again() {
    let seen = marker(MarkerState::Fenced, OURS, 5, 2, 1);
    let step = decide_recovery(seen, &in_hand(2, true), &log(Some(1), 1, true));
    assert_eq!(step, RecoveryStep::Fence { count: FenceCount(2) });
}

#[test]
fn a_fence_of_our_attempt_that_the_log_does_not_know_is_fenced_again() {
    let seen = marker(MarkerState::Fenced, OURS, 5, 2, 4);
    for evidence in [
        log(None, 0, false),
        log(Some(3), 4, false),
        log(Some(3), 3, false),
    ] {
        let step = decide_recovery(seen, &in_hand(2, true), &evidence);
        assert_eq!(step, RecoveryStep::Fence { count: FenceCount(5) });
    }
}

#[test]
fn a_later_attempts_fence_makes_us_stand_down() {
    let seen = marker(MarkerState::Fenced, OURS, 5, 3, 1);
    let step = decide_recovery(seen, &in_hand(2, true), &log(Some(1), 1, false));
    assert_eq!(step, RecoveryStep::StandDown { to: Attempt(3) });
}

#[test]
fn an_earlier_attempts_fence_is_fenced_over() {
    let seen = marker(MarkerState::Fenced, OURS, 5, 1, 9);
    let step = decide_recovery(seen, &in_hand(2, true), &log(None, 0, false));
    assert_eq!(step, RecoveryStep::Fence { count: FenceCount(1) });
}

#[test]
fn a_higher_or_repeated_number_supersedes() {
    for state in [MarkerState::Written, MarkerState::Fenced] {
        for sequence in [5, 6] {
            let step = decide_recovery(
                marker(state, OTHER, sequence, 1, 0),
                &in_hand(1, true),
                &log(None, 0, true),
            );
            assert_eq!(
                step,
                RecoveryStep::Superseded {
                    by: OTHER,
                    sequence: Sequence(sequence)
                }
            );
        }
    }
}

#[test]
fn an_older_missing_or_forged_marker_is_fenced_once_something_may_be_under_way() {
    let readings = [
        marker(MarkerState::Written, OTHER, 4, 1, 0),
        marker(MarkerState::Fenced, OTHER, 4, 1, 7),
        Observation::Marker(MarkerReading::Absent),
        Observation::Marker(MarkerReading::Forged(Forgery::WrongMac)),
    ];
    for seen in readings {
        let fence = RecoveryStep::Fence { count: FenceCount(1) };
        assert_eq!(
            decide_recovery(seen, &in_hand(1, true), &log(None, 0, true)),
            fence
        );
        assert_eq!(
            decide_recovery(seen, &in_hand(2, true), &log(None, 0, false)),
            fence
        );
        // A fence that was tried and whose answer was lost may still land: the next one has another value.
        let tried = decide_recovery(seen, &in_hand(1, true), &log(None, 3, false));
        assert_eq!(tried, RecoveryStep::Fence { count: FenceCount(4) });
        assert_eq!(
            decide_recovery(seen, &in_hand(1, true), &log(None, 0, false)),
            RecoveryStep::Write
        );
        assert_eq!(
            decide_recovery(seen, &in_hand(1, false), &log(None, 0, false)),
            RecoveryStep::Expire
        );
    }
}

#[test]
fn nothing_is_decided_while_the_dc_is_silent() {
    for writable in [true, false] {
        let step = decide_recovery(
            Observation::Unreachable,
            &in_hand(1, writable),
            &log(None, 0, false),
        );
        assert_eq!(step, RecoveryStep::Hold);
    }
}

#[test]
fn only_a_first_attempt_that_tried_nothing_is_untouched() {
    assert!(log(None, 0, false).is_untouched(Attempt::FIRST));
    for (attempt, evidence) in [
        (2, log(None, 0, false)),
        (1, log(Some(1), 1, false)),
        (1, log(None, 1, false)),
        (1, log(None, 0, true)),
    ] {
        assert!(!evidence.is_untouched(Attempt(attempt)), "{attempt} {evidence:?}");
    }
}

#[test]
fn a_late_write_is_ruled_out_by_a_fence_that_was_set_after_it() {
    for (attempt, evidence, ruled_out) in [
        (1, log(None, 0, false), true),
        (2, log(None, 0, false), false),
        (2, log(Some(1), 1, false), true),
        (2, log(Some(1), 3, false), true),
        (2, log(Some(1), 1, true), false),
        (1, log(None, 1, false), false),
        (1, log(None, 0, true), false),
    ] {
        let verdict = evidence.rules_out_late_write(Attempt(attempt));
        assert_eq!(verdict, ruled_out, "{attempt} {evidence:?}");
    }
}

fn readings() -> impl Strategy<Value = Observation> {
    prop_oneof![
        Just(Observation::Unreachable),
        Just(Observation::Marker(MarkerReading::Absent)),
        Just(Observation::Marker(MarkerReading::Forged(Forgery::Foreign))),
        (any::<bool>(), any::<bool>(), 3u64..8, 1u32..5, 0u32..5).prop_map(
            |(written, ours, sequence, attempt, fence)| {
                let state = if written {
                    MarkerState::Written
                } else {
                    MarkerState::Fenced
                };
                let (operation, sequence) = if ours { (OURS, 5) } else { (OTHER, sequence) };
                marker(state, operation, sequence, attempt, fence)
            }
        ),
    ]
}

proptest! {
    #[test]
    fn a_write_is_allowed_only_where_nothing_can_be_under_way(
        seen in readings(), attempt in 1u32..5, writable: bool,
        last in prop::option::of(1u32..5), tried in 0u32..5, intended: bool,
    ) {
        let evidence = log(last, tried, intended);
        let step = decide_recovery(seen, &in_hand(attempt, writable), &evidence);
        if matches!(step, RecoveryStep::Write | RecoveryStep::Expire) {
            prop_assert!(!intended);
            prop_assert_eq!(step == RecoveryStep::Write, writable);
            let fenced_by_us = matches!(
                seen,
                Observation::Marker(MarkerReading::Valid(Marker { state: MarkerState::Fenced, operation: OURS, attempt: by, fence_count, .. }))
                    if by == Attempt(attempt) && last == Some(fence_count.0)
            );
            prop_assert!(fenced_by_us || (attempt == 1 && last.is_none() && tried == 0));
        }
        if let RecoveryStep::Applied { .. } = step {
            let proved = matches!(
                seen,
                Observation::Marker(MarkerReading::Valid(Marker { state: MarkerState::Written, operation: OURS, .. }))
            );
            prop_assert!(proved);
        }
    }

    #[test]
    fn a_fence_never_repeats_a_count_that_may_be_there_or_on_its_way(
        seen in readings(), attempt in 1u32..5, last in prop::option::of(1u32..5), tried in 0u32..5, intended: bool,
    ) {
        let evidence = log(last, tried, intended);
        if let RecoveryStep::Fence { count } = decide_recovery(seen, &in_hand(attempt, true), &evidence) {
            prop_assert!(count.0 > tried && last.is_none_or(|last| count.0 > last));
            if let Observation::Marker(MarkerReading::Valid(marker)) = seen
                && marker.operation == OURS && marker.attempt == Attempt(attempt)
            {
                prop_assert!(count > marker.fence_count);
            }
        }
    }
}
