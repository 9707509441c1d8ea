//! The projection `connector.operations`: one row per operation, for what must be found without reading the log: which
//! are open, which belong to a trace. It can be dropped and built anew.

use std::collections::BTreeMap;

use groundwire_eventlog::Position;
use serde::Serialize;
use sqlx::types::Json;

use super::error::AuditError;
use super::log::AuditLog;
use super::operation_event::OperationEvent;
use crate::domain::{AccountAnchor, ConnectorId, OperationId, OperationKind};

/// Records read at a time.
const PAGE: u32 = 200;

impl AuditLog {
    /// Builds the projection of operations anew from the log (after a restore, or when it is not trusted). Needs the
    /// right to delete from it, which the service's role does not have.
    ///
    /// # Errors
    /// [`AuditError`].
    pub async fn rebuild_projection(&self) -> Result<u64, AuditError> {
        let mut rows: BTreeMap<OperationId, OperationRow> = BTreeMap::new();
        let mut after = Position::ZERO;
        loop {
            let records = self.reader.read_log(after, PAGE).await?;
            let Some(last) = records.last() else { break };
            after = last.position;
            for record in records {
                let id = record
                    .stream
                    .as_str()
                    .strip_prefix("operation/")
                    .and_then(|id| id.parse().ok());
                let Some(id) = id else { continue };
                let event = OperationEvent::decode(&record.event_type, record.schema_version, &record.body)?;
                match OperationRow::change(self.connector, id, &event) {
                    Some(row @ OperationRow::Received { .. }) => {
                        rows.insert(id, row);
                    }
                    Some(OperationRow::Done { .. }) => {
                        if let Some(OperationRow::Received { open, .. }) = rows.get_mut(&id) {
                            *open = false;
                        }
                    }
                    None => {}
                }
            }
        }
        let work = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query("DELETE FROM connector.operations")
                .execute(&mut *transaction)
                .await?;
            for row in rows.values() {
                sqlx::query("SELECT connector.project_operation($1)")
                    .bind(Json(row))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await
        };
        work.await.map_err(|error| AuditError::Refused(Box::new(error)))?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

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
