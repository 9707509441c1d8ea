//! Builds the projection of operations anew from the log: after a restore, or when its rows are not trusted.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_eventlog::{LogId, Position, Session, hold_log};
use sqlx::types::Json;
use uuid::Uuid;

use super::error::AuditError;
use super::log::AuditLog;
use super::operation::OperationEvent;
use super::projection::OperationRow;
use crate::domain::{ConnectorId, OperationId};

/// How many records are read at a time.
const PAGE: u32 = 200;

/// Longest statement on all rows: longer than the owner's `statement_timeout`, which ends it where the server is there.
const BULK_DEADLINE: Duration = Duration::from_secs(660);

impl AuditLog {
    /// Replaces the rows of the projection by what the log says, in one transaction, and returns how many there are. Holds
    /// the log's lock: nothing can be appended meanwhile. It needs the right to delete rows, which the service's role does
    /// not have. The log does not say which connector received an operation: a row keeps the one it has, and is this
    /// connector's where there is none.
    ///
    /// # Errors
    /// [`AuditError`]; the rows are as before then.
    pub async fn rebuild_projection(
        &self,
        progress: &mut (dyn FnMut(Position, Position) + Send),
    ) -> Result<u64, AuditError> {
        let refused = |error| AuditError::Refused(Box::new(error));
        let beginning = Session::begin(&self.pool, BULK_DEADLINE, "BEGIN".to_owned());
        let mut transaction = beginning.await.map_err(refused)?;
        hold_log(&mut transaction, LogId(self.store_id()))
            .await
            .map_err(refused)?;
        let received_by = remove_rows(&mut transaction).await.map_err(refused)?;
        let rows = self.rows(&received_by, progress).await?;
        for row in rows.values() {
            sqlx::query("SELECT connector.project_operation($1)")
                .bind(Json(row))
                .execute(&mut transaction)
                .await
                .map_err(refused)?;
        }
        transaction.commit().await.map_err(refused)?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }

    async fn rows(
        &self,
        received_by: &BTreeMap<OperationId, ConnectorId>,
        progress: &mut (dyn FnMut(Position, Position) + Send),
    ) -> Result<BTreeMap<OperationId, OperationRow>, AuditError> {
        let end = self.reader.head().await?.position;
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
                let connector = received_by.get(&id).copied().unwrap_or(self.connector);
                match OperationRow::change(connector, id, &event) {
                    Some(mut row @ OperationRow::Received { .. }) => {
                        keep_trace(&mut row, rows.remove(&id));
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
            progress(after, end);
        }
        if after != end {
            return Err(AuditError::Refused(
                "the log does not end at its head: verify it".into(),
            ));
        }
        Ok(rows)
    }
}

/// Removes the rows, and returns which connector received each operation.
async fn remove_rows(session: &mut Session) -> Result<BTreeMap<OperationId, ConnectorId>, sqlx::Error> {
    let rows: Vec<(Uuid, Uuid)> =
        sqlx::query_as("DELETE FROM connector.operations RETURNING operation, connector")
            .fetch_all(session)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(operation, connector)| (OperationId::new(operation), ConnectorId::new(connector)))
        .collect())
}

/// An attempt that came without a trace leaves the row that of an earlier one, as `connector.project_operation` does.
fn keep_trace(row: &mut OperationRow, earlier: Option<OperationRow>) {
    if let OperationRow::Received { trace_id, .. } = row
        && trace_id.is_none()
        && let Some(OperationRow::Received { trace_id: kept, .. }) = earlier
    {
        *trace_id = kept;
    }
}
