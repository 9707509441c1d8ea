//! What was seen of connectors' audit logs, and what connectors signed of the tenant's.

use groundwire_envelope::signed::Signed;
use groundwire_proto::log_head::SeenHead;
use sqlx::FromRow;
use time::OffsetDateTime;
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

impl Store {
    /// The furthest head that was seen of a connector's audit log.
    pub async fn audit_head(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
        log: Uuid,
    ) -> Result<Option<SeenHead>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<HeadRow> = sqlx::query_as(
            "SELECT connector_id, log_id, incarnation_id, position, hash FROM directory.audit_heads \
             WHERE tenant_id = $1 AND connector_id = $2 AND log_id = $3",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(log)
        .fetch_optional(&mut transaction)
        .await?;
        row.map(HeadRow::parse).transpose()
    }

    /// How far the audit logs of the tenant's connectors were seen.
    pub async fn audit_heads(&self, tenant: TenantId) -> Result<Vec<(ConnectorId, SeenHead)>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<HeadRow> = sqlx::query_as(
            "SELECT connector_id, log_id, incarnation_id, position, hash FROM directory.audit_heads \
             WHERE tenant_id = $1 ORDER BY connector_id, seen_at",
        )
        .bind(tenant.uuid())
        .fetch_all(&mut transaction)
        .await?;
        rows.into_iter()
            .map(|row| Ok((ConnectorId::new(row.connector_id), row.parse()?)))
            .collect()
    }

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
        .fetch_all(&mut transaction)
        .await?)
    }

    /// Keeps a connector's signed statement of the tenant's log; the first one for a position stays.
    pub async fn keep_checkpoint(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
        position: u64,
        signed: Signed,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let signed = signed.into_parts();
        let mut transaction = self.tenant_transaction(tenant).await?;
        sqlx::query(
            "INSERT INTO directory.checkpoints \
             (tenant_id, connector_id, position, payload, signed_by, signature, received_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(signed.payload)
        .bind(signed.key_id.to_string())
        .bind(signed.signature)
        .bind(at)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

#[derive(FromRow)]
struct HeadRow {
    connector_id: Uuid,
    log_id: Uuid,
    incarnation_id: Uuid,
    position: i64,
    hash: Vec<u8>,
}

impl HeadRow {
    fn parse(self) -> Result<SeenHead, StoreError> {
        let malformed = |_| StoreError::Malformed("a row of audit_heads");
        Ok(SeenHead {
            log: self.log_id,
            incarnation: self.incarnation_id,
            position: u64::try_from(self.position).unwrap_or(0),
            hash: self.hash.try_into().map_err(malformed)?,
        })
    }
}
