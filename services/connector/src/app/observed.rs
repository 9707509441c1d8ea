//! What is seen of a connector from outside, from the first moment of its start.

use std::sync::Arc;

use groundwire_kit::http::{Condition, Readiness};
use prometheus_client::registry::Registry;

use crate::metrics::Metrics;

/// Metrics, and the conditions of readiness.
pub struct Observed {
    pub(super) metrics: Metrics,
    pub(super) attached: Condition,
    pub(super) dc: Condition,
    pub(super) audit: Condition,
}

impl Observed {
    /// Makes them, all at zero and not met yet.
    #[must_use]
    pub fn new(readiness: &Readiness) -> (Self, Arc<Registry>) {
        let mut registry = Registry::default();
        let observed = Self {
            metrics: Metrics::new(&mut registry),
            attached: readiness.condition("directory"),
            dc: readiness.condition("domain_controller"),
            audit: readiness.condition("audit_store"),
        };
        (observed, Arc::new(registry))
    }
}
