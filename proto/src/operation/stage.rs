//! The stages of an operation whose durations are measured.

use std::time::Duration;

use super::v1;
use super::words::words;
use crate::time::{duration_of, duration_to_wire};

words! {
    /// A stage of an operation whose duration is measured, in the order they are passed.
    Stage {
        /// Directory: the request was checked and recorded.
        Admit = "admit",
        /// Directory: the secret was sealed.
        Seal = "seal",
        /// Directory: it waited for the account's earlier operation or for a connector.
        Queue = "queue",
        /// Both ways between directory and connector.
        Deliver = "deliver",
        /// Connector: signature verified, receipt recorded, secret opened.
        Open = "open",
        /// Connector: the account, its policy and its marker were read from AD.
        Resolve = "resolve",
        /// Connector: guardrails, account state and password policy.
        Policy = "policy",
        /// Connector: the intent was recorded.
        Intent = "intent",
        /// Connector: AD's answer to the modify, fences and the follow-up included.
        Write = "write",
        /// Connector: the outcome was recorded.
        Record = "record",
        /// Connector: from the outcome's record until the directory acknowledged it.
        Report = "report",
        /// Directory: the outcome was committed.
        Commit = "commit",
        /// Directory: from the caller's request to the answer.
        Total = "total",
    }
}

impl v1::StageDuration {
    /// A stage's duration on the wire.
    #[must_use]
    pub fn new(stage: Stage, took: Duration) -> Self {
        Self {
            stage: stage.into(),
            duration: Some(duration_to_wire(took)),
        }
    }

    /// Which stage took how long; `None` if the stage is of a newer peer or the duration is malformed.
    #[must_use]
    pub fn known(&self) -> Option<(Stage, Duration)> {
        let stage = Stage::try_from(self.stage).ok()?;
        Some((stage, duration_of(self.duration.as_ref()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_duration_of_a_stage_survives_the_wire() {
        let took = Duration::from_micros(30_123);
        let wire = v1::StageDuration::new(Stage::Write, took);
        assert_eq!(wire.known(), Some((Stage::Write, took)));
        let newer = v1::StageDuration {
            stage: i32::MAX,
            ..wire
        };
        assert_eq!(newer.known(), None);
        let without = v1::StageDuration {
            duration: None,
            ..wire
        };
        assert_eq!(without.known(), None);
    }
}
