//! What is not begun, and how that is answered: with `NotTaken`, after which it never is begun; what is wrong with an event
//! is recorded.

use std::time::Duration;

use groundwire_proto::gateway::v1::{NotTaken, NotTakenCause, PasswordEvent};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{info, warn};

use super::at_work::{Admission, Refusing, Slot};
use super::operation::Operation;
use super::shared::Shared;
use super::sink::Upward;
use super::verified_event::VerifiedEvent;
use crate::audit::ConnectorEvent;
use crate::audit::connector_events::EventRefused;
use crate::domain::{Attempt, OperationId};

/// How long an event waits for what is about to be free: the account, whose last operation may just be ending, or the
/// slot of an attempt that gives way. Much shorter than the directory waits for an answer.
pub(super) const SHORT_WAIT: Duration = Duration::from_millis(500);

/// The slot of an attempt that may be begun. `None`: it is not, and that was answered, or whoever has it answers.
pub(super) async fn enter(pipeline: &Shared, event: &VerifiedEvent) -> Option<Slot> {
    let (id, attempt) = (event.operation.id, event.operation.attempt);
    let enter = || pipeline.at_work.enter(id, attempt, &event.content_digest);
    let mut admission = enter();
    if matches!(admission, Admission::GivingWay) {
        let freed = pipeline.at_work.wait_until_free(id);
        admission = match tokio::time::timeout(SHORT_WAIT, freed).await {
            Ok(()) => enter(),
            Err(_elapsed) => Admission::GivingWay,
        };
    }
    let cause = match admission {
        Admission::Admitted(slot) => return Some(slot),
        Admission::AtWork { digest } => {
            if !event.says_what_had(&digest) {
                refuse_replay(pipeline, &event.operation, "other_content").await;
            }
            info!("event is at work already");
            return None;
        }
        Admission::TakenOver(later) => {
            pipeline.send_stood_down(id, attempt, later).await;
            return None;
        }
        Admission::GivingWay => {
            let cause = NotTakenCause::OperationAtWork;
            // If it was begun by a duplicate meanwhile, that one answers.
            if pipeline.at_work.refuse(id, attempt, cause) == Refusing::AtWork {
                return None;
            }
            cause
        }
        Admission::Refused(cause) => cause,
    };
    send_not_taken(pipeline, id, attempt, cause).await;
    None
}

/// The operation and the attempt that the frame names beside what is signed.
pub(super) fn named_in(event: &PasswordEvent) -> Option<(OperationId, Attempt)> {
    let operation = event.operation_id.parse().ok()?;
    (event.attempt > 0).then_some((operation, Attempt(event.attempt)))
}

/// Answers an event that cannot be verified or understood. Nothing vouches for which attempt it is: where that one was
/// received, or where that is not known, there is no answer.
pub(super) async fn answer_unverified(
    pipeline: &Shared,
    operation: OperationId,
    attempt: Attempt,
    cause: NotTakenCause,
) {
    match pipeline.at_work.refuse(operation, attempt, cause) {
        Refusing::AtWork => return,
        Refusing::Repeated(cause) => return send_not_taken(pipeline, operation, attempt, cause).await,
        Refusing::First => {}
    }
    match pipeline.parts.audit.operation(operation).await {
        Ok(record) if record.digest_of(attempt).is_none() => {
            send_not_taken(pipeline, operation, attempt, cause).await;
        }
        Ok(_) | Err(_) => pipeline.at_work.forget_refusal(operation, attempt),
    }
}

/// Tells the directory that an attempt was not begun. It must have been refused before, so that it never is.
pub(super) async fn send_not_taken(
    pipeline: &Shared,
    operation: OperationId,
    attempt: Attempt,
    cause: NotTakenCause,
) {
    warn!(%operation, attempt = attempt.0, cause = cause.as_str_name(), "attempt was not taken");
    let not_taken = NotTaken {
        operation_id: operation.to_string(),
        attempt: attempt.0,
        cause: cause.into(),
    };
    pipeline.send_up(Upward::NotTaken(not_taken)).await;
}

pub(super) async fn refuse_replay(pipeline: &Shared, operation: &Operation, difference: &'static str) {
    warn!(
        what = difference,
        "event refused: it was received before in another form"
    );
    let of = Some((operation.id, operation.attempt));
    record_refusal(pipeline, Reason::new(ReasonCode::Replayed), difference, of).await;
}

pub(super) async fn record_refusal(
    pipeline: &Shared,
    reason: Reason,
    what: &'static str,
    of: Option<(OperationId, Attempt)>,
) {
    pipeline.parts.observer.observe_alarm(reason.code());
    let refused = ConnectorEvent::EventRefused(EventRefused {
        reason,
        what: what.into(),
        operation: of.map(|(operation, _)| operation),
        attempt: of.map(|(_, attempt)| attempt.0),
    });
    pipeline.note(&refused).await;
}
