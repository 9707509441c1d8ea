//! Distributions and how they are written down.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

/// Percentiles of a set of durations, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    /// How many there were.
    pub count: usize,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Mean.
    pub mean: f64,
}

impl Distribution {
    /// Percentiles by nearest rank: each is a duration that was measured. All zero without any.
    #[must_use]
    pub fn of(durations: &[Duration]) -> Self {
        let milliseconds = durations.iter().map(|one| one.as_secs_f64() * 1e3).collect();
        Self::of_milliseconds(milliseconds)
    }

    /// The same, of milliseconds (which may be negative: differences).
    #[must_use]
    pub fn of_milliseconds(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let at = |percent: usize| {
            let rank = (count * percent).div_ceil(100).max(1);
            values.get(rank - 1).copied().unwrap_or_default()
        };
        let mean = if count == 0 {
            0.0
        } else {
            values.iter().sum::<f64>() / as_f64(count)
        };
        Self {
            count,
            p50: at(50),
            p95: at(95),
            p99: at(99),
            mean,
        }
    }

    /// Each percentile of this over that of `floor`.
    #[must_use]
    pub fn over(&self, floor: &Self) -> Self {
        Self {
            count: self.count,
            p50: self.p50 / floor.p50,
            p95: self.p95 / floor.p95,
            p99: self.p99 / floor.p99,
            mean: self.mean / floor.mean,
        }
    }

    /// A line of a table.
    #[must_use]
    pub fn line(&self, name: &str, decimals: usize) -> String {
        format!(
            "{name:<30}{:>12.decimals$}{:>12.decimals$}{:>12.decimals$}{:>12.decimals$}",
            self.p50, self.p95, self.p99, self.mean
        )
    }
}

/// The head of a table of distributions.
#[must_use]
pub fn head(name: &str) -> String {
    format!("{name:<30}{:>12}{:>12}{:>12}{:>12}", "p50", "p95", "p99", "mean")
}

/// Joins lines.
#[must_use]
pub fn page(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut page, line| {
        let _ = writeln!(page, "{line}");
        page
    })
}

/// Counts are far below 2⁵³.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
pub const fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let durations: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let found = Distribution::of(&durations);
        assert_eq!(
            (found.count, found.p50, found.p95, found.p99),
            (200, 100.0, 190.0, 198.0)
        );
        assert!((found.mean - 100.5).abs() < 1e-9);
    }

    #[test]
    fn one_duration_is_every_percentile_and_none_is_zero() {
        let one = Distribution::of(&[Duration::from_millis(7)]);
        assert_eq!((one.p50, one.p95, one.p99), (7.0, 7.0, 7.0));
        assert_eq!(Distribution::of(&[]).p99, 0.0);
    }

    #[test]
    fn tables_fit_in_80_columns() {
        let wide = Distribution::of(&[Duration::from_secs(100)]);
        assert!(wide.line("bare LDAPS modify", 3).chars().count() <= 80);
        assert!(head("one at a time, in ms").chars().count() <= 80);
    }
}
