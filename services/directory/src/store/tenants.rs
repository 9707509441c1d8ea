//! The projections `tenants` and `connector_groups`, and the tenant's own stream.

use futures_util::future::BoxFuture;
use groundwire_eventlog::{AppendError, ExpectedVersion, ProjectionChange, ProjectionFailure, StreamVersion};
use sqlx::{FromRow, PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::operations::moment;
use super::streams::tenant_unit;
use super::{Store, StoreError, settings};
use crate::domain::{ConnectorGroupCreated, ConnectorGroupId, TenantCreated, TenantEvent, TenantId};

/// The claim by which a connector group's id is taken once per tenant, for ever.
pub(crate) const GROUP_CLAIM: &str = "connector_group";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub display_name: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// A connector group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorGroup {
    pub id: ConnectorGroupId,
    pub display_name: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// Applies an event of a tenant's stream to the projections.
pub(crate) struct TenantRows {
    pub(crate) tenant: TenantId,
    pub(crate) event: TenantEvent,
}

impl ProjectionChange for TenantRows {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async { Ok(apply(connection, self.tenant, &self.event).await?) })
    }
}

pub(crate) async fn apply(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    event: &TenantEvent,
) -> Result<(), sqlx::Error> {
    match event {
        TenantEvent::TenantCreated(TenantCreated {
            display_name,
            created_at_us,
            ..
        }) => sqlx::query(
            "INSERT INTO directory.tenants (tenant_id, display_name, created_at) VALUES ($1, $2, $3)",
        )
        .bind(tenant.uuid())
        .bind(display_name)
        .bind(moment(*created_at_us))
        .execute(executor)
        .await
        .map(drop),
        TenantEvent::ConnectorGroupCreated(ConnectorGroupCreated {
            group_id,
            display_name,
            created_at_us,
        }) => sqlx::query(
            "INSERT INTO directory.connector_groups (tenant_id, group_id, display_name, created_at)
                 VALUES ($1, $2, $3, $4)",
        )
        .bind(tenant.uuid())
        .bind(group_id.uuid())
        .bind(display_name)
        .bind(moment(*created_at_us))
        .execute(executor)
        .await
        .map(drop),
        TenantEvent::WritebackSettingsChanged(changed) => settings::upsert(executor, tenant, changed).await,
        TenantEvent::AttemptRefused(_) => Ok(()),
    }
}

impl Store {
    /// Appends an event to the tenant's stream (the system log's, for [`super::SYSTEM_LOG`]) with what follows from it.
    ///
    /// # Errors
    /// [`StoreError`]; [`AppendError::ClaimTaken`] if `claim` is taken, [`AppendError::VersionConflict`] if it is the
    /// first event and there is one.
    pub async fn append_tenant_event(
        &self,
        tenant: TenantId,
        event: TenantEvent,
        actor: Option<String>,
        claim: Option<(&'static str, String)>,
    ) -> Result<(), StoreError> {
        let expected = match event {
            TenantEvent::TenantCreated(_) => ExpectedVersion::Exactly(StreamVersion::ZERO),
            TenantEvent::ConnectorGroupCreated(_)
            | TenantEvent::WritebackSettingsChanged(_)
            | TenantEvent::AttemptRefused(_) => ExpectedVersion::Any,
        };
        let mut unit = tenant_unit(tenant, expected, &event, actor)?.changing(TenantRows { tenant, event });
        if let Some((kind, key)) = claim {
            unit = unit.claiming(kind, key);
        }
        self.log(tenant).await?.append(unit).await?;
        Ok(())
    }

    /// Makes a tenant; `false` if there is one with this id.
    pub async fn create_tenant(&self, created: TenantCreated, actor: String) -> Result<bool, StoreError> {
        let tenant = created.tenant_id;
        match self
            .append_tenant_event(tenant, TenantEvent::TenantCreated(created), Some(actor), None)
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Append(AppendError::VersionConflict { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a connector group; `false` if there is one with this id.
    pub async fn create_connector_group(
        &self,
        tenant: TenantId,
        created: ConnectorGroupCreated,
        actor: String,
    ) -> Result<bool, StoreError> {
        let claim = (GROUP_CLAIM, created.group_id.to_string());
        let event = TenantEvent::ConnectorGroupCreated(created);
        match self
            .append_tenant_event(tenant, event, Some(actor), Some(claim))
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Append(AppendError::ClaimTaken { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<TenantRow> = sqlx::query_as(
            "SELECT tenant_id, display_name, created_at FROM directory.tenants WHERE tenant_id = $1",
        )
        .bind(tenant.uuid())
        .fetch_optional(&mut transaction)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Tenants after an id, by id. For operators and start-up.
    pub async fn tenants(&self, after: Option<TenantId>, limit: i64) -> Result<Vec<Tenant>, StoreError> {
        let mut transaction = self.all_tenants_transaction().await?;
        let rows: Vec<TenantRow> = sqlx::query_as(
            "SELECT tenant_id, display_name, created_at FROM directory.tenants
             WHERE $1::uuid IS NULL OR tenant_id > $1 ORDER BY tenant_id LIMIT $2",
        )
        .bind(after.map(TenantId::uuid))
        .bind(limit)
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Connector groups after an id, by id.
    pub async fn connector_groups(
        &self,
        tenant: TenantId,
        after: Option<ConnectorGroupId>,
        limit: i64,
    ) -> Result<Vec<ConnectorGroup>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<GroupRow> = sqlx::query_as(
            "SELECT group_id, display_name, created_at FROM directory.connector_groups
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id > $2) ORDER BY group_id LIMIT $3",
        )
        .bind(tenant.uuid())
        .bind(after.map(ConnectorGroupId::uuid))
        .bind(limit)
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// One connector group.
    pub async fn connector_group(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> Result<Option<ConnectorGroup>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<GroupRow> = sqlx::query_as(
            "SELECT group_id, display_name, created_at FROM directory.connector_groups
             WHERE tenant_id = $1 AND group_id = $2",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .fetch_optional(&mut transaction)
        .await?;
        Ok(row.map(Into::into))
    }
}

#[derive(FromRow)]
struct TenantRow {
    tenant_id: Uuid,
    display_name: String,
    created_at: OffsetDateTime,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        Self {
            id: TenantId::new(row.tenant_id),
            display_name: row.display_name,
            created_at: row.created_at,
        }
    }
}

#[derive(FromRow)]
struct GroupRow {
    group_id: Uuid,
    display_name: String,
    created_at: OffsetDateTime,
}

impl From<GroupRow> for ConnectorGroup {
    fn from(row: GroupRow) -> Self {
        Self {
            id: ConnectorGroupId::new(row.group_id),
            display_name: row.display_name,
            created_at: row.created_at,
        }
    }
}
