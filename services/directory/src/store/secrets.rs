//! Ciphertext that waits for delivery, in an UNLOGGED table: emptied when the operation ends, gone after a crash of
//! Postgres. Never plaintext.

use groundwire_proto::envelope::v1::SealedSecret;
use prost::Message;

use super::{Store, StoreError};
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
        .bind(tenant.uuid())
        .bind(operation.uuid())
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
