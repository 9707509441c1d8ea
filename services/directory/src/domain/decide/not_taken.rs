//! What follows when a connector says that it did not begin an attempt, and never will.

use crate::domain::account::{HandOver, Operation};
use crate::domain::account_event::{
    AccountEvent, EvidenceKept, NotTakenCause, OperationEnded, OperationNotTaken,
};
use crate::domain::{Outcome, OutcomeCode};

/// Takes an attempt of an operation in flight back. Where the outcome of the attempt that is in force again is known
/// already, it is the operation's; where nobody has begun the operation and another try would not help, it ends. `None`: the
/// attempt is not, or not any more, one that this connector may have begun.
pub(super) fn take_back(
    operation: &Operation,
    hand_over: HandOver,
    cause: NotTakenCause,
    now_us: i64,
) -> Option<Vec<AccountEvent>> {
    let HandOver { attempt, connector } = hand_over;
    if !operation.hand_overs.contains(&hand_over) {
        return None;
    }
    let operation_id = operation.request.operation_id;
    let not_taken = AccountEvent::NotTaken(OperationNotTaken {
        operation_id,
        attempt,
        connector,
        cause,
        not_taken_at_us: now_us,
    });
    let mut left = operation.hand_overs.iter().filter(|left| left.attempt != attempt);
    let end = match left.next_back() {
        // The outcome of the attempt that is in force again may have come while it was thought to be taken over.
        Some(in_force) => taken_over(operation, in_force.attempt),
        None => cause
            .reason_to_end()
            .map(|reason| Outcome::decided_here(OutcomeCode::Failed, vec![reason], 0, now_us)),
    };
    let ended = end.map(|outcome| {
        AccountEvent::Ended(Box::new(OperationEnded {
            operation_id,
            outcome,
        }))
    });
    Some(std::iter::once(not_taken).chain(ended).collect())
}

/// What an attempt reported while it was thought to be taken over.
fn taken_over(operation: &Operation, attempt: u32) -> Option<Outcome> {
    let mut evidence = operation.evidence.iter();
    let kept =
        evidence.find(|kept| kept.because == EvidenceKept::TakenOver && kept.outcome.attempt == attempt);
    kept.map(|kept| kept.outcome.clone())
}
