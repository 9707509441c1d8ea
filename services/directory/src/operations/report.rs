//! A connector's report of an outcome, on its way to the account's task, and what became of it.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::RecordedDisposition;

use super::port::AttachedConnector;
use crate::domain::{OperationId, Outcome, Stage};

/// A connector's report, parsed.
pub(crate) struct Report {
    pub(super) who: AttachedConnector,
    pub(super) operation: OperationId,
    pub(super) outcome: Outcome,
    /// How long the connector had the operation.
    pub(super) dwell: Option<Duration>,
    /// When the report arrived.
    pub(super) arrived: BootInstant,
}

/// What became of a report.
pub(crate) struct Recorded {
    pub(super) disposition: RecordedDisposition,
    /// Durations that only the directory knows.
    pub(super) durations_us: BTreeMap<Stage, u64>,
}

impl Recorded {
    pub(super) const fn without_durations(disposition: RecordedDisposition) -> Self {
        Self {
            disposition,
            durations_us: BTreeMap::new(),
        }
    }
}
