//! The directory's Postgres: the tenants' logs and the projections beside them.
//!
//! Promises: every query runs in a transaction that names its tenant, and row-level security holds it to that tenant
//! (the second wall beside the `WHERE`); nothing here keeps a secret in the clear.

use sqlx::{PgPool, Postgres, Transaction};

use crate::domain::TenantId;

/// The pool and what is kept per tenant. One per process.
pub struct Store {
    pool: PgPool,
}

/// The database could not do it now.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A row that this version cannot read: a defect, or another version wrote it.
    #[error("a row of {0} is malformed")]
    Malformed(&'static str),
}

impl Store {
    /// A store over this pool.
    #[must_use]
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The pool; for health checks and migrations.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction that sees and writes the rows of this tenant only.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tenant_transaction(
        &self,
        tenant: TenantId,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT set_config('groundwire.tenant', $1, true)")
            .bind(tenant.to_string())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// A transaction that sees the rows of all tenants in the few tables whose policy says so (tenants, enrolment
    /// tokens): for operators, for start-up, and for a caller whose tenant is not known yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn all_tenants_transaction(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT set_config('groundwire.all_tenants', 'on', true)")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}
