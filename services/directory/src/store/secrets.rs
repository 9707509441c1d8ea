//! Ciphertext that waits for delivery, in an UNLOGGED table: emptied when the operation ends, gone after a crash of
//! Postgres. Never plaintext.

use groundwire_proto::envelope::v1::SealedSecret;
use prost::Message;
use sqlx::PgConnection;

use super::{Store, StoreError, operations::moment};
use crate::domain::{OperationId, TenantId};

/// What waits beside an operation. No `Debug`: the proof is a credential.
#[derive(Clone, Default)]
pub struct WaitingSecret {
    /// The sealed password(s); none for kinds without one.
    pub secret: Option<SealedSecret>,
    /// The person's proof, where one was given.
    pub proof: Option<String>,
}

impl WaitingSecret {
    /// Nothing to keep.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.secret.is_none() && self.proof.is_none()
    }
}

pub(crate) async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    operation: OperationId,
    waiting: &WaitingSecret,
    expires_at_us: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO directory.sealed_secrets (tenant_id, operation_id, secret, proof, expires_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, operation_id) DO NOTHING",
    )
    .bind(tenant.0)
    .bind(operation.0)
    .bind(waiting.secret.as_ref().map(Message::encode_to_vec))
    .bind(&waiting.proof)
    .bind(moment(expires_at_us))
    .execute(connection)
    .await
    .map(drop)
}

pub(crate) async fn delete(
    connection: &mut PgConnection,
    tenant: TenantId,
    operation: OperationId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM directory.sealed_secrets WHERE tenant_id = $1 AND operation_id = $2")
        .bind(tenant.0)
        .bind(operation.0)
        .execute(connection)
        .await
        .map(drop)
}

impl Store {
    /// What waits beside an operation; `None` if it is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_secret(
        &self,
        tenant: TenantId,
        operation: OperationId,
    ) -> Result<Option<WaitingSecret>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<(Option<Vec<u8>>, Option<String>)> = sqlx::query_as(
            "SELECT secret, proof FROM directory.sealed_secrets WHERE tenant_id = $1 AND operation_id = $2",
        )
        .bind(tenant.0)
        .bind(operation.0)
        .fetch_optional(&mut *transaction)
        .await?;
        row.map(|(secret, proof)| {
            let secret = secret
                .map(|bytes| SealedSecret::decode(bytes.as_slice()))
                .transpose();
            let secret = secret.map_err(|_| StoreError::Malformed("a sealed secret"))?;
            Ok(WaitingSecret { secret, proof })
        })
        .transpose()
    }
}
