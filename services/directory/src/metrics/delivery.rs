//! What enrolment, connectors' streams and syncs count. Labels are closed sets of words: never a tenant, a connector or an account.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Why or how.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Why {
    /// One of a closed set of words.
    pub why: &'static str,
}

/// Counters and gauges of delivery. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct DeliveryMetrics {
    /// Streams attached now.
    pub attached: Gauge,
    /// Streams that ended, by why.
    pub detached: Family<Why, Counter>,
    /// Streams that became suspect, by why.
    pub suspected: Family<Why, Counter>,
    /// Attempts whose `Received` did not come in time.
    pub unanswered: Counter,
    /// Attempts that connectors did not take, by why.
    pub not_taken: Family<Why, Counter>,
    /// Alarm: logs that are not the ones seen before, by which log.
    pub forked: Family<Why, Counter>,
    /// Enrolments, by what became of them.
    pub enrollments: Family<Why, Counter>,
    /// Syncs, by what became of them.
    pub syncs: Family<Why, Counter>,
}

impl DeliveryMetrics {
    /// Puts them into the registry under `groundwire_…`.
    pub fn register(&self, registry: &mut Registry) {
        let Self {
            attached,
            detached,
            suspected,
            unanswered,
            not_taken,
            forked,
            enrollments,
            syncs,
        } = self.clone();
        registry.register(
            "groundwire_connectors_attached",
            "Connectors' streams attached now",
            attached,
        );
        registry.register(
            "groundwire_connectors_detached",
            "Connectors' streams that ended",
            detached,
        );
        registry.register(
            "groundwire_connectors_suspected",
            "Connectors' streams that became suspect",
            suspected,
        );
        registry.register(
            "groundwire_attempts_unanswered",
            "Attempts whose Received did not come in time",
            unanswered,
        );
        registry.register(
            "groundwire_attempts_not_taken",
            "Attempts that connectors did not take, by why",
            not_taken,
        );
        registry.register(
            "groundwire_log_forks",
            "Logs that are not the ones seen before (alarm)",
            forked,
        );
        registry.register(
            "groundwire_enrollments",
            "Enrolments by what became of them",
            enrollments,
        );
        registry.register(
            "groundwire_account_syncs",
            "Account syncs by what became of them",
            syncs,
        );
    }
}

#[must_use]
pub const fn why(why: &'static str) -> Why {
    Why { why }
}
