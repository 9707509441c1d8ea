//! The projections of operations: `connector.operations` has one row per operation, for what must be found without reading
//! the log: which are open, which belong to a trace; `connector.wrong_tries` one per wrong current password that still may
//! count. They can be dropped and built anew.

use groundwire_proto::reasons::ReasonCode;
use serde::Serialize;

use super::operation::{Ended, OperationEvent};
use crate::domain::{AccountAnchor, ConnectorId, OperationId, OperationKind};

/// A change to a projection: one when an attempt is received, one when nothing is left to do; one when a wrong current
/// password was counted, one when such counts were taken back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub(super) enum OperationRow {
    Received {
        operation: OperationId,
        connector: ConnectorId,
        attempt: i32,
        anchor: AccountAnchor,
        kind: OperationKind,
        sequence: i64,
        trace_id: Option<String>,
        open: bool,
    },
    Done {
        operation: OperationId,
    },
    /// Active Directory counted a wrong current password, or may have.
    WrongTry {
        operation: OperationId,
        anchor: AccountAnchor,
        at_ms: i64,
    },
    /// What was counted against the account does not count any more.
    TriesCleared {
        anchor: AccountAnchor,
    },
}

impl OperationRow {
    /// The function that makes the change: migration `0003_wrong_tries.sql`.
    pub(super) const FUNCTION: &str = "connector.project_operation";

    pub(super) fn change(
        connector: ConnectorId,
        operation: OperationId,
        event: &OperationEvent,
    ) -> Option<Self> {
        match event {
            OperationEvent::Received(received) => Some(Self::Received {
                operation,
                connector,
                attempt: i32::try_from(received.attempt).unwrap_or(i32::MAX),
                anchor: received.anchor,
                kind: received.kind,
                sequence: i64::try_from(received.sequence).unwrap_or(i64::MAX),
                trace_id: received.trace_id.clone(),
                open: true,
            }),
            OperationEvent::StoodDown(_) | OperationEvent::Closed(_) | OperationEvent::Reported(_) => {
                Some(Self::Done { operation })
            }
            OperationEvent::Ended(ended) => Self::of_end(operation, ended),
            OperationEvent::FenceIntended(_)
            | OperationEvent::Fenced(_)
            | OperationEvent::WriteIntended(_)
            | OperationEvent::FollowUpIntended(_) => None,
        }
    }
    fn of_end(operation: OperationId, ended: &Ended) -> Option<Self> {
        let anchor = ended.anchor;
        let is_wrong_try = ended
            .reasons
            .iter()
            .any(|reason| reason.code() == ReasonCode::CurrentPasswordIncorrect);
        if ended.cleared_tries {
            Some(Self::TriesCleared { anchor })
        } else {
            (is_wrong_try || ended.unanswered_try).then_some(Self::WrongTry {
                operation,
                anchor,
                at_ms: ended.ended_at_ms,
            })
        }
    }
}
