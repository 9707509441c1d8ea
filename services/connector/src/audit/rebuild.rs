//! Builds the projection of operations anew from the log: after a restore, or when its rows are not trusted.

use std::collections::BTreeMap;

use groundwire_eventlog::Position;
use sqlx::types::Json;

use super::error::AuditError;
use super::log::AuditLog;
use super::operation::OperationEvent;
use super::projection::OperationRow;
use crate::domain::OperationId;

/// How many records are read at a time.
const PAGE: u32 = 200;

impl AuditLog {
    /// Replaces the rows of the projection by what the log says, and returns how many there are. It needs the right to
    /// delete them, which the service's role does not have.
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
