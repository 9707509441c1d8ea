//! The last steps of an operation: the end is recorded, then reported; the acknowledgement is recorded too.

use std::sync::PoisonError;
use std::time::Duration;

use groundwire_eventlog::{Metadata, StreamVersion};
use groundwire_kit::clock::BootInstant;
use groundwire_kit::telemetry::trace_context::{TraceParent, record_stage};
use groundwire_proto::gateway::v1::{OperationClosed, OutcomeRecorded, RecordedDisposition, StoodDown};
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::micros;
use time::OffsetDateTime;
use tracing::{Instrument, Span, info, info_span, warn};

use super::Inner;
use super::crash_point::CrashPoint;
use super::report::{disposition_word, outcome_report, outcome_word};
use super::run::{Finish, Next, Run};
use super::secret::SecretInHand;
use super::sink::Upward;
use crate::audit::operation::{Closed, Ended, Personal, Reported, code_names};
use crate::audit::{AuditError, Entry, OperationEvent, OperationRecord, OperationStage};
use crate::domain::{Attempt, OperationId, Stage};

/// How often something is recorded anew because the stream had moved on.
const MOST_TRIES: u32 = 5;

/// An outcome that was recorded and is not acknowledged.
pub(super) struct Awaiting {
    version: StreamVersion,
    attempt: Attempt,
    record: Duration,
    since: BootInstant,
    since_wall: OffsetDateTime,
    parent: Option<TraceParent>,
    metadata: Metadata,
}

impl Inner {
    pub(super) async fn finish(&self, run: &mut Run<'_>, finish: Finish) {
        // Nothing is sent any more, and recording the end may take as long as the store is away.
        run.secret = SecretInHand::gone(run.operation.kind);
        let operation = run.operation.id;
        match finish {
            Finish::Ended(ended, personal) => {
                if let Some(took) = self.record_end(run, &ended, personal).await {
                    self.crash_points.reached(CrashPoint::AfterOutcome).await;
                    self.report_end(run, &ended, Some(took)).await;
                }
            }
            Finish::EndedWithoutStore(ended, personal) => {
                // Nothing was sent and nothing will be: the caller need not wait for the store.
                self.report_end(run, &ended, None).await;
                self.record_end(run, &ended, personal).await;
            }
            Finish::StoodDown(to) => {
                self.send_up(Upward::StoodDown(StoodDown {
                    operation_id: operation.to_string(),
                    attempt: run.operation.attempt.0,
                    found_attempt: to.0,
                }))
                .await;
            }
            Finish::Overtaken => info!(%operation, "somebody else has the operation, left to them"),
        }
    }

    /// Records an end; tries for as long as it takes, unless somebody else has the operation. Answers how long it took.
    async fn record_end(&self, run: &mut Run<'_>, ended: &Ended, personal: Personal) -> Option<Duration> {
        let event = OperationEvent::Ended(Box::new(ended.clone()));
        loop {
            let start = self.clock.boot();
            let recording = run
                .record(event.clone(), personal.clone())
                .instrument(info_span!("record"));
            let error = match recording.await {
                Ok(()) => {
                    let took = self.clock.elapsed(start);
                    self.await_acknowledgement(run, took);
                    self.observer.ended(ended);
                    self.observer.recorded(took);
                    return Some(took);
                }
                Err(error) => error,
            };
            match error {
                AuditError::Overtaken | AuditError::NotKnown => {
                    match self.audit.operation(run.operation.id).await {
                        Ok(record) if record.ended.as_ref() == Some(ended) => {
                            run.version = record.version;
                            let took = self.clock.elapsed(start);
                            self.await_acknowledgement(run, took);
                            self.observer.ended(ended);
                            return Some(took);
                        }
                        Ok(record) if is_still_ours(&record, run) => run.version = record.version,
                        Ok(_) => {
                            info!(operation = %run.operation.id, "somebody else has the operation, left to them");
                            return None;
                        }
                        Err(error) => {
                            warn!(operation = %run.operation.id, %error, "audit log cannot be read")
                        }
                    }
                }
                error @ (AuditError::Unavailable(_) | AuditError::Refused(_)) => {
                    warn!(operation = %run.operation.id, %error, "outcome is not recorded yet");
                }
            }
            let unavailable = Reason::new(ReasonCode::AuditStoreUnavailable);
            if let Next::Finish(_) = run.pause(&unavailable).await {
                return None;
            }
        }
    }

