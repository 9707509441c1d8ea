//! What the directory says of an end, recorded: that it has the outcome, or that the operation ended without our report.

use groundwire_eventlog::{Metadata, StreamVersion};
use groundwire_kit::telemetry::trace_context::record_stage;
use groundwire_proto::gateway::v1::{OperationClosed, OutcomeRecorded, RecordedDisposition};
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::micros;
use tracing::warn;

use super::operation::metadata;
use super::report::{disposition_name, outcome_name};
use super::shared::Shared;
use super::unacknowledged::UnacknowledgedOutcome;
use crate::audit::operation::{Closed, Reported, code_names};
use crate::audit::{AuditError, Entry, OperationEvent, OperationRecord, OperationStage, Personal};
use crate::domain::{Attempt, OperationId, Stage};

/// How often something is recorded anew because the stream had moved on.
const MOST_TRIES: u32 = 5;

/// Records that the directory has an outcome.
pub(super) async fn record_acknowledgement(pipeline: &Shared, recorded: OutcomeRecorded) {
    let Ok(operation) = recorded.operation_id.parse::<OperationId>() else {
        warn!("acknowledgement of an operation whose id is none");
        return;
    };
    let attempt = Attempt(recorded.attempt);
    let outcome = pipeline.unacknowledged.remove(operation, attempt);
    let report_took = outcome
        .as_ref()
        .map(|outcome| pipeline.clock().elapsed(outcome.recorded_at));
    if let Some((outcome, took)) = outcome.as_ref().zip(report_took) {
        pipeline.parts.observer.observe_report(took);
        if let Some(parent) = &outcome.parent {
            let start = outcome.recorded_at_wall;
            record_stage(parent, Stage::Report.as_str(), start, start + took, &[]);
        }
    }
    if recorded.disposition() == RecordedDisposition::Conflicting {
        pipeline
            .alarm(Reason::new(ReasonCode::Internal), Some(operation))
            .await;
    }
    let event = OperationEvent::Reported(Reported {
        attempt: recorded.attempt,
        disposition: disposition_name(recorded.disposition),
        record_us: outcome.as_ref().map(|outcome| micros(outcome.record_took)),
        report_us: report_took.map(micros),
    });
    if let Some(outcome) = outcome.filter(|outcome| outcome.attempt == attempt)
        && record_after(pipeline, operation, outcome, event.clone()).await
    {
        return;
    }
    // Only an end is acknowledged, and only to the attempt that it was reported for: recorded upon an operation that is
    // under way, an older attempt's acknowledgement would be its end.
    record_unless(pipeline, operation, event, |record| {
        record.stage() != OperationStage::EndedNotReported || record.attempt() != Some(attempt)
    })
    .await;
}

/// Records an acknowledgement right after the outcome's own record. In most cases nothing was recorded in between, and
/// the log need not be read. `false` if the stream has moved on.
async fn record_after(
    pipeline: &Shared,
    operation: OperationId,
    outcome: UnacknowledgedOutcome,
    event: OperationEvent,
) -> bool {
    let entry = entry(operation, outcome.version, event, outcome.metadata);
    match pipeline.parts.audit.record(entry).await {
        Ok(_) => true,
        Err(AuditError::Overtaken | AuditError::NotKnown) => false,
        Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
            // `Hello` lists the operation at the next attach, and the directory acknowledges it again.
            warn!(%operation, %error, "acknowledgement was not recorded");
            true
        }
    }
}

/// Records that an operation ended without our report.
pub(super) async fn close_operation(pipeline: &Shared, closed: OperationClosed) {
    let Ok(operation) = closed.operation_id.parse::<OperationId>() else {
        warn!("end of an operation whose id is none");
        return;
    };
    let reasons = code_names(closed.reasons());
    record_close(
        pipeline,
        operation,
        outcome_name(closed.outcome),
        reasons,
        Upon::AnyState,
    )
    .await;
}

/// Upon what an end that was not ours is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Upon {
    /// Whatever is open, also an end of ours that the directory did not take.
    AnyState,
    /// Only where no end of ours is recorded.
    NoEnd,
}

/// Records an end that was not ours; whoever is at the operation gives way, and no acknowledgement is waited for.
pub(super) async fn record_close(
    pipeline: &Shared,
    operation: OperationId,
    outcome: String,
    reasons: Vec<String>,
    upon: Upon,
) {
    pipeline.at_work.request_yield(operation);
    pipeline.unacknowledged.remove_all(operation);
    let event = OperationEvent::Closed(Closed { outcome, reasons });
    record_unless(pipeline, operation, event, |record| {
        !record.is_open() || (upon == Upon::NoEnd && record.ended.is_some())
    })
    .await;
}

/// Records an event upon whatever the stream says, unless that makes it needless.
pub(super) async fn record_unless(
    pipeline: &Shared,
    operation: OperationId,
    event: OperationEvent,
    needless: impl Fn(&OperationRecord) -> bool,
) {
    let audit = &pipeline.parts.audit;
    for _ in 0..MOST_TRIES {
        let recorded = async {
            let record = audit.operation(operation).await?;
            if record.received.is_none() || needless(&record) {
                return Ok(());
            }
            let metadata = metadata(record.metadata.actor, record.metadata.traceparent);
            let entry = entry(operation, record.version, event.clone(), metadata);
            audit.record(entry).await.map(drop)
        };
        match recorded.await {
            Ok(()) => return,
            Err(AuditError::Overtaken | AuditError::NotKnown) => {}
            Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                warn!(%operation, %error, event = event.event_type(), "audit store did not record");
                return;
            }
        }
    }
    warn!(%operation, event = event.event_type(), "the operation's stream moves too fast, not recorded");
}

fn entry(
    operation: OperationId,
    expected: StreamVersion,
    event: OperationEvent,
    metadata: Metadata,
) -> Entry {
    Entry {
        operation,
        expected,
        event,
        metadata,
        personal: Personal::default(),
    }
}
