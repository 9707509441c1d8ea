//! How an operation ended.

use std::collections::BTreeMap;

use groundwire_proto::reasons::Reason;
use serde::{Deserialize, Serialize};

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OutcomeCode {
    /// AD accepted it.
    Applied,
    /// Refused; nothing was written.
    Rejected,
    /// Could not be carried out; nothing was written.
    Failed,
    /// Its time passed; nothing was written.
    Expired,
    /// A newer one took its place; nothing was written.
    Superseded,
    /// Cancelled before delivery.
    Cancelled,
    /// It could not be found out whether it was written.
    Unknown,
}

impl OutcomeCode {
    /// As in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Rejected => "REJECTED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Superseded => "SUPERSEDED",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A stage whose duration is told. The same words everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Directory: checked and recorded.
    Admit,
    /// Directory: sealed.
    Seal,
    /// Directory: waited.
    Queue,
    /// Both ways between directory and connector.
    Deliver,
    /// Connector: verified, received, opened.
    Open,
    /// Connector: account read from AD.
    Resolve,
    /// Connector: guardrails and policy.
    Policy,
    /// Connector: intent recorded.
    Intent,
    /// Connector: AD's answer to the write.
    Write,
    /// Connector: outcome recorded.
    Record,
    /// Connector: outcome acknowledged.
    Report,
    /// Directory: outcome committed.
    Commit,
    /// Directory: from request to answer.
    Total,
}

impl Stage {
    /// As in metrics and spans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Seal => "seal",
            Self::Queue => "queue",
            Self::Deliver => "deliver",
            Self::Open => "open",
            Self::Resolve => "resolve",
            Self::Policy => "policy",
            Self::Intent => "intent",
            Self::Write => "write",
            Self::Record => "record",
            Self::Report => "report",
            Self::Commit => "commit",
            Self::Total => "total",
        }
    }
}

/// What AD showed. Nothing here names a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// DNS name of the DC.
    pub dc: String,
    /// The DC's invocation id.
    pub dc_invocation_id: String,
    /// LDAP result code of the write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ldap_result: Option<u32>,
    /// The eight hex digits before AD's text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ad_code: String,
    /// Version of `unicodePwd` after the write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unicode_pwd_version: Option<u64>,
}

/// How an operation ended, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How.
    pub code: OutcomeCode,
    /// Every cause that can be known, most useful first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What did not quite go as asked.
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
}
