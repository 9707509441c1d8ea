//! What all operations of one process share: the parts of the pipeline, and what is known only while the process lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use groundwire_kit::clock::Clock;
use groundwire_proto::gateway::v1::StoodDown;
use groundwire_proto::reasons::{Reason, ReasonCode};
use parking_lot::Mutex;
use tracing::{error, warn};

use super::at_work::AtWork;
use super::check_slots::CheckSlots;
use super::parts::PipelineParts;
use super::report::outcome_report;
use super::sink::{OutcomeSink, Upward};
use super::unacknowledged::UnacknowledgedOutcomes;
use crate::audit::connector_events::AlarmRaised;
use crate::audit::{ConnectorEvent, OperationRecord};
use crate::domain::{Attempt, OperationId};

/// What all operations share. No `Debug`: it holds keys.
pub(super) struct Shared {
    pub(super) parts: PipelineParts,
    pub(super) at_work: Arc<AtWork>,
    pub(super) unacknowledged: UnacknowledgedOutcomes,
    pub(super) check_slots: CheckSlots,
    /// The sink of the latest stream: an operation may outlive the stream that it came by.
    sink: Mutex<Option<OutcomeSink>>,
    in_doubt: AtomicUsize,
    clock_offset_ms: AtomicI64,
}

impl Shared {
    pub(super) fn new(parts: PipelineParts) -> Self {
        let check_slots = CheckSlots::new(parts.limits.checks_at_once, parts.limits.check_patience);
        Self {
            parts,
            check_slots,
            at_work: Arc::default(),
            unacknowledged: UnacknowledgedOutcomes::default(),
            sink: Mutex::new(None),
            in_doubt: AtomicUsize::new(0),
            clock_offset_ms: AtomicI64::new(0),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.parts.clock.as_ref()
    }

    /// Sends frames to this stream from now on.
    pub(super) fn replace_sink(&self, sink: OutcomeSink) {
        *self.sink.lock() = Some(sink);
    }

    /// Sends a frame by the latest stream, if there is one. What matters is in the log.
    pub(super) async fn send_up(&self, frame: Upward) {
        let sink = self.sink.lock().clone();
        if let Some(sink) = sink {
            sink.send(frame).await;
        }
    }

    /// Tells the directory that a later attempt of the operation was found.
    pub(super) async fn send_stood_down(&self, operation: OperationId, attempt: Attempt, found: Attempt) {
        self.send_up(Upward::StoodDown(StoodDown {
            operation_id: operation.to_string(),
            attempt: attempt.0,
            found_attempt: found.0,
        }))
        .await;
    }

    /// Reports the end that the log has, if it has one, for the latest attempt that was received.
    pub(super) async fn report_recorded_end(&self, record: &OperationRecord) {
        let Some((ended, attempt)) = record.ended.as_ref().zip(record.attempt()) else {
            return;
        };
        let record_took = self.unacknowledged.record_took(record.operation);
        let head = self.parts.audit.head_seen();
        let report = outcome_report(record.operation, ended, attempt, record_took, head, None);
        self.send_up(Upward::Outcome(Box::new(report))).await;
    }

    /// Raises an alarm, which a human must look at: it is logged, counted and recorded.
    pub(super) async fn alarm(&self, reason: Reason, operation: Option<OperationId>) {
        error!(
            operation = operation.map(|id| id.to_string()),
            reason = reason.name(),
            "alarm"
        );
        self.parts.observer.observe_alarm(reason.code());
        let event = ConnectorEvent::AlarmRaised(AlarmRaised { reason, operation });
        self.note(&event).await;
    }

    /// Records an event of the connector itself, unless the store is away.
    pub(super) async fn note(&self, event: &ConnectorEvent) {
        if let Err(error) = self.parts.audit.note(event).await {
            warn!(%error, event = event.event_type(), "audit store did not record");
        }
    }

    /// Counts an operation as in doubt until the guard is dropped.
    pub(super) fn count_in_doubt(&self) -> InDoubtGuard<'_> {
        let now = self.in_doubt.fetch_add(1, Ordering::Relaxed) + 1;
        self.parts.observer.observe_in_doubt(now);
        InDoubtGuard(self)
    }

    pub(super) fn operations_in_doubt(&self) -> usize {
        self.in_doubt.load(Ordering::Relaxed)
    }

    pub(super) fn set_clock_offset_ms(&self, milliseconds: i64) {
        self.clock_offset_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// Why nothing may be written now, if our clock cannot be trusted: by what heartbeats show of the directory's, and by how
    /// far that was ahead when it signed the event.
    pub(super) fn judge_clock(&self, signed_ahead_ms: i64) -> Option<Reason> {
        let tolerance = i64::try_from(self.parts.limits.clock_tolerance.as_millis()).unwrap_or(i64::MAX);
        let measured = self.clock_offset_ms();
        let offset = if measured.abs() >= signed_ahead_ms {
            measured
        } else {
            signed_ahead_ms
        };
        (offset.abs() > tolerance)
            .then(|| Reason::new(ReasonCode::ClockUntrusted).with("offset_seconds", offset / 1_000))
    }

    /// How far the directory's clock is ahead of ours, as heartbeats show.
    fn clock_offset_ms(&self) -> i64 {
        self.clock_offset_ms.load(Ordering::Relaxed)
    }
}

/// Counts one operation as in doubt.
pub(super) struct InDoubtGuard<'a>(&'a Shared);

impl Drop for InDoubtGuard<'_> {
    fn drop(&mut self) {
        let before = self.0.in_doubt.fetch_sub(1, Ordering::Relaxed);
        self.0.parts.observer.observe_in_doubt(before.saturating_sub(1));
    }
}
