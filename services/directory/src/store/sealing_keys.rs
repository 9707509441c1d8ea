//! Sealing keys: certificates that were verified when their connector presented them.

use futures_util::future::BoxFuture;
use groundwire_envelope::KeyId;
use groundwire_eventlog::ProjectionChange;
use groundwire_proto::envelope::v1::SignedBytes;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;

use super::{Store, StoreError};
use crate::delivery::sealing::CertifiedKey;
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

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
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> {
        Box::pin(async move {
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
            .bind(&self.key.certificate.payload)
            .bind(&self.key.certificate.key_id)
            .bind(&self.key.certificate.signature)
            .bind(self.key.seal_from)
            .bind(self.key.seal_until)
            .bind(self.key.open_until)
            .execute(connection)
            .await
            .map(|_| ())
        })
    }
}

impl Store {
    /// Which of these keys are not known yet.
    ///
    /// # Errors
    /// [`StoreError`].
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
        .fetch_all(&mut *transaction)
        .await?;
        Ok(keys
            .iter()
            .filter(|key| !known.contains(&key.to_string()))
            .copied()
            .collect())
    }

    /// Certificates that can be sealed to at this moment, of connectors that are not revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sealing_certificates(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        now: OffsetDateTime,
    ) -> Result<Vec<SignedBytes>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows = sqlx::query(
            "SELECT k.certificate, k.signed_by, k.signature FROM directory.sealing_keys k \
             JOIN directory.connectors c ON c.tenant_id = k.tenant_id AND c.connector_id = k.connector_id \
             WHERE k.tenant_id = $1 AND k.group_id = $2 AND k.seal_from <= $3 AND k.seal_until > $3 \
             AND c.revoked_at IS NULL ORDER BY k.seal_from DESC, k.key_id LIMIT 256",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .bind(now)
        .fetch_all(&mut *transaction)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SignedBytes {
                    payload: row.try_get("certificate")?,
                    key_id: row.try_get("signed_by")?,
                    signature: row.try_get("signature")?,
                })
            })
            .collect()
    }
}
