//! The projection `connector.operations`: one row per operation, for what must be found without reading the log: which
//! are open, which belong to a trace. It can be dropped and built anew.

use serde::Serialize;

use super::operation::OperationEvent;
use crate::domain::{AccountAnchor, ConnectorId, OperationId, OperationKind};

/// A change to the projection `connector.operations`: one when an attempt is received, one when nothing is left to do.
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
}

impl OperationRow {
    /// The function that makes the change: migration `0002_project_operation.sql`.
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
            OperationEvent::FenceIntended(_)
            | OperationEvent::Fenced(_)
            | OperationEvent::WriteIntended(_)
            | OperationEvent::FollowUpIntended(_)
            | OperationEvent::Ended(_) => None,
        }
    }
}
