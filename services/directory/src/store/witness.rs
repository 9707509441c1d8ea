//! What each side of a connection said of the other's log: for who verifies the logs.

use groundwire_eventlog::{Digest, Head, IncarnationId, LogId, Position};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{ConnectorId, TenantId};

/// How many checkpoints are read: the newest ones. Each proves everything before it.
const CHECKPOINTS: i64 = 1_000;

/// A connector's signed statement of the tenant's log, and the key that must have signed it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredCheckpoint {
    pub connector_id: Uuid,
    pub payload: Vec<u8>,
    /// The id of the key.
    pub signed_by: String,
    pub signature: Vec<u8>,
    /// The root key of the connector's group; none if the group has none any more.
    pub root_key: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct AuditHeadRow {
    connector_id: Uuid,
    log_id: Uuid,
    incarnation_id: Uuid,
    position: i64,
    hash: Vec<u8>,
}

impl Store {
    /// The newest checkpoints of the tenant's log that its connectors signed.
    pub async fn checkpoints(&self, tenant: TenantId) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        Ok(sqlx::query_as(
            "SELECT c.connector_id, c.payload, c.signed_by, c.signature, b.root_key
             FROM directory.checkpoints c
             LEFT JOIN directory.connectors k USING (tenant_id, connector_id)
             LEFT JOIN directory.group_bindings b USING (tenant_id, group_id)
             WHERE c.tenant_id = $1 ORDER BY c.received_at DESC LIMIT $2",
        )
        .bind(tenant.uuid())
        .bind(CHECKPOINTS)
        .fetch_all(&mut *transaction)
        .await?)
    }

    /// How far the audit logs of the tenant's connectors were seen.
    pub async fn audit_heads(&self, tenant: TenantId) -> Result<Vec<(ConnectorId, Head)>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<AuditHeadRow> = sqlx::query_as(
            "SELECT connector_id, log_id, incarnation_id, position, hash FROM directory.audit_heads
             WHERE tenant_id = $1 ORDER BY connector_id, seen_at",
        )
        .bind(tenant.uuid())
        .fetch_all(&mut *transaction)
        .await?;
        rows.into_iter()
            .map(|row| {
                let head = Head {
                    log: LogId(row.log_id),
                    incarnation: IncarnationId(row.incarnation_id),
                    position: Position(u64::try_from(row.position).unwrap_or(0)),
                    hash: Digest::from_slice(&row.hash).ok_or(StoreError::Malformed("audit_heads"))?,
                };
                Ok((ConnectorId::new(row.connector_id), head))
            })
            .collect()
    }
}