    fn await_acknowledgement(&self, run: &Run<'_>, record: Duration) {
        let awaiting = Awaiting {
            version: run.version,
            attempt: run.operation.attempt,
            record,
            since: self.clock.boot(),
            since_wall: self.clock.now(),
            parent: TraceParent::of(&Span::current()),
            metadata: run.operation.metadata.clone(),
        };
        self.awaiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.operation.id, awaiting);
    }

    async fn report_end(&self, run: &Run<'_>, ended: &Ended, record: Option<Duration>) {
        let dwell = self.clock.elapsed(run.began);
        let report = outcome_report(
            run.operation.id,
            ended,
            run.operation.attempt,
            record,
            self.audit.head_seen(),
            Some(dwell),
        );
        self.send_up(Upward::Outcome(Box::new(report))).await;
    }

    /// Reports what the log says, for the latest attempt that asked.
    pub(super) async fn report_from_log(&self, record: &OperationRecord) {
        let Some((ended, attempt)) = record.ended.as_ref().zip(record.attempt()) else {
            return;
        };
        let took = {
            let awaiting = self.awaiting.lock().unwrap_or_else(PoisonError::into_inner);
            awaiting.get(&record.operation).map(|awaiting| awaiting.record)
        };
        let head = self.audit.head_seen();
        let report = outcome_report(record.operation, ended, attempt, took, head, None);
        self.send_up(Upward::Outcome(Box::new(report))).await;
    }

    pub(super) async fn outcome_recorded(&self, recorded: OutcomeRecorded) {
        let Ok(operation) = recorded.operation_id.parse::<OperationId>() else {
            warn!("acknowledgement of an operation whose id is none");
            return;
        };
        let awaiting = {
            let mut awaiting = self.awaiting.lock().unwrap_or_else(PoisonError::into_inner);
            // What an older attempt is told of leaves the one that waits waiting.
            let meant = awaiting
                .get(&operation)
                .is_some_and(|awaiting| awaiting.attempt.0 <= recorded.attempt);
            meant.then(|| awaiting.remove(&operation)).flatten()
        };
        let report = awaiting
            .as_ref()
            .map(|awaiting| self.clock.elapsed(awaiting.since));
        if let Some((awaiting, took)) = awaiting.as_ref().zip(report) {
            self.observer.reported(took);
            if let Some(parent) = &awaiting.parent {
                record_stage(
                    parent,
                    Stage::Report.as_str(),
                    awaiting.since_wall,
                    awaiting.since_wall + took,
                    &[],
                );
            }
        }
        if recorded.disposition() == RecordedDisposition::Conflicting {
            self.alarm(Reason::new(ReasonCode::Internal), Some(operation))
                .await;
        }
        let event = OperationEvent::Reported(Reported {
            attempt: recorded.attempt,
            disposition: disposition_word(recorded.disposition),
            record_us: awaiting.as_ref().map(|awaiting| micros(awaiting.record)),
            report_us: report.map(micros),
        });
        // In most cases nothing was recorded since the end, and the log need not be read.
        if let Some(awaiting) = awaiting.filter(|awaiting| awaiting.attempt.0 == recorded.attempt) {
            let metadata = awaiting.metadata;
            let entry = entry(operation, awaiting.version, event.clone(), metadata);
            match self.audit.record(entry).await {
                Ok(_) => return,
                Err(AuditError::Overtaken | AuditError::NotKnown) => {}
                Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                    // The directory is asked again at the next attach.
                    warn!(%operation, %error, "acknowledgement was not recorded");
                    return;
                }
            }
        }
        // Only an end is acknowledged, and only to the attempt that it was told for: recorded upon an operation that is
        // under way, an older attempt's would be its end.
        let acknowledged = Some(Attempt(recorded.attempt));
        self.record_unless(operation, event, |record| {
            record.stage() != OperationStage::EndedNotReported || record.attempt() != acknowledged
        })
        .await;
    }

    pub(super) async fn closed(&self, closed: OperationClosed) {
        let Ok(operation) = closed.operation_id.parse::<OperationId>() else {
            warn!("end of an operation whose id is none");
            return;
        };
        let reasons = code_names(closed.reasons());
        self.close(operation, outcome_word(closed.outcome), reasons).await;
    }

    /// Records an end that was not ours; whoever is at the operation gives way.
    pub(super) async fn close(&self, operation: OperationId, outcome: String, reasons: Vec<String>) {
        self.at_work.ask_to_yield(operation);
        let event = OperationEvent::Closed(Closed { outcome, reasons });
        self.record_unless(operation, event, |record| !record.is_open())
            .await;
    }

    /// Records an event upon whatever the stream says, unless that makes it needless.
    pub(super) async fn record_unless(
        &self,
        operation: OperationId,
        event: OperationEvent,
        needless: impl Fn(&OperationRecord) -> bool,
    ) {
        for _ in 0..MOST_TRIES {
            let recorded = async {
                let record = self.audit.operation(operation).await?;
                if record.received.is_none() || needless(&record) {
                    return Ok(());
                }
                let metadata = Metadata {
                    actor: record.metadata.actor.clone(),
                    traceparent: record.metadata.traceparent.clone(),
                    ..Metadata::default()
                };
                self.audit
                    .record(entry(operation, record.version, event.clone(), metadata))
                    .await
                    .map(drop)
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

/// Whether nobody but us has gone on with the operation.
fn is_still_ours(record: &OperationRecord, run: &Run<'_>) -> bool {
    record.attempt() == Some(run.operation.attempt)
        && record.ended.is_none()
        && record.closed.is_none()
        && record.stood_down.is_none()
}
