//! What may happen to an account's operations. The invariants of the aggregate are here and nowhere else:
//!
//! - sequences rise by one, and go on behind what AD holds of a time that the log lost;
//! - one operation is in flight, in the order of sequences, and one that is in doubt is settled before the next goes out;
//! - every operation ends once, and its outcome never changes;
//! - before delivery the directory may end it; after it, only a report, or the horizon;
//! - from an attempt that was taken over, only the proof of a write counts;
//! - an attempt that was not taken leaves the operation as it was before it: the attempt before is in force again.

mod not_taken;

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::account::{AccountState, HandOver, Operation, OperationState};
use super::account_event::{
    AccountEvent, EvidenceKept, NotTakenCause, OperationDelivered, OperationEnded, OperationInDoubt,
    OperationRequested, OutcomeKeptAsEvidence, SequenceSkipped,
};
use super::{
    ConnectorGroupId, ConnectorId, LookupName, OnBehalfOf, OperationFlags, OperationId, OperationKind,
    Outcome, OutcomeCode, Role, Stage, fold_name,
};

/// The most numbers of an account that a directory can have lost: more is a report that cannot be, and is not followed.
const MOST_SKIPPED: u64 = 1_000_000;

/// What is to happen to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Accept an operation; those that it takes the place of end.
    Request(Box<Request>),
    /// Hand it to a connector, for the first time or again.
    Deliver {
        operation: OperationId,
        connector: ConnectorId,
    },
    /// Its time passed while it was handed out.
    MarkInDoubt { operation: OperationId },
    /// A connector reports how it ended.
    RecordOutcome {
        operation: OperationId,
        connector: ConnectorId,
        outcome: Box<Outcome>,
        /// Stages that the directory measured, in µs: they go into the outcome that is committed, and only there.
        measured_us: BTreeMap<Stage, u64>,
    },
    /// A connector did not begin an attempt that was handed to it, and never will.
    RecordNotTaken {
        operation: OperationId,
        connector: ConnectorId,
        attempt: u32,
        cause: NotTakenCause,
    },
    /// Its time passed before it was handed out.
    Expire { operation: OperationId },
    /// The caller does not want it any more.
    Cancel { operation: OperationId },
    /// It cannot be handed out (`NO_CONNECTOR`, `SECRET_LOST`, `RESEAL_NEEDED`).
    Fail { operation: OperationId, reason: Reason },
    /// It was in doubt for longer than the horizon.
    EndUnknown {
        operation: OperationId,
        horizon: Duration,
    },
}

/// An operation that was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The id that the caller chose.
    pub operation_id: OperationId,
    /// What is to be written.
    pub kind: OperationKind,
    /// What goes with it.
    pub flags: OperationFlags,
    /// The account's group.
    pub group: ConnectorGroupId,
    /// Subject of the credential.
    pub requested_by: String,
    pub role: Role,
    /// After this it is not written (unix µs).
    pub expires_at_us: i64,
    /// SHA-256 (hex) over principal, account, kind and flags.
    pub fingerprint: String,
    /// Keys that the secret is sealed to.
    pub key_ids: Vec<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// On whose behalf.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The name that the account was named by; `None`: its anchor.
    pub lookup_name: Option<LookupName>,
}

/// Why a command does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such operation on this account.
    #[error("no such operation")]
    NotKnown,
    /// The same operation was accepted before.
    #[error("the operation was accepted before")]
    AlreadyRequested,
    /// Another operation of this account has the id.
    #[error("the id is another operation's")]
    IdTaken,
    #[error("the operation has ended")]
    Ended,
    /// It was handed out: only a report ends it.
    #[error("the operation was handed out")]
    InFlight,
    /// It was not handed out.
    #[error("the operation was not handed out")]
    NotInFlight,
    /// The attempt is not, or not any more, one that this connector may have begun.
    #[error("the attempt is not with this connector")]
    NoSuchAttempt,
    /// Another operation comes first.
    #[error("another operation comes first")]
    NotItsTurn,
    /// Its time has passed.
    #[error("the operation's time has passed")]
    TimePassed,
    /// Its time has not passed.
    #[error("the operation's time has not passed")]
    NotYet,
    /// The report was recorded before: as the outcome, or kept as evidence.
    #[error("the report was recorded before")]
    ReportedBefore {
        /// Why it was only kept, if it was.
        kept: Option<EvidenceKept>,
    },
}

