//! Folds one event into the state. Total: an event of a log that was decided by another version is taken as it is.

use std::sync::Arc;

use super::OutcomeCode;
use super::account::{AccountState, HandOver, KeptOutcome, LastApplied, Operation, OperationState};
use super::account_event::{AccountEvent, OperationEnded, OperationNotTaken};

/// The state after the event.
#[must_use]
pub fn evolve(mut state: AccountState, event: &AccountEvent) -> AccountState {
    match event {
        AccountEvent::Requested(request) => {
            state.last_sequence = state.last_sequence.max(request.sequence);
            state.open.insert(request.sequence, request.operation_id);
            let operation = Operation {
                request: (**request).clone(),
                state: OperationState::Requested,
                attempt: 0,
                delivered_at_us: 0,
                hand_overs: Vec::new(),
                evidence: Vec::new(),
            };
            state.operations.insert(request.operation_id, Arc::new(operation));
        }
        AccountEvent::Delivered(delivered) => {
            if let Some(operation) = state
                .operations
                .get_mut(&delivered.operation_id)
                .map(Arc::make_mut)
            {
                operation.attempt = delivered.attempt;
                operation.delivered_at_us = delivered.delivered_at_us;
                let connector = delivered.connector;
                operation.hand_overs.push(HandOver {
                    attempt: delivered.attempt,
                    connector,
                });
                // What was in doubt stays so until it is settled: handing it out again settles nothing.
                operation.state = match operation.state {
                    OperationState::InDoubt { since_us, .. } => {
                        OperationState::InDoubt { connector, since_us }
                    }
                    OperationState::Requested
                    | OperationState::Delivered { .. }
                    | OperationState::Ended { .. } => OperationState::Delivered { connector },
                };
            }
        }
        AccountEvent::InDoubt(in_doubt) => {
            if let Some(operation) = state
                .operations
                .get_mut(&in_doubt.operation_id)
                .map(Arc::make_mut)
                && let OperationState::Delivered { connector } = operation.state
            {
                operation.state = OperationState::InDoubt {
                    connector,
                    since_us: in_doubt.since_us,
                };
            }
        }
        AccountEvent::Ended(ended) => end(&mut state, ended),
        AccountEvent::SequenceSkipped(skipped) => {
            state.last_sequence = state.last_sequence.max(skipped.last);
        }
        AccountEvent::OutcomeKept(kept) => {
            if let Some(operation) = state.operations.get_mut(&kept.operation_id).map(Arc::make_mut) {
                operation.evidence.push(KeptOutcome {
                    because: kept.because,
                    outcome: kept.outcome.clone(),
                });
            }
        }
        AccountEvent::NotTaken(not_taken) => take_back(&mut state, not_taken),
    }
    state
}

/// The attempt before is in force again. Without one, nobody has begun the operation: it is as it was before it was handed
/// out.
fn take_back(state: &mut AccountState, not_taken: &OperationNotTaken) {
    let operation = state.operations.get_mut(&not_taken.operation_id);
    let Some(operation) = operation.map(Arc::make_mut) else {
        return;
    };
    operation
        .hand_overs
        .retain(|hand_over| hand_over.attempt != not_taken.attempt);
    let in_force = operation.hand_overs.last().map(|last| last.connector);
    let taken_back = match (&operation.state, in_force) {
        (OperationState::Delivered { .. }, Some(connector)) => OperationState::Delivered { connector },
        (OperationState::InDoubt { since_us, .. }, Some(connector)) => OperationState::InDoubt {
            connector,
            since_us: *since_us,
        },
        (OperationState::Delivered { .. } | OperationState::InDoubt { .. }, None) => {
            OperationState::Requested
        }
        (OperationState::Requested | OperationState::Ended { .. }, _) => return,
    };
    operation.state = taken_back;
}

fn end(state: &mut AccountState, ended: &OperationEnded) {
    let Some(operation) = state.operations.get_mut(&ended.operation_id).map(Arc::make_mut) else {
        return;
    };
    let sequence = operation.request.sequence;
    let connector = operation.connector();
    let delivered_at_us = operation.delivered_at_us;
    let sets_password = operation.request.kind.sets_password();
    operation.state = OperationState::Ended {
        connector,
        outcome: Box::new(ended.outcome.clone()),
    };
    operation.hand_overs = Vec::new();
    state.open.remove(&sequence);
    if ended.outcome.code == OutcomeCode::Applied {
        let reported = ended
            .outcome
            .evidence
            .as_ref()
            .and_then(|evidence| evidence.unicode_pwd_version);
        // Kinds that set no password leave the version as it was; a password whose version could not be read leaves it
        // unknown, since the old one is wrong now.
        let before = state.last_applied.and_then(|last| last.unicode_pwd_version);
        let unicode_pwd_version = reported.or(if sets_password { None } else { before });
        state.last_applied = Some(LastApplied {
            sequence,
            unicode_pwd_version,
            delivered_at_us,
        });
    }
}
