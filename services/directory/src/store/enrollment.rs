//! Enrolment tokens. Whether one can be used is decided by the row itself, in the transaction that uses it.

use futures_util::future::BoxFuture;
use groundwire_eventlog::ProjectionChange;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub tenant: TenantId,
    pub token: Uuid,
    /// The group it enrols into.
    pub group: ConnectorGroupId,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// It is of no use after this.
    pub expires_at: OffsetDateTime,
    /// When it was used.
    pub used_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
    /// The connector that used it.
    pub connector: Option<ConnectorId>,
}

/// What happens to a token, together with the event that says so.
#[derive(Debug, Clone)]
pub enum TokenChange {
    /// It is made.
    Issued {
        row: TokenRow,
        /// SHA-256 of its secret.
        secret_sha256: [u8; 32],
    },
    /// It is used; fails with [`sqlx::Error::RowNotFound`] if it was used, revoked or expired before.
    Used {
        tenant: TenantId,
        token: Uuid,
        connector: ConnectorId,
        at: OffsetDateTime,
    },
    /// It is revoked; fails with [`sqlx::Error::RowNotFound`] if it was used or revoked before.
    Revoked {
        tenant: TenantId,
        token: Uuid,
        at: OffsetDateTime,
    },
}

impl ProjectionChange for TokenChange {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let query = match self {
                Self::Issued { row, secret_sha256 } => sqlx::query(
                    "INSERT INTO directory.enrollment_tokens \
                     (tenant_id, token_id, group_id, secret_sha256, created_at, expires_at) \
                     VALUES ($1, $2, $3, $4, $5, $6)",
                )
                .bind(row.tenant.uuid())
                .bind(row.token)
                .bind(row.group.uuid())
                .bind(secret_sha256.as_slice())
                .bind(row.created_at)
                .bind(row.expires_at),
                Self::Used {
                    tenant,
                    token,
                    connector,
                    at,
                } => sqlx::query(
                    "UPDATE directory.enrollment_tokens SET used_at = $4, connector_id = $3 \
                     WHERE tenant_id = $1 AND token_id = $2 AND used_at IS NULL AND revoked_at IS NULL \
                     AND expires_at > $4",
                )
                .bind(tenant.uuid())
                .bind(token)
                .bind(connector.uuid())
                .bind(at),
                Self::Revoked { tenant, token, at } => sqlx::query(
                    "UPDATE directory.enrollment_tokens SET revoked_at = $3 \
                     WHERE tenant_id = $1 AND token_id = $2 AND used_at IS NULL AND revoked_at IS NULL",
                )
                .bind(tenant.uuid())
                .bind(token)
                .bind(at),
            };
            match query.execute(connection).await?.rows_affected() {
                1 => Ok(()),
                _ => Err(sqlx::Error::RowNotFound),
            }
        })
    }
}

impl Store {
    /// A token of any tenant with the hash of its secret: who enrols has no tenant yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enrollment_token_of_any_tenant(
        &self,
        token: Uuid,
    ) -> Result<Option<(TokenRow, [u8; 32])>, StoreError> {
        let mut transaction = self.all_tenants_transaction().await?;
        let row = sqlx::query(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id, \
             secret_sha256 FROM directory.enrollment_tokens WHERE token_id = $1",
        )
        .bind(token)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let hash: Vec<u8> = row.try_get("secret_sha256")?;
        let hash = hash
            .try_into()
            .map_err(|_| StoreError::Malformed("enrollment_tokens"))?;
        Ok(Some((token_row(&row)?, hash)))
    }

    /// A token of this tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enrollment_token(
        &self,
        tenant: TenantId,
        token: Uuid,
    ) -> Result<Option<TokenRow>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row = sqlx::query(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id \
             FROM directory.enrollment_tokens WHERE tenant_id = $1 AND token_id = $2",
        )
        .bind(tenant.uuid())
        .bind(token)
        .fetch_optional(&mut *transaction)
        .await?;
        row.as_ref().map(token_row).transpose()
    }

    /// Tokens of a tenant (and group) in the order of their ids, after one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enrollment_tokens(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<TokenRow>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows = sqlx::query(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id \
             FROM directory.enrollment_tokens WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2) \
             AND ($3::uuid IS NULL OR token_id > $3) ORDER BY token_id LIMIT $4",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *transaction)
        .await?;
        rows.iter().map(token_row).collect()
    }
}

fn token_row(row: &PgRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        tenant: TenantId::new(row.try_get("tenant_id")?),
        token: row.try_get("token_id")?,
        group: ConnectorGroupId::new(row.try_get("group_id")?),
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        used_at: row.try_get("used_at")?,
        revoked_at: row.try_get("revoked_at")?,
        connector: row
            .try_get::<Option<Uuid>, _>("connector_id")?
            .map(ConnectorId::new),
    })
}
