//! Where an operation's time goes: durations for its outcome, and the stages as spans of its trace.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_kit::clock::{BootInstant, Clock};
use groundwire_kit::telemetry::trace_context::{TraceParent, record_stage};
use groundwire_proto::time::micros;

use crate::domain::Stage;

/// The stages of one operation, as far as the directory measures them.
pub(super) struct Timings {
    /// Since when the operation is recorded.
    pub(super) recorded_at: BootInstant,
    /// When its event was sent last.
    pub(super) sent_at: Option<BootInstant>,
    /// The stages that are over, in µs.
    pub(super) durations_us: BTreeMap<Stage, u64>,
}

impl Timings {
    pub(super) const fn new(recorded_at: BootInstant) -> Self {
        Self {
            recorded_at,
            sent_at: None,
            durations_us: BTreeMap::new(),
        }
    }

    /// Notes how long a stage took.
    pub(super) fn note(&mut self, stage: Stage, took: Duration) {
        self.durations_us.insert(stage, micros(took));
    }
}

/// A span for a stage that ended just now, measured on the boot clock, in the trace of its operation.
pub(crate) fn record_span(clock: &dyn Clock, traceparent: Option<&str>, stage: Stage, took: Duration) {
    let Some(parent) = traceparent.and_then(TraceParent::parse) else {
        return;
    };
    let end = clock.now();
    let start = end - time::Duration::try_from(took).unwrap_or(time::Duration::ZERO);
    record_stage(&parent, stage.as_str(), start, end, &[]);
}
