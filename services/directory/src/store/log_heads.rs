//! What was seen of connectors' audit logs, and what connectors signed of the tenant's.

use groundwire_envelope::signed::Signed;
use groundwire_proto::log_head::SeenHead;
use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{ConnectorId, TenantId};

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
            "SELECT log_id, incarnation_id, position, hash FROM directory.audit_heads \
             WHERE tenant_id = $1 AND connector_id = $2 AND log_id = $3",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(log)
        .fetch_optional(&mut *transaction)
        .await?;
        row.map(HeadRow::parse).transpose()
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
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

#[derive(FromRow)]
struct HeadRow {
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
