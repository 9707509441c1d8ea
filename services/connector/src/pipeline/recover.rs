//! What a dead process or a broken stream left: what may have been sent is found out by the marker, what was not sent is
//! left for the directory to deliver again, and what has ended is reported again. After a crash nothing is written that
//! was not delivered again.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::supervision::{Backoff, BackoffLimits};
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, OperationFate};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::acknowledge::{record_close, record_unless};
use super::at_work::Admission;
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
    /// The process has started, and there may be no stream yet. What was received and never intended is left alone.
    Start,
    /// `Hello` listed it, and the directory waits for its outcome: it is brought to its end, whatever it takes.
    Continue,
    /// The directory has handed out this later attempt.
    TakenOver(Attempt),
}

/// Settles what a dead process left in doubt, each operation in a task of its own.
pub(super) async fn resume(pipeline: &Arc<Shared>) {
    for record in read_until_answered(|| pipeline.parts.audit.open_operations()).await {
        spawn_settling(pipeline, record.operation, Cause::Start);
    }
}

fn spawn_settling(pipeline: &Arc<Shared>, operation: OperationId, cause: Cause) {
    let pipeline = Arc::clone(pipeline);
    tokio::spawn(async move { Box::pin(settle(&pipeline, operation, cause)).await });
}

/// Does what `Welcome` says of an operation that `Hello` listed.
pub(super) async fn apply_fate(pipeline: &Arc<Shared>, fate: OperationFate) {
    let Ok(operation) = fate.operation_id.parse::<OperationId>() else {
        warn!("fate of an operation whose id is none");
        return;
    };
    match fate.kind() {
        FateKind::Continue => spawn_settling(pipeline, operation, Cause::Continue),
        FateKind::TakenOver => {
            pipeline.at_work.request_yield(operation);
            spawn_settling(pipeline, operation, Cause::TakenOver(Attempt(fate.attempt)));
        }
        FateKind::OutcomeRecorded => record_known_outcome(pipeline, operation, fate.outcome).await,
        FateKind::Closed => {
            record_close(pipeline, operation, outcome_name(fate.outcome), Vec::new()).await;
        }
        FateKind::NotKnown => {
            pipeline
                .alarm(Reason::new(ReasonCode::Internal), Some(operation))
                .await;
            record_close(pipeline, operation, "NOT_KNOWN".to_owned(), Vec::new()).await;
        }
        FateKind::Unspecified => warn!(%operation, "fate that this version does not know"),
    }
}

/// The open operations for `Hello`. What the directory can deliver again is stood down from first, and not listed.
pub(super) async fn list_open_operations(pipeline: &Shared) -> Result<Vec<OpenOperation>, AuditError> {
    let mut listed = Vec::new();
    for record in pipeline.parts.audit.open_operations().await? {
        if pipeline.at_work.is_at(record.operation) || !stand_down_unsent(pipeline, &record).await {
            listed.extend(open_operation(&record));
        }
    }
    Ok(listed)
}

/// Stands down from an operation that a dead process received and sent nothing for: the secret is gone, and the directory
/// still has it. `false` if it stays ours.
async fn stand_down_unsent(pipeline: &Shared, record: &OperationRecord) -> bool {
    if !record.can_be_redelivered() {
        return false;
    }
    let event = OperationEvent::StoodDown(StoodDown {
        attempt: record.attempt().unwrap_or(Attempt::FIRST).0,
        why: StandDownCause::SecretGone,
        found_attempt: 0,
    });
    record_unless(pipeline, record.operation, event, |now| {
        now.version != record.version
    })
    .await;
    let now = pipeline.parts.audit.operation(record.operation).await;
    matches!(now, Ok(now) if !now.is_open())
}

/// Brings an operation to its end by what the log and the marker say.
async fn settle(pipeline: &Shared, id: OperationId, cause: Cause) {
    let audit = &pipeline.parts.audit;
    let before = read_until_answered(|| audit.operation(id)).await;
    let Some((anchor, attempt)) = before.received.as_ref().map(|r| (r.anchor, Attempt(r.attempt))) else {
        return;
    };
    match cause {
        Cause::Start if is_left_for_hello(pipeline, &before) => return,
        Cause::Start | Cause::Continue => {}
        Cause::TakenOver(_) => wait_until_free(pipeline, id).await,
    }
    let Admission::Admitted(slot) = pipeline.at_work.enter(id, attempt, "") else {
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

/// Whether [`list_open_operations`] is to stand down from it. If it were begun upon here, `Hello` would list it, and the
/// directory would wait for an outcome instead of delivering it again.
fn is_left_for_hello(pipeline: &Shared, record: &OperationRecord) -> bool {
    let has_expired =
        Operation::from_record(record).is_some_and(|operation| operation.expiry.has_passed(pipeline.clock()));
    record.can_be_redelivered() && !has_expired
}

/// Waits until whoever was requested to give way has done so. A write under way ends within its time-out.
async fn wait_until_free(pipeline: &Shared, operation: OperationId) {
    let timeout = pipeline.parts.limits.write_deadline.saturating_mul(2);
    let _ = tokio::time::timeout(timeout, pipeline.at_work.wait_until_free(operation)).await;
}

/// The directory has an outcome already: ours, or (where we have none) another's.
async fn record_known_outcome(pipeline: &Shared, operation: OperationId, outcome: i32) {
    let record = read_until_answered(|| pipeline.parts.audit.operation(operation)).await;
    match record.ended.zip(record.received) {
        None => record_close(pipeline, operation, outcome_name(outcome), Vec::new()).await,
        Some((_, received)) => {
            let event = OperationEvent::Reported(Reported {
                attempt: received.attempt,
                disposition: "REPEATED".to_owned(),
                record_us: None,
                report_us: None,
            });
            record_unless(pipeline, operation, event, |record| !record.is_open()).await;
        }
    }
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
