//! The connector's metrics: the one file of their names. Labels are few and fixed: never an account, a tenant or a
//! password's property.

use std::time::Duration;

use groundwire_kit::grpc::CallMetrics;
use groundwire_kit::metrics::duration_histogram;
use groundwire_proto::reasons::{Reason, ReasonCode, class_label, name};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::audit::operation::Ended;
use crate::domain::Stage;
use crate::pipeline::Observer;
use crate::uplink::{LinkState, SyncEnded};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    kind: &'static str,
    end: &'static str,
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
struct VerdictLabels {
    verdict: &'static str,
}

/// All metrics. Clones are the same.
#[derive(Debug, Clone)]
pub struct Metrics {
    operations: Family<EndLabels, Counter>,
    reasons: Family<ReasonLabels, Counter>,
    stages: Family<StageLabels, Histogram>,
    checks: Family<VerdictLabels, Counter>,
    alarms: Family<ReasonLabels, Counter>,
    in_doubt: Gauge,
    attached: Gauge,
    attachments: Gauge,
    clock_offset_ms: Gauge,
    log_forks: Gauge,
    synced_accounts: Gauge,
    syncs: Counter,
    syncs_failed: Gauge,
    synced_at: Gauge,
    skipped_accounts: Gauge,
    removals_held: Gauge,
    calls: CallMetrics,
}

impl Metrics {
    /// Registers them all.
    #[must_use]
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            operations: Family::default(),
            reasons: Family::default(),
            stages: Family::new_with_constructor(duration_histogram),
            checks: Family::default(),
            alarms: Family::default(),
            in_doubt: Gauge::default(),
            attached: Gauge::default(),
            attachments: Gauge::default(),
            clock_offset_ms: Gauge::default(),
            log_forks: Gauge::default(),
            synced_accounts: Gauge::default(),
            syncs: Counter::default(),
            syncs_failed: Gauge::default(),
            synced_at: Gauge::default(),
            skipped_accounts: Gauge::default(),
            removals_held: Gauge::default(),
            calls: CallMetrics::default(),
        };
        metrics.register(registry.sub_registry_with_prefix("groundwire_connector"));
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        self.calls.register(registry);
        registry.register(
            "operations",
            "Operations that ended, by kind and end",
            self.operations.clone(),
        );
        registry.register(
            "reasons",
            "Reasons of operations that were not applied",
            self.reasons.clone(),
        );
        registry.register_with_unit(
            "stage",
            "How long each stage of an operation took",
            Unit::Seconds,
            self.stages.clone(),
        );
        registry.register("checks", "Dry runs answered, by verdict", self.checks.clone());
        registry.register("alarms", "What a human must look at", self.alarms.clone());
        registry.register(
            "operations_in_doubt",
            "Operations whose write is being found out",
            self.in_doubt.clone(),
        );
        registry.register(
            "attached",
            "1 while a stream to the directory stands",
            self.attached.clone(),
        );
        registry.register(
            "attachments",
            "Streams attached since the start",
            self.attachments.clone(),
        );
        registry.register(
            "clock_offset_milliseconds",
            "The directory's clock less ours, as last measured",
            self.clock_offset_ms.clone(),
        );
        registry.register(
            "log_forks",
            "Log forks noticed since the start",
            self.log_forks.clone(),
        );
        registry.register(
            "synced_accounts",
            "Accounts of the last sync",
            self.synced_accounts.clone(),
        );
        registry.register(
            "account_syncs",
            "Account syncs that the directory answered",
            self.syncs.clone(),
        );
        registry.register(
            "account_syncs_failed",
            "Account syncs that failed since the last one that was done",
            self.syncs_failed.clone(),
        );
        registry.register_with_unit(
            "account_sync_done_timestamp",
            "When the last account sync was done (unix time); 0 if none was since the start",
            Unit::Seconds,
            self.synced_at.clone(),
        );
        registry.register(
            "skipped_accounts",
            "Accounts that the directory left out of the last sync, because it cannot store them",
            self.skipped_accounts.clone(),
        );
        registry.register(
            "account_removals_held",
            "1 while removals wait for confirm-removals",
            self.removals_held.clone(),
        );
    }

    /// The calls of the audit API.
    #[must_use]
    pub fn calls(&self) -> CallMetrics {
        self.calls.clone()
    }

    /// Sets what is shown of the link.
    pub fn set_link(&self, state: &LinkState) {
        self.attached.set(i64::from(state.attached));
        self.attachments
            .set(i64::try_from(state.attachments).unwrap_or(i64::MAX));
        self.clock_offset_ms.set(state.clock_offset_ms.unwrap_or(0));
        self.log_forks.set(i64::try_from(state.forks).unwrap_or(i64::MAX));
    }

    /// Records how a sync ended.
    pub fn record_sync(&self, ended: SyncEnded) {
        self.syncs_failed
            .set(i64::try_from(ended.failed).unwrap_or(i64::MAX));
        let Some(done) = ended.done.filter(|_| ended.failed == 0) else {
            return;
        };
        self.syncs.inc();
        self.synced_at.set(done.at_us / 1_000_000);
        self.skipped_accounts
            .set(i64::try_from(done.skipped).unwrap_or(i64::MAX));
        self.synced_accounts
            .set(i64::try_from(done.accounts).unwrap_or(i64::MAX));
        self.removals_held.set(i64::from(!done.removed_missing));
    }

    fn stage(&self, stage: Stage, took: Duration) {
        self.stages
            .get_or_create(&StageLabels {
                stage: stage.as_str(),
            })
            .observe(took.as_secs_f64());
    }
}

impl Observer for Metrics {
    fn observe_end(&self, ended: &Ended) {
        let labels = EndLabels {
            kind: ended.kind.as_str(),
            end: ended.end.event_type(),
        };
        self.operations.get_or_create(&labels).inc();
        for reason in &ended.reasons {
            self.reasons.get_or_create(&reason_labels(reason)).inc();
        }
        for (stage, took) in ended.durations.stages() {
            self.stage(stage, took);
        }
    }

    fn observe_record(&self, took: Duration) {
        self.stage(Stage::Record, took);
    }

    fn observe_report(&self, took: Duration) {
        self.stage(Stage::Report, took);
    }

    fn observe_check(&self, reasons: &[Reason]) {
        let verdict = if reasons.is_empty() { "passes" } else { "refused" };
        self.checks.get_or_create(&VerdictLabels { verdict }).inc();
    }

    fn observe_alarm(&self, code: ReasonCode) {
        self.alarms
            .get_or_create(&reason_labels(&Reason::new(code)))
            .inc();
    }

    fn observe_in_doubt(&self, operations: usize) {
        self.in_doubt.set(i64::try_from(operations).unwrap_or(i64::MAX));
    }
}

fn reason_labels(reason: &Reason) -> ReasonLabels {
    ReasonLabels {
        class: class_label(reason.spec().class),
        reason: name(reason.code()),
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::metrics::DURATION_EDGES;
    use groundwire_kit::testing::histogram_edges;

    use super::*;

    #[test]
    fn stages_have_the_edges_that_both_services_share() {
        let mut registry = Registry::default();
        let metrics = Metrics::new(&mut registry);
        metrics.observe_record(Duration::from_millis(20));
        assert_eq!(histogram_edges(&registry, "stage_seconds"), DURATION_EDGES);
    }
}
