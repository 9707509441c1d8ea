//! What is seen of a directory from outside, from the first moment of its start.

use std::sync::Arc;

use groundwire_kit::http::{Condition, Readiness};
use prometheus_client::registry::Registry;

use crate::metrics::Metrics;
use crate::metrics::delivery::DeliveryMetrics;

/// Metrics, and the conditions of readiness.
pub struct Observed {
    pub(super) metrics: Metrics,
    pub(super) delivery_metrics: DeliveryMetrics,
    pub(super) database: Condition,
}

impl Observed {
    /// Makes them, all at zero and not met yet.
    #[must_use]
    pub fn new(readiness: &Readiness) -> (Self, Arc<Registry>) {
        let delivery_metrics = DeliveryMetrics::default();
        let metrics = Metrics::with(|registry| delivery_metrics.register(registry));
        let registry = metrics.registry();
        let observed = Self {
            metrics,
            delivery_metrics,
            database: readiness.condition("database"),
        };
        (observed, registry)
    }
}
