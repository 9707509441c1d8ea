//! The connector's vocabulary and its decisions about one account and one operation. Pure: no input or output, no
//! clock; whoever calls passes in what was read and what time it is.

pub mod account;
pub mod condition;
pub mod distinguished_name;
pub mod filetime;
pub mod marker;
pub mod named_by;
pub mod object_guid;
pub mod operation;
pub mod recovery;
pub mod sid;

pub use account::{AccountSnapshot, ComputedFlags, UserAccountControl};
pub use condition::{Effects, KindVerdict, judge_condition};
pub use distinguished_name::DistinguishedName;
pub use filetime::{FileTime, Interval};
pub use marker::{Marker, MarkerKey, MarkerKeyId, MarkerReading, MarkerScope, MarkerState};
pub use named_by::NamedBy;
pub use object_guid::{ObjectGuid, WrongLength};
pub use operation::{Attempt, FenceCount, Sequence};
pub use recovery::{LogEvidence, RecoveryStep, decide_recovery};
pub use sid::Sid;
// The contract's words are the domain's: they are written once, in `groundwire_proto`.
pub use groundwire_proto::ids::{AccountAnchor, ConnectorGroupId, ConnectorId, OperationId, TenantId};
pub use groundwire_proto::operation::{
    Evidence, OnBehalfOf, OperationFlags, OperationKind, OutcomeCode, Stage,
};
