//! Connectors, and what binds the connectors of a group together.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use groundwire_eventlog::{ProjectionChange, ProjectionFailure};
use groundwire_kit::clock::unix_us;
use groundwire_proto::log_head::SeenHead;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{FromRow, PgConnection, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::operations::moment;
use super::{Store, StoreError};
use crate::domain::{
    ConnectorGroupId, ConnectorId, ConnectorRefusal, DomainController, EnrolledConnector, GroupBinding,
    TenantId,
};

/// A change that commits with the event that says so.
#[derive(Debug, Clone)]
pub enum ConnectorChange {
    /// It has an identity.
    Enrolled {
        tenant: TenantId,
        enrolled: Box<EnrolledConnector>,
        certificate_serial: String,
        certificate_fingerprint: [u8; 32],
    },
    /// The group's root key. Refuses the unit with a [`ConnectorRefusal`] if another one is set.
    RootKey {
        tenant: TenantId,
        group: ConnectorGroupId,
        key: [u8; 32],
    },
    /// The group's DC, as a connector reports it. Refuses the unit with a [`ConnectorRefusal`] if another one is set.
    GroupDc {
        tenant: TenantId,
        group: ConnectorGroupId,
        dc: DomainController,
        /// What was delivered up to this moment (unix µs) may be lost from now on.
        lost_before_us: Option<i64>,
    },
    /// A frame of it came. Refuses the unit with a [`ConnectorRefusal`] if there is no such connector.
    Seen {
        tenant: TenantId,
        connector: ConnectorId,
        version: String,
        dc: String,
        at: OffsetDateTime,
    },
}

impl ProjectionChange for ConnectorChange {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async move {
            let query = match self {
                Self::Enrolled {
                    tenant,
                    enrolled,
                    certificate_serial,
                    certificate_fingerprint,
                } => sqlx::query(
                    "INSERT INTO directory.connectors (tenant_id, connector_id, group_id, display_name, version, \
                     enrolled_at, certificate_serial, certificate_fingerprint, certificate_expires_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(tenant.uuid())
                .bind(enrolled.connector.uuid())
                .bind(enrolled.group.uuid())
                .bind(&enrolled.display_name)
                .bind(&enrolled.version)
                .bind(enrolled.enrolled_at)
                .bind(certificate_serial)
                .bind(certificate_fingerprint.as_slice())
                .bind(enrolled.certificate_expires_at),
                Self::RootKey { tenant, group, key } => {
                    let binding = hold_binding(connection, *tenant, *group).await?;
                    binding.decide_root_key(key).map_err(ProjectionFailure::refused)?;
                    sqlx::query(
                        "UPDATE directory.group_bindings SET root_key = $3 WHERE tenant_id = $1 AND group_id = $2",
                    )
                    .bind(tenant.uuid())
                    .bind(group.uuid())
                    .bind(key.as_slice())
                }
                Self::GroupDc {
                    tenant,
                    group,
                    dc,
                    lost_before_us,
                } => {
                    let binding = hold_binding(connection, *tenant, *group).await?;
                    binding.decide_dc(dc).map_err(ProjectionFailure::refused)?;
                    set_dc(*tenant, *group, dc, *lost_before_us)
                }
                Self::Seen {
                    tenant,
                    connector,
                    version,
                    dc,
                    at,
                } => sqlx::query(
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
                0 => Err(ProjectionFailure::refused(ConnectorRefusal::Unknown)),
                _ => Ok(()),
            }
        })
    }
}

/// The statement that makes this the DC in the group's row.
pub(super) fn set_dc(
    tenant: TenantId,
    group: ConnectorGroupId,
    dc: &DomainController,
    lost_before_us: Option<i64>,
) -> Query<'_, Postgres, PgArguments> {
    sqlx::query(
        "UPDATE directory.group_bindings \
         SET dc_host = $3, dc_invocation_id = $4, dc_policy_hints = $5, dc_domain_controllers = $6, \
         lost_before = COALESCE($7, lost_before) WHERE tenant_id = $1 AND group_id = $2",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .bind(&dc.host)
    .bind(&dc.invocation_id)
    .bind(dc.policy_hints)
    .bind(
        dc.domain_controllers
            .map(|count| i32::try_from(count).unwrap_or(i32::MAX)),
    )
    .bind(lost_before_us.map(moment))
}

/// The group's binding as it stands (made empty if there is none), and holds its row until the transaction ends.
pub(super) async fn hold_binding(
    connection: &mut PgConnection,
    tenant: TenantId,
    group: ConnectorGroupId,
) -> Result<GroupBinding, ProjectionFailure> {
    sqlx::query(
        "INSERT INTO directory.group_bindings (tenant_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .execute(&mut *connection)
    .await?;
    let row: BindingRow = sqlx::query_as(
        "SELECT group_id, root_key, dc_host, dc_invocation_id, dc_policy_hints, dc_domain_controllers, lost_before, synced_at \
         FROM directory.group_bindings WHERE tenant_id = $1 AND group_id = $2 FOR UPDATE",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .fetch_one(connection)
    .await?;
    let (_, binding) = row.parse().map_err(ProjectionFailure::refused)?;
    Ok(binding)
}

impl Store {
    pub async fn connector(
        &self,
        tenant: TenantId,
        connector: ConnectorId,
    ) -> Result<Option<EnrolledConnector>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<ConnectorRow> = sqlx::query_as(
            "SELECT connector_id, group_id, display_name, version, enrolled_at, certificate_expires_at, last_seen_at, \
             dc, revoked_at FROM directory.connectors WHERE tenant_id = $1 AND connector_id = $2",
        )
        .bind(tenant.uuid())
        .bind(connector.uuid())
        .fetch_optional(&mut transaction)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Connectors of a tenant (and group) in the order of their ids, after one.
    pub async fn connectors(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<ConnectorId>,
        limit: u32,
    ) -> Result<Vec<EnrolledConnector>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<ConnectorRow> = sqlx::query_as(
            "SELECT connector_id, group_id, display_name, version, enrolled_at, certificate_expires_at, last_seen_at, \
             dc, revoked_at FROM directory.connectors WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2) \
             AND ($3::uuid IS NULL OR connector_id > $3) ORDER BY connector_id LIMIT $4",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .bind(after.map(ConnectorId::uuid))
        .bind(i64::from(limit))
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// What binds a group's connectors together; all empty while none has enrolled.
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
        let rows: Vec<BindingRow> = sqlx::query_as(
            "SELECT group_id, root_key, dc_host, dc_invocation_id, dc_policy_hints, dc_domain_controllers, lost_before, synced_at \
             FROM directory.group_bindings WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2)",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .fetch_all(&mut transaction)
        .await?;
        rows.into_iter().map(BindingRow::parse).collect()
    }

    /// Remembers when the last frame of a connector came: coarse, without an event.
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
        .execute(&mut transaction)
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
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[derive(FromRow)]
struct ConnectorRow {
    connector_id: Uuid,
    group_id: Uuid,
    display_name: String,
    version: String,
    enrolled_at: OffsetDateTime,
    certificate_expires_at: OffsetDateTime,
    last_seen_at: Option<OffsetDateTime>,
    dc: Option<String>,
    revoked_at: Option<OffsetDateTime>,
}

impl From<ConnectorRow> for EnrolledConnector {
    fn from(row: ConnectorRow) -> Self {
        Self {
            connector: ConnectorId::new(row.connector_id),
            group: ConnectorGroupId::new(row.group_id),
            display_name: row.display_name,
            version: row.version,
            enrolled_at: row.enrolled_at,
            certificate_expires_at: row.certificate_expires_at,
            last_seen_at: row.last_seen_at,
            dc: row.dc,
            revoked_at: row.revoked_at,
        }
    }
}

#[derive(FromRow)]
struct BindingRow {
    group_id: Uuid,
    root_key: Option<Vec<u8>>,
    dc_host: Option<String>,
    dc_invocation_id: Option<String>,
    dc_policy_hints: Option<bool>,
    dc_domain_controllers: Option<i32>,
    lost_before: Option<OffsetDateTime>,
    synced_at: Option<OffsetDateTime>,
}

impl BindingRow {
    fn parse(self) -> Result<(ConnectorGroupId, GroupBinding), StoreError> {
        let malformed = |_| StoreError::Malformed("a row of group_bindings");
        let root_key = self
            .root_key
            .map(TryInto::try_into)
            .transpose()
            .map_err(malformed)?;
        let dc = self.dc_host.map(|host| DomainController {
            host,
            invocation_id: self.dc_invocation_id.unwrap_or_default(),
            policy_hints: self.dc_policy_hints.unwrap_or(false),
            domain_controllers: self
                .dc_domain_controllers
                .and_then(|count| u32::try_from(count).ok()),
        });
        let binding = GroupBinding {
            root_key,
            dc,
            lost_before_us: self.lost_before.map(unix_us),
            synced_at: self.synced_at,
        };
        Ok((ConnectorGroupId::new(self.group_id), binding))
    }
}
