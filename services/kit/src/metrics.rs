//! What the metrics of both services have in common.

use prometheus_client::metrics::histogram::Histogram;

/// Upper edges of a histogram of durations, in seconds: the same in both services, so that the stages of one operation
/// can be laid over one another. 500 ms is an edge, since it is the budget of a writeback.
pub const DURATION_EDGES: [f64; 14] = [
    0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// A histogram of durations.
#[must_use]
pub fn duration_histogram() -> Histogram {
    Histogram::new(DURATION_EDGES)
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;
    use crate::testing::histogram_edges;

    #[test]
    fn durations_have_the_budget_as_an_edge_and_end_where_an_operation_does() {
        let mut registry = Registry::default();
        let histogram = duration_histogram();
        registry.register("took_seconds", "For a test", histogram.clone());
        histogram.observe(0.02);
        let edges = histogram_edges(&registry, "took_seconds");
        assert_eq!(edges, DURATION_EDGES);
        assert!(edges.contains(&0.5) && edges.ends_with(&[30.0]));
    }
}