/// What a report is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is the outcome.
    Commit,
    /// The same outcome was committed before.
    Repeated,
    /// Kept as evidence.
    Kept {
        /// Why it is not the outcome.
        because: EvidenceKept,
        /// It was kept before.
        known: bool,
    },
    /// There is no such operation.
    NotKnown,
}

/// Judges a report.
#[must_use]
pub(super) fn judge(state: &AccountState, operation: OperationId, outcome: &Outcome) -> Judgement {
    let Some(operation) = state.operations.get(&operation) else {
        return Judgement::NotKnown;
    };
    let kept = |because| Judgement::Kept {
        because,
        known: operation
            .evidence
            .iter()
            .any(|before| before.outcome.says_the_same_as(outcome)),
    };
    match &operation.state {
        OperationState::Ended { outcome: stands, .. } if stands.says_the_same_as(outcome) => {
            Judgement::Repeated
        }
        // Two attempts that found the same write: whichever tells it second contradicts nothing.
        OperationState::Ended { outcome: stands, .. }
            if stands.code == OutcomeCode::Applied
                && outcome.proves_the_write()
                && (1..=operation.attempt).contains(&outcome.attempt) =>
        {
            Judgement::Repeated
        }
        OperationState::Ended { .. } | OperationState::Requested => kept(EvidenceKept::Conflicting),
        OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {
            if outcome.attempt > operation.attempt || outcome.attempt == 0 {
                kept(EvidenceKept::Conflicting)
            } else if operation.attempt_in_force() == Some(outcome.attempt) || outcome.proves_the_write() {
                Judgement::Commit
            } else if operation.has_handed_over(outcome.attempt) {
                kept(EvidenceKept::TakenOver)
            } else {
                // Its connector said that it never began it.
                kept(EvidenceKept::Conflicting)
            }
        }
    }
}

/// The events that a command leads to.
///
/// # Errors
/// [`Refusal`]: nothing happens.
pub fn decide(state: &AccountState, command: Command, now_us: i64) -> Result<Vec<AccountEvent>, Refusal> {
    match command {
        Command::Request(request) => decide_request(state, *request, now_us),
        Command::Deliver { operation, connector } => decide_deliver(state, operation, connector, now_us),
        Command::MarkInDoubt { operation } => {
            let operation = known(state, operation)?;
            match operation.state {
                OperationState::Delivered { .. } if now_us >= operation.request.expires_at_us => {
                    Ok(vec![AccountEvent::InDoubt(OperationInDoubt {
                        operation_id: operation.request.operation_id,
                        attempt: operation.attempt_in_force().unwrap_or(operation.attempt),
                        since_us: now_us,
                    })])
                }
                OperationState::Delivered { .. } => Err(Refusal::NotYet),
                OperationState::InDoubt { .. } => Err(Refusal::InFlight),
                OperationState::Requested => Err(Refusal::NotInFlight),
                OperationState::Ended { .. } => Err(Refusal::Ended),
            }
        }
        Command::RecordOutcome {
            operation,
            connector,
            outcome,
            measured_us,
        } => decide_outcome(state, operation, connector, *outcome, measured_us),
        Command::RecordNotTaken {
            operation,
            connector,
            attempt,
            cause,
        } => {
            let operation = known(state, operation)?;
            match operation.state {
                OperationState::Ended { .. } => Err(Refusal::Ended),
                OperationState::Requested => Err(Refusal::NotInFlight),
                OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {
                    let hand_over = HandOver { attempt, connector };
                    not_taken::take_back(operation, hand_over, cause, now_us).ok_or(Refusal::NoSuchAttempt)
                }
            }
        }
        Command::Expire { operation } => {
            let operation = waiting(state, operation)?;
            if now_us < operation.request.expires_at_us {
                return Err(Refusal::NotYet);
            }
            let reason = Reason::new(ReasonCode::RequestExpired).with("stage", "queue");
            Ok(vec![end_here(operation, OutcomeCode::Expired, reason, now_us)])
        }
        Command::Cancel { operation } => {
            let operation = waiting(state, operation)?;
            let reason = Reason::new(ReasonCode::CancelledByCaller);
            Ok(vec![end_here(operation, OutcomeCode::Cancelled, reason, now_us)])
        }
        Command::Fail { operation, reason } => {
            let operation = waiting(state, operation)?;
            Ok(vec![end_here(operation, OutcomeCode::Failed, reason, now_us)])
        }
        Command::EndUnknown { operation, horizon } => {
            let operation = known(state, operation)?;
            match operation.state {
                OperationState::InDoubt { since_us, .. } if now_us >= after(since_us, horizon) => {
                    let reason = Reason::new(ReasonCode::OutcomeUnknown);
                    Ok(vec![end_here(operation, OutcomeCode::Unknown, reason, now_us)])
                }
                OperationState::InDoubt { .. } | OperationState::Delivered { .. } => Err(Refusal::NotYet),
                OperationState::Requested => Err(Refusal::NotInFlight),
                OperationState::Ended { .. } => Err(Refusal::Ended),
            }
        }
    }
}

