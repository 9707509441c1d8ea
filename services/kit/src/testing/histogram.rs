//! What a histogram shows of itself.

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// The upper edges of a histogram that has counted something, but for the last, which is infinite.
///
/// # Panics
/// If the registry cannot be shown.
#[must_use]
pub fn histogram_edges(registry: &Registry, name: &str) -> Vec<f64> {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    let bucket = format!("{name}_bucket");
    text.lines()
        .filter(|line| line.contains(&bucket))
        .filter_map(|line| line.split("le=\"").nth(1)?.split('"').next()?.parse().ok())
        .filter(|edge: &f64| edge.is_finite())
        .collect()
}
