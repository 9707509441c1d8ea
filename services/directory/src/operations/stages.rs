//! Stages as spans: measured on the boot clock, shown in the operation's trace.

use std::time::Duration;

use groundwire_kit::clock::Clock;
use groundwire_kit::telemetry::trace_context::{TraceParent, record_stage};

use crate::domain::Stage;

/// A stage that ended just now and took so long.
pub(crate) fn span(clock: &dyn Clock, traceparent: Option<&str>, stage: Stage, took: Duration) {
    let Some(parent) = traceparent.and_then(TraceParent::parse) else {
        return;
    };
    let end = clock.now();
    let start = end - time::Duration::try_from(took).unwrap_or(time::Duration::ZERO);
    record_stage(&parent, stage.as_str(), start, end, &[]);
}
