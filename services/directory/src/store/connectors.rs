//! Connectors, what binds the connectors of a group together, and what was seen of their logs.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use groundwire_eventlog::ProjectionChange;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::DomainController;
use groundwire_proto::log_head::SeenHead;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

/// A connector as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorRow {
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    /// The name it gave itself.
    pub display_name: String,
    pub version: String,
    /// When it enrolled.
    pub enrolled_at: OffsetDateTime,
    /// When its certificate ends.
    pub certificate_expires_at: OffsetDateTime,
    /// When it was last heard of; coarse while it is attached.
    pub last_seen_at: Option<OffsetDateTime>,
    /// The DC it wrote to when it was last heard of.
    pub dc: Option<String>,
    /// When its certificate was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

/// What the first connector of a group set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupBinding {
    /// The public half of the group's root key.
    pub root_key: Option<[u8; 32]>,
    /// The DC that all its connectors write to.
    pub dc: Option<DomainController>,
    /// When a sync last finished.
    pub synced_at: Option<OffsetDateTime>,
}

/// A change that commits with the event that says so.
#[derive(Debug, Clone)]
pub enum ConnectorChange {
    /// It has an identity.
    Enrolled {
        tenant: TenantId,
        row: Box<ConnectorRow>,
        certificate_serial: String,
        certificate_fingerprint: [u8; 32],
    },
    /// The group's root key: set once; fails with [`sqlx::Error::RowNotFound`] if another one is set.
    RootKey {
        tenant: TenantId,
        group: ConnectorGroupId,
        key: [u8; 32],
    },
    /// The group's DC: set once; afterwards only the same host may change what else is known of it (fails with
    /// [`sqlx::Error::RowNotFound`] otherwise).
    GroupDc {
        tenant: TenantId,
        group: ConnectorGroupId,
        dc: DomainController,
    },
    /// It was heard of.
    Seen {
        tenant: TenantId,
        connector: ConnectorId,
        version: String,
        dc: String,
        at: OffsetDateTime,
    },
}

impl ProjectionChange for ConnectorChange {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let query = match self {
                Self::Enrolled { tenant, row, certificate_serial, certificate_fingerprint } => sqlx::query(
                    "INSERT INTO directory.connectors (tenant_id, connector_id, group_id, display_name, version, \
                     enrolled_at, certificate_serial, certificate_fingerprint, certificate_expires_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(tenant.uuid())
                .bind(row.connector.uuid())
                .bind(row.group.uuid())
                .bind(&row.display_name)
                .bind(&row.version)
                .bind(row.enrolled_at)
                .bind(certificate_serial)
                .bind(certificate_fingerprint.as_slice())
                .bind(row.certificate_expires_at),
                Self::RootKey { tenant, group, key } => sqlx::query(
                    "INSERT INTO directory.group_bindings AS b (tenant_id, group_id, root_key) VALUES ($1, $2, $3) \
                     ON CONFLICT (tenant_id, group_id) DO UPDATE SET root_key = excluded.root_key \
                     WHERE b.root_key IS NULL OR b.root_key = excluded.root_key",
                )
                .bind(tenant.uuid())
                .bind(group.uuid())
                .bind(key.as_slice()),
                Self::GroupDc { tenant, group, dc } => sqlx::query(
                    "INSERT INTO directory.group_bindings AS b \
                     (tenant_id, group_id, dc_host, dc_invocation_id, dc_policy_hints) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (tenant_id, group_id) DO UPDATE SET dc_host = excluded.dc_host, \
                     dc_invocation_id = excluded.dc_invocation_id, dc_policy_hints = excluded.dc_policy_hints \
                     WHERE b.dc_host IS NULL OR lower(b.dc_host) = lower(excluded.dc_host)",
                )
                .bind(tenant.uuid())
                .bind(group.uuid())
                .bind(&dc.host)
                .bind(&dc.invocation_id)
                .bind(dc.policy_hints),
                Self::Seen { tenant, connector, version, dc, at } => sqlx::query(
                    "UPDATE directory.connectors SET version = $3, dc = $4, last_seen_at = $5 \
                     WHERE tenant_id = $1 AND connector_id = $2",
                )
                .bind(tenant.uuid())
                .bind(connector.uuid())
                .bind(version)
                .bind(dc)
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
    /// One connector.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connector(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
    ) -> Result<Option<ConnectorRow>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row = sqlx::query(
            "SELECT connector_id, group_id, display_name, version, enrolled_at, certificate_expires_at, last_seen_at, \
             dc, revoked_at FROM directory.connectors WHERE tenant_id = $1 AND connector_id = $2",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .fetch_optional(&mut *transaction)
        .await?;
        row.as_ref().map(connector_row).transpose()
    }

