//! Ciphertext that waits for delivery, in an UNLOGGED table: emptied when the operation ends, gone after a crash of
//! Postgres. Never plaintext.

use sqlx::FromRow;

use super::{Store, StoreError};
use crate::domain::{OperationId, TenantId};

/// What waits beside an operation. No `Debug`: the proof is a credential.
#[derive(Clone, Default, FromRow)]
pub struct StoredSecret {
    /// The sealed password(s), as they go to the connector; none for kinds without one.
    #[sqlx(rename = "secret")]
    pub ciphertext: Option<Vec<u8>>,
    /// The person's proof, where one was given.
    pub proof: Option<String>,
}

impl Store {
    /// What waits beside an operation; `None` if it is gone.
    pub async fn waiting_secret(
        &self,
        tenant: TenantId,
        operation: OperationId,
    ) -> Result<Option<StoredSecret>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let stored = sqlx::query_as(
            "SELECT secret, proof FROM directory.sealed_secrets WHERE tenant_id = $1 AND operation_id = $2",
        )
        .bind(tenant.uuid())
        .bind(operation.uuid())
        .fetch_optional(&mut transaction)
        .await?;
        Ok(stored)
    }
}
