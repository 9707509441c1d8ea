//! One operation in the audit log: the events of its stream `operation/<id>`, their codec, and the state that they fold
//! into.

mod codec;
mod events;
mod recorded;
mod state;

pub use codec::{OperationEvent, UnreadableEvent};
pub use events::{
    Closed, End, Ended, FenceIntended, Fenced, FollowUpIntended, MarkerSeen, Personal, Proof, Received,
    Reported, StandDownCause, StoodDown, WriteIntended, code_names,
};
pub use recorded::{RecordedEvidence, RecordedFlags, RecordedOnBehalfOf};
pub use state::{OperationRecord, OperationStage};
