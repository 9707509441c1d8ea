//! Outcomes that this process recorded and the directory has not acknowledged: what the acknowledgement's record needs,
//! so that the log need not be read for it.

use std::collections::HashMap;
use std::time::Duration;

use groundwire_eventlog::{Metadata, StreamVersion};
use groundwire_kit::clock::BootInstant;
use groundwire_kit::telemetry::trace_context::TraceParent;
use parking_lot::Mutex;
use time::OffsetDateTime;

use crate::domain::{Attempt, OperationId};

/// An outcome that was recorded and is not acknowledged.
pub(super) struct UnacknowledgedOutcome {
    /// The version of the operation's stream after the outcome's record.
    pub(super) version: StreamVersion,
    pub(super) attempt: Attempt,
    /// How long recording it took.
    pub(super) record_took: Duration,
    pub(super) recorded_at: BootInstant,
    pub(super) recorded_at_wall: OffsetDateTime,
    /// The span that the stage `report` belongs to.
    pub(super) parent: Option<TraceParent>,
    pub(super) metadata: Metadata,
}

/// The outcomes that are not acknowledged, by operation.
#[derive(Default)]
pub(super) struct UnacknowledgedOutcomes(Mutex<HashMap<OperationId, UnacknowledgedOutcome>>);

impl UnacknowledgedOutcomes {
    pub(super) fn insert(&self, operation: OperationId, outcome: UnacknowledgedOutcome) {
        self.0.lock().insert(operation, outcome);
    }

    /// How long recording the operation's outcome took, if this process recorded it.
    pub(super) fn record_took(&self, operation: OperationId) -> Option<Duration> {
        self.0.lock().get(&operation).map(|outcome| outcome.record_took)
    }

    /// Removes the outcome of an operation that needs no acknowledgement any more.
    pub(super) fn remove_all(&self, operation: OperationId) -> Option<UnacknowledgedOutcome> {
        self.0.lock().remove(&operation)
    }

    /// Removes the outcome that the acknowledgement of an attempt is for. That of an older attempt leaves a later one's
    /// outcome where it is.
    pub(super) fn remove(&self, operation: OperationId, attempt: Attempt) -> Option<UnacknowledgedOutcome> {
        let mut outcomes = self.0.lock();
        let is_meant = outcomes
            .get(&operation)
            .is_some_and(|outcome| outcome.attempt <= attempt);
        is_meant.then(|| outcomes.remove(&operation)).flatten()
    }
}
