//! What a dead process or a broken stream left: what may have been sent is found out by the marker, and what has ended is
//! reported again. What can no longer land waits for the directory's word: it may have been told an end that was not
//! recorded here, and otherwise delivers again what was not sent. After a crash nothing is written that was not delivered
//! again.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::supervision::{Backoff, BackoffLimits};
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, OperationFate};
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::micros;
use tracing::{Instrument, info_span, warn};

use super::acknowledge::{Upon, record_close, record_unless};
use super::operation::Operation;
use super::report::{open_operation, outcome_name};
use super::run::Run;
use super::shared::Shared;
use crate::audit::operation::{Reported, StandDownCause, StoodDown};
use crate::audit::{AuditError, OperationEvent, OperationRecord, OperationStage};
use crate::domain::{Attempt, OperationId};

/// Why an operation is settled.
#[derive(Clone, Copy)]
enum Cause {
    /// The process has started, and there may be no stream yet. Only what may be under way is found out.
    Start,
    /// `Hello` listed it, and the directory waits for its outcome: it is brought to its end, whatever it takes.
    Continue,
    /// The directory has handed out this later attempt.
    TakenOver(Attempt),
}

/// Settles what a dead process left in doubt, each operation in a task of its own.
pub(super) async fn resume(pipeline: &Arc<Shared>) {
    for record in read_until_answered(|| pipeline.parts.audit.open_operations()).await {
        if !waits_for_its_fate(&record) {
            spawn_settling(pipeline, record.operation, Cause::Start);
        }
    }
}

/// Whether nothing of it can land any more, and it has no end: how it ends the directory says first.
fn waits_for_its_fate(record: &OperationRecord) -> bool {
    let attempt = record.attempt().unwrap_or(Attempt::FIRST);
    record.ended.is_none() && record.evidence.rules_out_late_write(attempt)
}

fn spawn_settling(pipeline: &Arc<Shared>, operation: OperationId, cause: Cause) {
    let pipeline = Arc::clone(pipeline);
    tokio::spawn(async move { Box::pin(settle(&pipeline, operation, cause)).await });
}

/// Does what `Welcome` says of an operation that `Hello` listed. `redelivers`: whether the directory delivers again what was
/// listed without its secret.
pub(super) async fn apply_fate(pipeline: &Arc<Shared>, fate: OperationFate, redelivers: bool) {
    let Ok(operation) = fate.operation_id.parse::<OperationId>() else {
        warn!("fate of an operation whose id is none");
        return;
    };
    match fate.kind() {
        FateKind::Continue => {
            let (pipeline, attempt) = (Arc::clone(pipeline), Attempt(fate.attempt));
            tokio::spawn(async move {
                if !(redelivers && stand_down_unsent(&pipeline, operation, attempt).await) {
                    Box::pin(settle(&pipeline, operation, Cause::Continue)).await;
                }
            });
        }
        FateKind::TakenOver => {
            pipeline.at_work.request_yield(operation);
            spawn_settling(pipeline, operation, Cause::TakenOver(Attempt(fate.attempt)));
        }
        FateKind::OutcomeRecorded => record_known_outcome(pipeline, operation, fate.outcome).await,
        FateKind::Closed => {
            record_close(
                pipeline,
                operation,
                outcome_name(fate.outcome),
                Vec::new(),
                Upon::AnyState,
            )
            .await;
        }
        FateKind::NotKnown => {
            pipeline
                .alarm(Reason::new(ReasonCode::Internal), Some(operation))
                .await;
            record_close(
                pipeline,
                operation,
                "NOT_KNOWN".to_owned(),
                Vec::new(),
                Upon::AnyState,
            )
            .await;
        }
        FateKind::Unspecified => warn!(%operation, "fate that this version does not know"),
    }
}

/// The open operations for `Hello`: every one that has no recorded end.
pub(super) async fn list_open_operations(pipeline: &Shared) -> Result<Vec<OpenOperation>, AuditError> {
    let open = pipeline.parts.audit.open_operations().await?;
    let listed = open.iter().filter_map(|record| {
        let listed = open_operation(record)?;
        Some(OpenOperation {
            secret_gone: is_left_unsent(pipeline, record),
            ..listed
        })
    });
    Ok(listed.collect())
}

/// Whether a dead process received it and sent nothing for it: the secret is gone, and the directory still has it. What has
/// expired can be ended as well as delivered again.
fn is_left_unsent(pipeline: &Shared, record: &OperationRecord) -> bool {
    let has_expired =
        Operation::from_record(record).is_some_and(|operation| operation.expiry.has_passed(pipeline.clock()));
    record.can_be_redelivered() && !has_expired && !pipeline.at_work.is_at(record.operation)
}

