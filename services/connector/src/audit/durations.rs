//! How long each stage of an operation took at the connector, on the boot clock of one process.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_proto::time::micros;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::Stage;

/// Durations by stage, in whole microseconds. A stage that was not passed is absent.
///
/// Recorded as `{"open_us":…,"write_us":…}`, in the order of the stages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations(BTreeMap<Stage, u64>);

impl Durations {
    /// Adds to a stage: one that is passed twice (a second read, a fence) counts both times.
    pub fn add(&mut self, stage: Stage, duration: Duration) {
        let us = self.0.entry(stage).or_default();
        *us = us.saturating_add(micros(duration));
    }

    /// The stages that were passed, in their order.
    pub fn stages(&self) -> impl Iterator<Item = (Stage, Duration)> {
        self.0
            .iter()
            .map(|(stage, us)| (*stage, Duration::from_micros(*us)))
    }
}

impl Serialize for Durations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(stage, us)| (format!("{stage}_us"), us)))
    }
}

impl<'de> Deserialize<'de> for Durations {
    /// A stage of a newer version is left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let recorded = BTreeMap::<String, Option<u64>>::deserialize(deserializer)?;
        let known = recorded.into_iter().filter_map(|(name, us)| {
            let stage = name.strip_suffix("_us")?.parse().ok()?;
            Some((stage, us?))
        });
        Ok(Self(known.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_passed_twice_counts_both_times_and_absent_ones_are_not_written() {
        let mut durations = Durations::default();
        durations.add(Stage::Write, Duration::from_micros(5));
        durations.add(Stage::Write, Duration::from_micros(7));
        assert_eq!(serde_json::to_string(&durations).unwrap(), r#"{"write_us":12}"#);
        assert_eq!(
            serde_json::from_str::<Durations>(r#"{"write_us":12}"#).unwrap(),
            durations
        );
        assert_eq!(durations.stages().count(), 1);
    }

    #[test]
    fn the_stages_of_the_connector_are_recorded_in_their_order() {
        let mut durations = Durations::default();
        for stage in [
            Stage::Write,
            Stage::Intent,
            Stage::Policy,
            Stage::Resolve,
            Stage::Open,
        ] {
            durations.add(stage, Duration::from_micros(1));
        }
        let stored = r#"{"open_us":1,"resolve_us":1,"policy_us":1,"intent_us":1,"write_us":1}"#;
        assert_eq!(serde_json::to_string(&durations).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Durations>(stored).unwrap(), durations);
    }

    #[test]
    fn what_is_null_or_of_a_newer_version_is_left_out() {
        let durations: Durations =
            serde_json::from_str(r#"{"write_us":3,"open_us":null,"telepathy_us":9,"other":1}"#).unwrap();
        assert_eq!(
            durations.stages().collect::<Vec<_>>(),
            [(Stage::Write, Duration::from_micros(3))]
        );
    }
}