fn decide_request(state: &AccountState, request: Request, now_us: i64) -> Result<Vec<AccountEvent>, Refusal> {
    if let Some(existing) = state.operations.get(&request.operation_id) {
        return Err(if existing.request.fingerprint == request.fingerprint {
            Refusal::AlreadyRequested
        } else {
            Refusal::IdTaken
        });
    }
    if request.expires_at_us <= now_us {
        return Err(Refusal::TimePassed);
    }
    let by = request.operation_id;
    let mut events: Vec<AccountEvent> = state
        .open_operations()
        .filter(|waiting| waiting.state == OperationState::Requested)
        .filter(|waiting| waiting.kind().sets_password() && request.kind.sets_password())
        .filter(|waiting| request.role >= waiting.request.role)
        .filter(|waiting| is_surely_of_the_same_person(&request, &waiting.request))
        .map(|waiting| {
            let reason = Reason::new(ReasonCode::Superseded).with("by", by);
            end_here(waiting, OutcomeCode::Superseded, reason, now_us)
        })
        .collect();
    events.push(AccountEvent::Requested(Box::new(OperationRequested {
        operation_id: request.operation_id,
        sequence: state.last_sequence + 1,
        kind: request.kind,
        flags: request.flags,
        group: request.group,
        requested_by: request.requested_by,
        role: request.role,
        requested_at_us: now_us,
        expires_at_us: request.expires_at_us,
        fingerprint: request.fingerprint,
        key_ids: request.key_ids,
        by_name: request.lookup_name.is_some(),
        traceparent: request.traceparent,
        on_behalf_of: request.on_behalf_of,
        lookup_name: request.lookup_name,
    })));
    Ok(events)
}

/// Whether the request means whoever meant the waiting operation. A name may have been handed on since the last sync: a
/// request by another name than that one's is settled in its turn, where Active Directory compares, and ends nobody's
/// operation before.
fn is_surely_of_the_same_person(request: &Request, waiting: &OperationRequested) -> bool {
    match (&request.lookup_name, &waiting.lookup_name) {
        (None, _) => true,
        (Some(name), Some(other)) => is_same_name(name, other),
        (Some(_), None) => false,
    }
}

fn is_same_name(one: &LookupName, other: &LookupName) -> bool {
    match (one, other) {
        (LookupName::UserPrincipalName(one), LookupName::UserPrincipalName(other))
        | (LookupName::SamAccountName(one), LookupName::SamAccountName(other)) => {
            fold_name(one.trim()) == fold_name(other.trim())
        }
        (LookupName::UserPrincipalName(_), LookupName::SamAccountName(_))
        | (LookupName::SamAccountName(_), LookupName::UserPrincipalName(_)) => false,
    }
}