/// Stands down from an attempt that was listed without its secret. `false` if it stays ours.
async fn stand_down_unsent(pipeline: &Shared, operation: OperationId, attempt: Attempt) -> bool {
    let record = read_until_answered(|| pipeline.parts.audit.operation(operation)).await;
    if record.attempt() != Some(attempt) || !is_left_unsent(pipeline, &record) {
        return false;
    }
    let event = OperationEvent::StoodDown(StoodDown {
        attempt: attempt.0,
        why: StandDownCause::SecretGone,
        found_attempt: 0,
    });
    record_unless(pipeline, operation, event, |now| now.version != record.version).await;
    let now = read_until_answered(|| pipeline.parts.audit.operation(operation)).await;
    let stood_down = now
        .stood_down
        .is_some_and(|stood_down| stood_down.attempt == attempt.0);
    if stood_down {
        pipeline.send_stood_down(operation, attempt, Attempt(0)).await;
    }
    stood_down
}

/// Brings an operation to its end by what the log and the marker say.
async fn settle(pipeline: &Shared, id: OperationId, cause: Cause) {
    let audit = &pipeline.parts.audit;
    let before = read_until_answered(|| audit.operation(id)).await;
    let Some((anchor, attempt)) = before.received.as_ref().map(|r| (r.anchor, Attempt(r.attempt))) else {
        return;
    };
    match cause {
        Cause::Start if waits_for_its_fate(&before) => return,
        Cause::Start | Cause::Continue => {}
        Cause::TakenOver(_) => wait_until_free(pipeline, id).await,
    }
    let Some(slot) = pipeline.at_work.take_up(id, attempt) else {
        // Whoever is at it reports by the latest stream.
        return;
    };
    let _account = pipeline.at_work.lock(anchor).await;
    let record = read_until_answered(|| audit.operation(id)).await;
    let Some(operation) = Operation::from_record(&record) else {
        return;
    };
    if record.stage() == OperationStage::Done || record.attempt() != Some(attempt) {
        return;
    }
    if record.ended.is_some() {
        return pipeline.report_recorded_end(&record).await;
    }
    let span = info_span!("operation", operation_id = %id, attempt = attempt.0, recovery = true);
    if let Some(parent) = operation.trace_parent() {
        parent.set_as_parent_of(&span);
    }
    let mut run = Run::after_crash(pipeline, operation, &record, slot.yield_requested());
    let running = async {
        let finish = match cause {
            Cause::TakenOver(later) => run.stand_down_unless_written(later).await,
            Cause::Start | Cause::Continue => run.recover().await,
        };
        run.finish(finish).await;
    };
    running.instrument(span).await;
}

/// Waits until whoever was requested to give way has done so. A write under way ends within its time-out.
async fn wait_until_free(pipeline: &Shared, operation: OperationId) {
    let timeout = pipeline.parts.limits.write_deadline.saturating_mul(2);
    let _ = tokio::time::timeout(timeout, pipeline.at_work.wait_until_free(operation)).await;
}

/// The directory has an outcome already. Where none is recorded here, it was reported without the store: it is closed with
/// that outcome, unless its record is just being made.
async fn record_known_outcome(pipeline: &Shared, operation: OperationId, outcome: i32) {
    let settled = pipeline.unacknowledged.remove_all(operation);
    let record = read_until_answered(|| pipeline.parts.audit.operation(operation)).await;
    if record.ended.is_none() {
        record_close(
            pipeline,
            operation,
            outcome_name(outcome),
            Vec::new(),
            Upon::NoEnd,
        )
        .await;
    }
    let attempt = record.attempt().unwrap_or(Attempt::FIRST);
    let event = OperationEvent::Reported(Reported {
        attempt: attempt.0,
        disposition: "REPEATED".to_owned(),
        record_us: settled.map(|outcome| micros(outcome.record_took)),
        report_us: None,
    });
    record_unless(pipeline, operation, event, |record| {
        !record.is_open() || record.ended.is_none()
    })
    .await;
}

/// Reads the audit log for as long as it takes.
async fn read_until_answered<T, F>(mut read: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, AuditError>>,
{
    let mut backoff = Backoff::new(BackoffLimits {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(5),
        stable_after: Duration::MAX,
    });
    loop {
        match read().await {
            Ok(read) => return read,
            Err(error) => {
                warn!(%error, "audit log cannot be read, what is to be found out waits");
                tokio::time::sleep(backoff.next_delay(rand::random())).await;
            }
        }
    }
}
