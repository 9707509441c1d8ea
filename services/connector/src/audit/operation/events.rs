//! What is recorded of an operation, in its stream `operation/<id>`: one struct per event, with a schema version each.
//!
//! Nothing here names a person (that is [`Personal`], the record's erasable part), and nothing is a fact about a
//! password. Fields are only ever added, with a default; anything else is a new schema version.

use groundwire_proto::reasons::{Reason, ReasonCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::recorded::{RecordedEvidence, RecordedFlags, RecordedOnBehalfOf};
use crate::audit::durations::Durations;
use crate::domain::{AccountAnchor, OperationId, OperationKind, OutcomeCode};

/// An event arrived, verified and is durable. One per operation and attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Number of the hand-over.
    pub attempt: u32,
    pub anchor: AccountAnchor,
    /// What is to be written.
    pub kind: OperationKind,
    /// What goes with it.
    pub flags: RecordedFlags,
    /// Number within the account.
    pub sequence: u64,
    /// Sequence of the account's last applied operation, according to the directory; 0 if there is none.
    pub last_applied_sequence: u64,
    /// The group's domain controller, according to the directory; empty if it named none.
    pub group_dc: String,
    /// Role of the credential that made the request (its subject is in the metadata).
    pub role: String,
    /// How the person proved who they are.
    pub proof: Proof,
    /// After this it is not written (Unix ms).
    pub expires_at_ms: i64,
    /// SHA-256 over what the event says, without what differs between two sendings of the same.
    pub content_digest: String,
    /// Trace id (32 hexadecimal digits), if the event carried a trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// How the person proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The event says nothing about it.
    None,
    /// The app asserts how it identified the person (the assertion is in the erasable part).
    #[serde(rename = "told")]
    Asserted,
    /// A token came with the event. Not verified by this version.
    TokenNotVerified,
}

/// A fence is about to be sent. Recorded before, so that no count is ever used twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceIntended {
    pub attempt: u32,
    /// The fence's count.
    pub count: u32,
    /// The marker that it is to replace.
    pub marker_seen: MarkerSeen,
}

/// A fence is set: nothing that was sent before it can land any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fenced {
    pub attempt: u32,
    /// The fence's count.
    pub count: u32,
    /// The domain controller.
    pub dc: String,
}

/// The write is about to be sent. From here on it counts as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteIntended {
    pub attempt: u32,
    /// The fence count that its marker carries.
    pub fence_count: u32,
    /// The marker that it is to replace.
    pub marker_seen: MarkerSeen,
    /// The version of `unicodePwd` before it, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_version_seen: Option<u32>,
    /// The domain controller.
    pub dc: String,
    /// Its invocation id, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<Uuid>,
}

/// What goes with the password is about to be sent, in a second modify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpIntended {
    pub attempt: u32,
    /// `pwdLastSet` = 0.
    pub must_change: bool,
    /// `lockoutTime` = 0.
    pub unlock: bool,
}

/// The marker as it was read, without its MAC. A value that is not ours may hold anything: it goes into the erasable
/// part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum MarkerSeen {
    /// There was none.
    Absent,
    /// One of ours.
    Valid {
        /// W or F.
        state: char,
        /// The sequence in it.
        sequence: u64,
        /// The operation in it.
        operation: OperationId,
        /// The attempt in it.
        attempt: u32,
        /// The fence count in it.
        fence_count: u32,
    },
    /// Not one of ours.
    Forged,
}

/// How an operation ended: the event's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Active Directory accepted it.
    Applied,
    /// The connector refused it; nothing was sent to Active Directory.
    Refused,
    /// Active Directory refused it.
    Rejected,
    /// It could not be carried out; nothing was written.
    Failed,
    /// Its time passed, or what was needed to write it is gone; nothing was written.
    Expired,
    /// A later operation wrote; this one did not.
    Superseded,
}