    /// Connectors of a tenant (and group) in the order of their ids, after one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connectors(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<ConnectorId>,
        limit: u32,
    ) -> Result<Vec<ConnectorRow>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows = sqlx::query(
            "SELECT connector_id, group_id, display_name, version, enrolled_at, certificate_expires_at, last_seen_at, \
             dc, revoked_at FROM directory.connectors WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2) \
             AND ($3::uuid IS NULL OR connector_id > $3) ORDER BY connector_id LIMIT $4",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .bind(after.map(ConnectorId::uuid))
        .bind(i64::from(limit))
        .fetch_all(&mut *transaction)
        .await?;
        rows.iter().map(connector_row).collect()
    }

    /// What binds a group's connectors together; all empty while none has enrolled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn group_binding(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> Result<GroupBinding, StoreError> {
        Ok(self
            .bindings(tenant, Some(group))
            .await?
            .remove(&group)
            .unwrap_or_default())
    }

    /// The bindings of all groups of a tenant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn group_bindings(
        &self,
        tenant: TenantId,
    ) -> Result<HashMap<ConnectorGroupId, GroupBinding>, StoreError> {
        self.bindings(tenant, None).await
    }

    async fn bindings(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
    ) -> Result<HashMap<ConnectorGroupId, GroupBinding>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows = sqlx::query(
            "SELECT group_id, root_key, dc_host, dc_invocation_id, dc_policy_hints, synced_at \
             FROM directory.group_bindings WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2)",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .fetch_all(&mut *transaction)
        .await?;
        rows.iter().map(binding_row).collect()
    }

    /// Remembers that a connector was heard of: coarse, without an event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connector_seen(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
        dc: &str,
        at: OffsetDateTime,
        head: Option<SeenHead>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        sqlx::query(
            "UPDATE directory.connectors SET last_seen_at = $3, dc = $4 WHERE tenant_id = $1 AND connector_id = $2",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(at)
        .bind(dc)
        .execute(&mut *transaction)
        .await?;
        if let Some(head) = head {
            sqlx::query(
                "INSERT INTO directory.audit_heads \
                 (tenant_id, connector_id, log_id, incarnation_id, position, hash, seen_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, connector_id, log_id) DO UPDATE SET \
                 incarnation_id = excluded.incarnation_id, position = excluded.position, hash = excluded.hash, \
                 seen_at = excluded.seen_at",
            )
            .bind(tenant.uuid())
            .bind(connector.uuid())
            .bind(head.log)
            .bind(head.incarnation)
            .bind(i64::try_from(head.position).unwrap_or(i64::MAX))
            .bind(head.hash.as_slice())
            .bind(at)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The furthest head that was seen of a connector's audit log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_head(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
        log: Uuid,
    ) -> Result<Option<SeenHead>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row = sqlx::query(
            "SELECT log_id, incarnation_id, position, hash FROM directory.audit_heads \
             WHERE tenant_id = $1 AND connector_id = $2 AND log_id = $3",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(log)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let hash: Vec<u8> = row.try_get("hash")?;
        let malformed = StoreError::Malformed("audit_heads");
        Ok(Some(SeenHead {
            log: row.try_get("log_id")?,
            incarnation: row.try_get("incarnation_id")?,
            position: u64::try_from(row.try_get::<i64, _>("position")?).unwrap_or(0),
            hash: hash.try_into().map_err(|_| malformed)?,
        }))
    }

    /// Keeps a connector's signed statement of the tenant's log; the first one for a position stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_checkpoint(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
        position: u64,
        signed: &SignedBytes,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        sqlx::query(
            "INSERT INTO directory.checkpoints \
             (tenant_id, connector_id, position, payload, signed_by, signature, received_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(&signed.payload)
        .bind(&signed.key_id)
        .bind(&signed.signature)
        .bind(at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn connector_row(row: &PgRow) -> Result<ConnectorRow, StoreError> {
    Ok(ConnectorRow {
        connector: ConnectorId::new(row.try_get("connector_id")?),
        group: ConnectorGroupId::new(row.try_get("group_id")?),
        display_name: row.try_get("display_name")?,
        version: row.try_get("version")?,
        enrolled_at: row.try_get("enrolled_at")?,
        certificate_expires_at: row.try_get("certificate_expires_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        dc: row.try_get("dc")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}

fn binding_row(row: &PgRow) -> Result<(ConnectorGroupId, GroupBinding), StoreError> {
    let root_key: Option<Vec<u8>> = row.try_get("root_key")?;
    let root_key = root_key
        .map(|key| {
            key.try_into()
                .map_err(|_| StoreError::Malformed("group_bindings"))
        })
        .transpose()?;
    let dc = match row.try_get::<Option<String>, _>("dc_host")? {
        None => None,
        Some(host) => Some(DomainController {
            host,
            invocation_id: row
                .try_get::<Option<String>, _>("dc_invocation_id")?
                .unwrap_or_default(),
            policy_hints: row
                .try_get::<Option<bool>, _>("dc_policy_hints")?
                .unwrap_or(false),
        }),
    };
    let binding = GroupBinding {
        root_key,
        dc,
        synced_at: row.try_get("synced_at")?,
    };
    Ok((ConnectorGroupId::new(row.try_get("group_id")?), binding))
}
