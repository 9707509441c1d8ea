use super::super::events::{FenceIntended, Fenced, MarkerSeen, Proof};
use super::super::recorded::RecordedFlags;
use super::*;
use crate::domain::{AccountAnchor, OperationKind};
use uuid::Uuid;

fn received(attempt: u32) -> OperationEvent {
    OperationEvent::Received(Received {
        attempt,
        anchor: AccountAnchor::new(Uuid::nil()),
        kind: OperationKind::Change,
        flags: RecordedFlags::default(),
        sequence: 3,
        last_applied_sequence: 2,
        group_dc: "dc1".to_owned(),
        role: "self_service".to_owned(),
        proof: Proof::None,
        expires_at_ms: 1,
        content_digest: format!("d{attempt}"),
        trace_id: None,
    })
}

fn intent() -> OperationEvent {
    OperationEvent::WriteIntended(WriteIntended {
        attempt: 1,
        fence_count: 0,
        marker_seen: MarkerSeen::Absent,
        password_version_seen: None,
        dc: "dc1".to_owned(),
        invocation_id: None,
    })
}

fn fold(events: Vec<OperationEvent>) -> OperationRecord {
    events.into_iter().fold(
        OperationRecord::new(OperationId::new(Uuid::nil())),
        |state, event| state.evolve(event, Metadata::default(), None),
    )
}

#[test]
fn an_intent_counts_as_sent_until_a_fence_is_set_after_it() {
    let state = fold(vec![received(1), intent()]);
    assert_eq!(state.stage(), OperationStage::Intended);
    let tried = FenceIntended {
        attempt: 1,
        count: 1,
        marker_seen: MarkerSeen::Absent,
    };
    let set = Fenced {
        attempt: 1,
        count: 1,
        dc: "dc1".to_owned(),
    };
    let state = fold(vec![
        received(1),
        intent(),
        OperationEvent::FenceIntended(tried.clone()),
    ]);
    assert_eq!(
        (
            state.evidence.highest_tried,
            state.evidence.last_fence,
            state.evidence.write_intended_since
        ),
        (FenceCount(1), None, true)
    );
    let state = fold(vec![
        received(1),
        intent(),
        OperationEvent::FenceIntended(tried),
        OperationEvent::Fenced(set),
    ]);
    assert_eq!(state.stage(), OperationStage::Fenced(FenceCount(1)));
    assert!(!state.evidence.write_intended_since && state.was_ever_intended());
}

#[test]
fn a_later_attempt_starts_its_own_evidence_and_keeps_what_was_ever_intended() {
    let state = fold(vec![received(1), intent(), received(2)]);
    assert_eq!(state.stage(), OperationStage::Received);
    assert_eq!(state.evidence, LogEvidence::default());
    assert!(state.was_ever_intended());
    assert!(!state.can_be_redelivered());
    assert_eq!(state.digest_of(Attempt(1)), Some("d1"));
    assert_eq!(state.attempt(), Some(Attempt(2)));
}

#[test]
fn an_operation_is_open_until_it_is_reported_closed_or_stood_down_from() {
    let closed = OperationEvent::Closed(Closed {
        outcome: "EXPIRED".to_owned(),
        reasons: vec![],
    });
    assert!(fold(vec![received(1)]).is_open());
    assert!(fold(vec![received(1)]).can_be_redelivered());
    assert!(!fold(vec![received(1), closed]).is_open());
    assert!(!fold(vec![]).is_open());
}
