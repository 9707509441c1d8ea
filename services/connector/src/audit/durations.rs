//! How long each stage of an operation took at the connector, in µs on the boot clock of one process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Durations by stage (design section 10); a stage that was not passed is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Durations {
    /// Signature verified, receipt recorded, secret opened (less what ran beside the read).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_us: Option<u64>,
    /// The account, its policy and its marker were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_us: Option<u64>,
    /// Guardrails, condition and password policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_us: Option<u64>,
    /// The intent was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent_us: Option<u64>,
    /// Active Directory's answer to the modify, fences and follow-up included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_us: Option<u64>,
}

/// A stage that the connector passes before it knows the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimedStage {
    /// `open`
    Open,
    /// `resolve`
    Resolve,
    /// `policy`
    Policy,
    /// `intent`
    Intent,
    /// `write`
    Write,
}

impl Durations {
    /// Adds to a stage: one that is passed twice (a second read, a fence) counts both times.
    pub fn add(&mut self, stage: TimedStage, duration: Duration) {
        let slot = match stage {
            TimedStage::Open => &mut self.open_us,
            TimedStage::Resolve => &mut self.resolve_us,
            TimedStage::Policy => &mut self.policy_us,
            TimedStage::Intent => &mut self.intent_us,
            TimedStage::Write => &mut self.write_us,
        };
        *slot = Some(slot.unwrap_or(0).saturating_add(micros(duration)));
    }

    /// The stages that were passed, in their order.
    pub fn stages(&self) -> impl Iterator<Item = (TimedStage, Duration)> {
        [
            (TimedStage::Open, self.open_us),
            (TimedStage::Resolve, self.resolve_us),
            (TimedStage::Policy, self.policy_us),
            (TimedStage::Intent, self.intent_us),
            (TimedStage::Write, self.write_us),
        ]
        .into_iter()
        .filter_map(|(stage, us)| Some((stage, Duration::from_micros(us?))))
    }
}

/// Whole microseconds; saturates.
#[must_use]
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_passed_twice_counts_both_times_and_absent_ones_are_not_written() {
        let mut durations = Durations::default();
        durations.add(TimedStage::Write, Duration::from_micros(5));
        durations.add(TimedStage::Write, Duration::from_micros(7));
        assert_eq!(serde_json::to_string(&durations).unwrap(), r#"{"write_us":12}"#);
        assert_eq!(
            serde_json::from_str::<Durations>(r#"{"write_us":12}"#).unwrap(),
            durations
        );
        assert_eq!(durations.stages().count(), 1);
    }
}