impl End {
    pub(super) const ALL: [Self; 6] = [
        Self::Applied,
        Self::Refused,
        Self::Rejected,
        Self::Failed,
        Self::Expired,
        Self::Superseded,
    ];

    /// The type of the record that says so.
    #[must_use]
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::Applied => "Applied",
            Self::Refused => "Refused",
            Self::Rejected => "Rejected",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
            Self::Superseded => "Superseded",
        }
    }

    /// The outcome that the report carries: whether the connector refused it or Active Directory is in its reasons.
    #[must_use]
    pub const fn outcome_code(self) -> OutcomeCode {
        match self {
            Self::Applied => OutcomeCode::Applied,
            Self::Refused | Self::Rejected => OutcomeCode::Rejected,
            Self::Failed => OutcomeCode::Failed,
            Self::Expired => OutcomeCode::Expired,
            Self::Superseded => OutcomeCode::Superseded,
        }
    }

    pub(super) fn from_event_type(event_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.event_type() == event_type)
    }
}

/// An operation ended. At most one in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How (stands in the event's type).
    #[serde(skip, default = "Ended::placeholder")]
    pub end: End,
    /// The attempt it ended with.
    pub attempt: u32,
    pub anchor: AccountAnchor,
    /// What was to be written.
    pub kind: OperationKind,
    /// Number within the account.
    pub sequence: u64,
    /// Role of the credential that made the request.
    pub role: String,
    /// How the person proved who they are.
    pub proof: Proof,
    /// Every cause that can be known, most useful first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// It was applied, but not everything that was requested with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Reason>,
    /// What Active Directory showed, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<RecordedEvidence>,
    /// How long each stage took.
    pub durations: Durations,
    /// Found out afterwards from the marker.
    #[serde(default)]
    pub recovered: bool,
    /// `lockoutTime` was set to 0: the wrong passwords that were counted before do not count any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cleared_tries: bool,
    /// A change was sent and not definitely answered: Active Directory may have counted a wrong current password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unanswered_try: bool,
    /// When it ended, by this connector's clock (Unix ms).
    pub ended_at_ms: i64,
    /// Trace id, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl Ended {
    /// Replaced by the event's type when a record is decoded.
    const fn placeholder() -> End {
        End::Failed
    }
}

/// This attempt ended without an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoodDown {
    /// The attempt that stands down.
    pub attempt: u32,
    pub why: StandDownCause,
    /// The later attempt that was found, or that the directory named; 0 where there is none.
    pub found_attempt: u32,
}

/// Why an attempt ends without an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandDownCause {
    /// The marker of a later attempt was found, or the directory named one.
    TakenOver,
    /// The process that held the secret is gone and nothing was sent: the directory delivers it again.
    SecretGone,
}

/// The directory says that the operation ended by something else than a report from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// How it ended, as the contract names it; `NOT_KNOWN` where the directory does not know the operation.
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// The directory has the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The attempt that it was reported for.
    pub attempt: u32,
    /// What became of the report: `COMMITTED`, `REPEATED`, `CONFLICTING`, `TAKEN_OVER`.
    pub disposition: String,
    /// How long the outcome's record took (µs); absent after a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_us: Option<u64>,
    /// From the outcome's record to the directory's acknowledgement (µs); absent after a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_us: Option<u64>,
}

/// What is personal or may hold it: a record's erasable part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// On whose behalf, as the app asserts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<RecordedOnBehalfOf>,
    /// The account's DN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinguished_name: Option<String>,
    /// Active Directory's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_text: Option<String>,
    /// A marker value that is not ours, in hexadecimal, at most 256 bytes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_marker: Option<String>,
}

impl Personal {
    /// Whether there is anything to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The names of reason codes as records hold them.
#[must_use]
pub fn code_names(codes: impl IntoIterator<Item = ReasonCode>) -> Vec<String> {
    codes
        .into_iter()
        .map(|code| groundwire_proto::reasons::name(code).to_owned())
        .collect()
}
