//! Enrolment tokens. Whether one may be used is decided while its row is held, in the transaction that uses it.

use futures_util::future::BoxFuture;
use groundwire_eventlog::{ProjectionChange, ProjectionFailure};
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{ConnectorGroupId, ConnectorId, IssuedToken, TenantId, TokenCommand, decide_token};

/// What happens to a token, together with the event that says so.
#[derive(Debug, Clone)]
pub enum TokenChange {
    /// It is made.
    Issued {
        token: IssuedToken,
        /// SHA-256 of its secret.
        secret_sha256: [u8; 32],
    },
    /// It is used. Refuses the unit with a [`crate::domain::TokenRefusal`].
    Used {
        tenant: TenantId,
        token: Uuid,
        connector: ConnectorId,
        at: OffsetDateTime,
    },
    /// It is revoked. Refuses the unit with a [`crate::domain::TokenRefusal`].
    Revoked {
        tenant: TenantId,
        token: Uuid,
        at: OffsetDateTime,
    },
}

impl ProjectionChange for TokenChange {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async move {
            match self {
                Self::Issued { token, secret_sha256 } => insert(connection, token, secret_sha256).await,
                Self::Used {
                    tenant,
                    token,
                    connector,
                    at,
                } => {
                    decide(connection, *tenant, *token, TokenCommand::Use, *at).await?;
                    sqlx::query(
                        "UPDATE directory.enrollment_tokens SET used_at = $4, connector_id = $3 \
                         WHERE tenant_id = $1 AND token_id = $2",
                    )
                    .bind(tenant.uuid())
                    .bind(token)
                    .bind(connector.uuid())
                    .bind(at)
                    .execute(connection)
                    .await?;
                    Ok(())
                }
                Self::Revoked { tenant, token, at } => {
                    decide(connection, *tenant, *token, TokenCommand::Revoke, *at).await?;
                    sqlx::query(
                        "UPDATE directory.enrollment_tokens SET revoked_at = $3 \
                         WHERE tenant_id = $1 AND token_id = $2",
                    )
                    .bind(tenant.uuid())
                    .bind(token)
                    .bind(at)
                    .execute(connection)
                    .await?;
                    Ok(())
                }
            }
        })
    }
}

async fn insert(
    connection: &mut PgConnection,
    token: &IssuedToken,
    secret_sha256: &[u8; 32],
) -> Result<(), ProjectionFailure> {
    sqlx::query(
        "INSERT INTO directory.enrollment_tokens \
         (tenant_id, token_id, group_id, secret_sha256, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(token.tenant.uuid())
    .bind(token.token)
    .bind(token.group.uuid())
    .bind(secret_sha256.as_slice())
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Decides on the token as it stands, and holds its row until the transaction ends: nobody uses or revokes it in between.
async fn decide(
    connection: &mut PgConnection,
    tenant: TenantId,
    token: Uuid,
    command: TokenCommand,
    now: OffsetDateTime,
) -> Result<(), ProjectionFailure> {
    let row: Option<TokenRow> = sqlx::query_as(
        "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id \
         FROM directory.enrollment_tokens WHERE tenant_id = $1 AND token_id = $2 FOR UPDATE",
    )
    .bind(tenant.uuid())
    .bind(token)
    .fetch_optional(connection)
    .await?;
    let token = row.map(IssuedToken::from);
    decide_token(token.as_ref(), command, now).map_err(ProjectionFailure::refused)
}

impl Store {
    /// A token of any tenant with the hash of its secret: who enrols has no tenant yet.
    pub async fn enrollment_token_of_any_tenant(
        &self,
        token: Uuid,
    ) -> Result<Option<(IssuedToken, [u8; 32])>, StoreError> {
        let mut transaction = self.all_tenants_transaction().await?;
        let row: Option<TokenWithHash> = sqlx::query_as(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id, \
             secret_sha256 FROM directory.enrollment_tokens WHERE token_id = $1",
        )
        .bind(token)
        .fetch_optional(&mut transaction)
        .await?;
        row.map(TokenWithHash::parse).transpose()
    }

    /// A token of this tenant.
    pub async fn enrollment_token(
        &self,
        tenant: TenantId,
        token: Uuid,
    ) -> Result<Option<IssuedToken>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<TokenRow> = sqlx::query_as(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id \
             FROM directory.enrollment_tokens WHERE tenant_id = $1 AND token_id = $2",
        )
        .bind(tenant.uuid())
        .bind(token)
        .fetch_optional(&mut transaction)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Tokens of a tenant (and group) in the order of their ids, after one.
    pub async fn enrollment_tokens(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<IssuedToken>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<TokenRow> = sqlx::query_as(
            "SELECT tenant_id, token_id, group_id, created_at, expires_at, used_at, revoked_at, connector_id \
             FROM directory.enrollment_tokens WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2) \
             AND ($3::uuid IS NULL OR token_id > $3) ORDER BY token_id LIMIT $4",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

#[derive(FromRow)]
struct TokenRow {
    tenant_id: Uuid,
    token_id: Uuid,
    group_id: Uuid,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    used_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
    connector_id: Option<Uuid>,
}

impl From<TokenRow> for IssuedToken {
    fn from(row: TokenRow) -> Self {
        Self {
            tenant: TenantId::new(row.tenant_id),
            token: row.token_id,
            group: ConnectorGroupId::new(row.group_id),
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
            connector: row.connector_id.map(ConnectorId::new),
        }
    }
}

#[derive(FromRow)]
struct TokenWithHash {
    #[sqlx(flatten)]
    token: TokenRow,
    secret_sha256: Vec<u8>,
}

impl TokenWithHash {
    fn parse(self) -> Result<(IssuedToken, [u8; 32]), StoreError> {
        let malformed = |_| StoreError::Malformed("a row of enrollment_tokens");
        let hash = self.secret_sha256.try_into().map_err(malformed)?;
        Ok((self.token.into(), hash))
    }
}