fn decide_deliver(
    state: &AccountState,
    operation: OperationId,
    connector: ConnectorId,
    now_us: i64,
) -> Result<Vec<AccountEvent>, Refusal> {
    let operation = known(state, operation)?;
    match operation.state {
        OperationState::Ended { .. } => return Err(Refusal::Ended),
        // What was never handed out is not handed out after its time; what was, must be found out however late.
        OperationState::Requested if now_us >= operation.request.expires_at_us => {
            return Err(Refusal::TimePassed);
        }
        OperationState::Requested | OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {}
    }
    let turn = state.front().map(|front| front.request.operation_id);
    let others = state.in_flight().map(|other| other.request.operation_id);
    if turn != Some(operation.request.operation_id)
        || others.is_some_and(|other| other != operation.request.operation_id)
    {
        return Err(Refusal::NotItsTurn);
    }
    Ok(vec![AccountEvent::Delivered(OperationDelivered {
        operation_id: operation.request.operation_id,
        attempt: operation.attempt + 1,
        connector,
        delivered_at_us: now_us,
    })])
}

fn decide_outcome(
    state: &AccountState,
    operation_id: OperationId,
    connector: ConnectorId,
    mut outcome: Outcome,
    measured_us: BTreeMap<Stage, u64>,
) -> Result<Vec<AccountEvent>, Refusal> {
    match judge(state, operation_id, &outcome) {
        Judgement::Commit => {
            outcome.durations_us.extend(measured_us);
            let skipped = skipped_by(state, operation_id, &outcome);
            let ended = AccountEvent::Ended(Box::new(OperationEnded {
                operation_id,
                outcome,
            }));
            let skipped = skipped.map(AccountEvent::SequenceSkipped);
            Ok(std::iter::once(ended).chain(skipped).collect())
        }
        Judgement::Kept {
            because,
            known: false,
        } => Ok(vec![AccountEvent::OutcomeKept(Box::new(OutcomeKeptAsEvidence {
            operation_id,
            because,
            connector,
            outcome,
        }))]),
        Judgement::Repeated => Err(Refusal::ReportedBefore { kept: None }),
        Judgement::Kept { because, known: true } => Err(Refusal::ReportedBefore { kept: Some(because) }),
        Judgement::NotKnown => Err(Refusal::NotKnown),
    }
}

/// What the account goes on behind, if a marker from the future superseded the operation. Without it each of the numbers
/// that the log lost would supersede one more operation.
fn skipped_by(state: &AccountState, operation_id: OperationId, outcome: &Outcome) -> Option<SequenceSkipped> {
    if outcome.code != OutcomeCode::Superseded {
        return None;
    }
    let superseded = |reason: &&Reason| reason.code() == ReasonCode::Superseded;
    let reason = outcome.reasons.iter().find(superseded)?;
    let last: u64 = reason.field("sequence")?.parse().ok()?;
    let lost = last.checked_sub(state.last_sequence)?;
    (1..=MOST_SKIPPED).contains(&lost).then(|| SequenceSkipped {
        operation_id,
        first: state.last_sequence + 1,
        last,
        by: reason.field("by").and_then(|by| by.parse().ok()),
    })
}

fn known(state: &AccountState, operation: OperationId) -> Result<&Operation, Refusal> {
    state
        .operations
        .get(&operation)
        .map(AsRef::as_ref)
        .ok_or(Refusal::NotKnown)
}

fn waiting(state: &AccountState, operation: OperationId) -> Result<&Operation, Refusal> {
    let operation = known(state, operation)?;
    match operation.state {
        OperationState::Requested => Ok(operation),
        OperationState::Delivered { .. } | OperationState::InDoubt { .. } => Err(Refusal::InFlight),
        OperationState::Ended { .. } => Err(Refusal::Ended),
    }
}

fn end_here(operation: &Operation, code: OutcomeCode, reason: Reason, now_us: i64) -> AccountEvent {
    AccountEvent::Ended(Box::new(OperationEnded {
        operation_id: operation.request.operation_id,
        outcome: Outcome::decided_here(
            code,
            vec![reason],
            operation.attempt_in_force().unwrap_or(0),
            now_us,
        ),
    }))
}

fn after(moment_us: i64, duration: Duration) -> i64 {
    moment_us.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
