//! The names of all metrics. Labels are of low cardinality: never an account, never a tenant.

pub mod delivery;

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::grpc::CallMetrics;
use groundwire_kit::metrics::duration_histogram;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::{OperationKind, Outcome, Stage};
use groundwire_proto::reasons::{Reason, class_label};

/// A thing that must never happen: somebody must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A report contradicts the outcome that stands.
    OutcomeConflict,
    /// A report for an operation that the log does not know.
    OperationNotKnown,
    /// A peer's log is not the one we saw.
    LogForked,
}

impl Alarm {
    const fn name(self) -> &'static str {
        match self {
            Self::OutcomeConflict => "outcome_conflict",
            Self::OperationNotKnown => "operation_not_known",
            Self::LogForked => "log_forked",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    class: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlarmLabels {
    alarm: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    reason: String,
}

/// The metrics of a directory. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    operations: Family<OperationLabels, Counter>,
    reasons: Family<ReasonLabels, Counter>,
    stages: Family<StageLabels, Histogram>,
    alarms: Family<AlarmLabels, Counter>,
    refusals: Family<RefusalLabels, Counter>,
    checks: Counter,
    suspected: Counter,
    open: Gauge,
    calls: CallMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// All at zero, beside those that another part registers.
    #[must_use]
    pub fn with(register_others: impl FnOnce(&mut Registry)) -> Self {
        let mut registry = Registry::with_prefix("groundwire_directory");
        let mut metrics = Self {
            registry: Arc::default(),
            operations: Family::default(),
            reasons: Family::default(),
            stages: Family::new_with_constructor(duration_histogram),
            alarms: Family::default(),
            refusals: Family::default(),
            checks: Counter::default(),
            suspected: Counter::default(),
            open: Gauge::default(),
            calls: CallMetrics::default(),
        };
        registry.register("operations", "Operations that ended", metrics.operations.clone());
        registry.register("reasons", "Reasons of outcomes", metrics.reasons.clone());
        registry.register(
            "stage_seconds",
            "Duration of each stage of an operation",
            metrics.stages.clone(),
        );
        registry.register("alarms", "Things that must never happen", metrics.alarms.clone());
        registry.register(
            "attempts_refused",
            "Calls that never became an operation",
            metrics.refusals.clone(),
        );
        registry.register(
            "operations_suspected",
            "Operations whose attempts were not answered several times in a row",
            metrics.suspected.clone(),
        );
        registry.register("checks", "Dry runs that were answered", metrics.checks.clone());
        registry.register(
            "open_operations",
            "Operations that wait or are handed out",
            metrics.open.clone(),
        );
        metrics.calls.register(&mut registry);
        register_others(&mut registry);
        metrics.registry = Arc::new(registry);
        metrics
    }

    /// What `/metrics` shows.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry)
    }

    /// The calls of the API and of the gateway.
    #[must_use]
    pub fn calls(&self) -> CallMetrics {
        self.calls.clone()
    }

    /// An operation ended.
    pub fn ended(&self, kind: OperationKind, outcome: &Outcome) {
        let labels = OperationLabels {
            kind: kind.as_str(),
            outcome: outcome.code.as_str(),
        };
        self.operations.get_or_create(&labels).inc();
        for reason in &outcome.reasons {
            self.reason(reason);
        }
        for (stage, us) in &outcome.durations_us {
            self.stage(*stage, Duration::from_micros(*us));
        }
    }

    fn reason(&self, reason: &Reason) {
        let labels = ReasonLabels {
            class: class_label(reason.spec().class),
            reason: reason.name(),
        };
        self.reasons.get_or_create(&labels).inc();
    }

    /// A stage took so long.
    pub fn stage(&self, stage: Stage, duration: Duration) {
        let labels = StageLabels {
            stage: stage.as_str(),
        };
        self.stages.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// Something that must never happen.
    pub fn alarm(&self, alarm: Alarm) {
        self.alarms
            .get_or_create(&AlarmLabels { alarm: alarm.name() })
            .inc();
    }

    /// A call that never became an operation.
    pub fn refused(&self, reason: &str) {
        self.refusals
            .get_or_create(&RefusalLabels {
                reason: reason.to_owned(),
            })
            .inc();
    }

    /// The attempts at an operation are not answered.
    pub fn operation_suspected(&self) {
        self.suspected.inc();
    }

    /// A dry run was answered.
    pub fn checked(&self) {
        self.checks.inc();
    }

    /// So many operations more (or fewer) are open.
    pub fn open_changed(&self, by: i64) {
        self.open.inc_by(by);
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::metrics::DURATION_EDGES;
    use groundwire_kit::testing::histogram_edges;

    use super::*;

    #[test]
    fn stages_have_the_edges_that_both_services_share() {
        let metrics = Metrics::new();
        metrics.stage(Stage::Write, Duration::from_millis(20));
        assert_eq!(
            histogram_edges(&metrics.registry(), "stage_seconds"),
            DURATION_EDGES
        );
    }
}
