//! How an operation ended.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_proto::operation::v1 as wire;
use groundwire_proto::operation::{Evidence, OutcomeCode, Stage};
use groundwire_proto::reasons::Reason;
use groundwire_proto::time::{micros, timestamp_from_us, unix_us_of};
use serde::{Deserialize, Serialize};

/// How an operation ended, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub code: OutcomeCode,
    /// Every cause that can be known, most useful first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What did not quite go as requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Reason>,
    /// The attempt it comes from; 0 before any delivery.
    pub attempt: u32,
    /// When, on the clock of the service that ended it (unix µs).
    pub ended_at_us: i64,
    /// Durations in µs, of the stages known when the outcome was recorded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub durations_us: BTreeMap<Stage, u64>,
    /// What AD showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Found out afterwards from the marker.
    #[serde(default)]
    pub recovered: bool,
}

impl Outcome {
    /// One that the directory itself decided, before any delivery or without a report.
    #[must_use]
    pub const fn decided_here(code: OutcomeCode, reasons: Vec<Reason>, attempt: u32, now_us: i64) -> Self {
        Self {
            code,
            reasons,
            warnings: Vec::new(),
            attempt,
            ended_at_us: now_us,
            durations_us: BTreeMap::new(),
            evidence: None,
            recovered: false,
        }
    }

    /// The same end: times and durations may differ between two tellings of it.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.code == other.code
            && self.attempt == other.attempt
            && self.reasons == other.reasons
            && self.warnings == other.warnings
    }

    /// Evidence that AD holds this operation's marker as written (W): it was found there, or AD answered success to the
    /// modify that carried it. Only this counts from an attempt that was taken over (design section 7).
    #[must_use]
    pub fn proves_the_write(&self) -> bool {
        let answered = self.evidence.as_ref().and_then(|evidence| evidence.ldap_result) == Some(0);
        self.code == OutcomeCode::Applied && (self.recovered || answered)
    }

    /// As it is sent to callers, with the durations of stages that became known after it was recorded.
    #[must_use]
    pub fn to_wire(&self, afterwards_us: impl IntoIterator<Item = (Stage, u64)>) -> wire::Outcome {
        let mut durations_us = self.durations_us.clone();
        durations_us.extend(afterwards_us);
        wire::Outcome {
            code: self.code.into(),
            reasons: self.reasons.iter().map(wire::Reason::from).collect(),
            warnings: self.warnings.iter().map(wire::Reason::from).collect(),
            attempt: self.attempt,
            ended_at: Some(timestamp_from_us(self.ended_at_us)),
            durations: durations_us
                .into_iter()
                .map(|(stage, us)| wire::StageDuration::new(stage, Duration::from_micros(us)))
                .collect(),
            evidence: self.evidence.clone().map(wire::DirectoryEvidence::from),
            recovered: self.recovered,
        }
    }

    /// What a connector reports; `None` for a code that a connector cannot report. Durations that are malformed or of a
    /// stage of a newer peer are left out.
    #[must_use]
    pub fn from_report(report: wire::Outcome, now_us: i64) -> Option<Self> {
        let code = match OutcomeCode::try_from(report.code).ok()? {
            OutcomeCode::Cancelled => return None,
            code @ (OutcomeCode::Applied
            | OutcomeCode::Rejected
            | OutcomeCode::Failed
            | OutcomeCode::Expired
            | OutcomeCode::Superseded
            | OutcomeCode::Unknown) => code,
        };
        let known = report.durations.iter().filter_map(wire::StageDuration::known);
        Some(Self {
            code,
            attempt: report.attempt,
            ended_at_us: report.ended_at.as_ref().and_then(unix_us_of).unwrap_or(now_us),
            durations_us: known.map(|(stage, took)| (stage, micros(took))).collect(),
            evidence: report.evidence.map(Evidence::from),
            recovered: report.recovered,
            reasons: report.reasons.into_iter().map(Reason::from).collect(),
            warnings: report.warnings.into_iter().map(Reason::from).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use groundwire_proto::reasons::ReasonCode;

    use super::*;

    #[test]
    fn an_outcome_survives_the_wire() {
        let mut outcome = Outcome::decided_here(OutcomeCode::Rejected, Vec::new(), 2, 5_000_000);
        outcome.durations_us.insert(Stage::Write, 30_123);
        // Every reason and every warning, with the rules' numbers.
        outcome.reasons = vec![
            Reason::new(ReasonCode::PasswordTooShort).with("minimum", 12),
            Reason::new(ReasonCode::PasswordNotComplex).with("required", 3),
        ];
        outcome.warnings = vec![
            Reason::new(ReasonCode::MarkerForged),
            Reason::new(ReasonCode::UnlockNotApplied),
        ];
        outcome.evidence = Some(Evidence {
            dc: "dc1".to_owned(),
            ldap_result: Some(19),
            ..Evidence::default()
        });
        assert_eq!(Outcome::from_report(outcome.to_wire([]), 0), Some(outcome));
        let cancelled = Outcome::decided_here(OutcomeCode::Cancelled, Vec::new(), 0, 0);
        assert_eq!(
            Outcome::from_report(cancelled.to_wire([]), 0),
            None,
            "a connector cannot cancel"
        );
    }
}
