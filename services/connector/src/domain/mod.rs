//! The connector's vocabulary and its decisions about one account and one operation. Pure: no input or output, no
//! clock; whoever calls passes in what was read and what time it is.

pub mod account;
pub mod anchor;
pub mod condition;
pub mod distinguished_name;
pub mod filetime;
pub mod marker;
pub mod operation;
pub mod reason;
pub mod recovery;
pub mod sid;

pub use account::{AccountSnapshot, ComputedFlags, UserAccountControl};
pub use anchor::AccountAnchor;
pub use condition::{Effects, KindVerdict, judge_condition};
pub use distinguished_name::DistinguishedName;
pub use filetime::{FileTime, Interval};
pub use marker::{Marker, MarkerKey, MarkerKeyId, MarkerReading, MarkerScope, MarkerState};
pub use operation::{Attempt, FenceCount, OperationFlags, OperationId, OperationKind, Sequence};
pub use reason::{Reason, ReasonCode};
pub use recovery::{LogEvidence, RecoveryStep, decide_recovery};
pub use sid::Sid;
