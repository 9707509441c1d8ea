//! Sealing keys: certificates that were verified when their connector presented them.

use futures_util::future::BoxFuture;
use groundwire_envelope::KeyId;
use groundwire_envelope::signed::Signed;
use groundwire_eventlog::{ProjectionChange, ProjectionFailure};
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::{Store, StoreError};
use crate::domain::{CertifiedKey, ConnectorGroupId, ConnectorId, TenantId};

/// A key becomes known; commits with `SealingKeyRotated`.
#[derive(Debug, Clone)]
pub struct KeyPresented {
    pub tenant: TenantId,
    pub group: ConnectorGroupId,
    /// Who presented it.
    pub connector: ConnectorId,
    pub key: CertifiedKey,
}

impl ProjectionChange for KeyPresented {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async move {
            let certificate = self.key.certificate.clone().into_parts();
            // Two streams may present a key at once: it is the same key.
            sqlx::query(
                "INSERT INTO directory.sealing_keys (tenant_id, group_id, key_id, connector_id, certificate, signed_by, \
                 signature, seal_from, seal_until, open_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(self.tenant.uuid())
            .bind(self.group.uuid())
            .bind(self.key.id().to_string())
            .bind(self.connector.uuid())
            .bind(certificate.payload)
            .bind(certificate.key_id.to_string())
            .bind(certificate.signature)
            .bind(self.key.seal_from)
            .bind(self.key.seal_until)
            .bind(self.key.open_until)
            .execute(connection)
            .await?;
            Ok(())
        })
    }
}

#[derive(FromRow)]
struct CertificateRow {
    certificate: Vec<u8>,
    signed_by: String,
    signature: Vec<u8>,
}

impl CertificateRow {
    fn parse(self) -> Result<Signed, StoreError> {
        let malformed = || StoreError::Malformed("a row of sealing_keys");
        let signed_by = self.signed_by.parse().map_err(|_| malformed())?;
        Signed::from_parts(self.certificate, signed_by, &self.signature).map_err(|_| malformed())
    }
}

impl Store {
    /// Which of these keys are not known yet.
    pub async fn unknown_sealing_keys(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        keys: &[KeyId],
    ) -> Result<Vec<KeyId>, StoreError> {
        let names: Vec<String> = keys.iter().map(KeyId::to_string).collect();
        let mut transaction = self.tenant_transaction(tenant).await?;
        let known: Vec<String> = sqlx::query_scalar(
            "SELECT key_id FROM directory.sealing_keys WHERE tenant_id = $1 AND group_id = $2 AND key_id = ANY ($3)",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .bind(&names)
        .fetch_all(&mut transaction)
        .await?;
        Ok(keys
            .iter()
            .filter(|key| !known.contains(&key.to_string()))
            .copied()
            .collect())
    }

    /// Certificates that can be sealed to at this moment, of connectors that are not revoked.
    pub async fn sealing_certificates(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        now: OffsetDateTime,
    ) -> Result<Vec<Signed>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<CertificateRow> = sqlx::query_as(
            "SELECT k.certificate, k.signed_by, k.signature FROM directory.sealing_keys k \
             JOIN directory.connectors c ON c.tenant_id = k.tenant_id AND c.connector_id = k.connector_id \
             WHERE k.tenant_id = $1 AND k.group_id = $2 AND k.seal_from <= $3 AND k.seal_until > $3 \
             AND c.revoked_at IS NULL ORDER BY k.seal_from DESC, k.key_id LIMIT 256",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .bind(now)
        .fetch_all(&mut transaction)
        .await?;
        rows.into_iter().map(CertificateRow::parse).collect()
    }
}
