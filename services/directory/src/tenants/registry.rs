//! Tenants and connector groups.

use groundwire_envelope::signed::VerifyingKey;
use groundwire_kit::clock::unix_us;
use uuid::Uuid;

use super::{TenantError, Tenants};
use crate::domain::{ConnectorGroupCreated, ConnectorGroupId, GroupBinding, TenantCreated, TenantId};
use crate::store::tenants::{ConnectorGroup, Tenant};

/// A tenant with what its connectors pin.
#[derive(Debug, Clone)]
pub struct KnownTenant {
    pub tenant: Tenant,
    pub event_signing_key: VerifyingKey,
}

/// A connector group with what its connectors set.
#[derive(Debug, Clone)]
pub struct KnownGroup {
    pub group: ConnectorGroup,
    pub binding: GroupBinding,
    /// How many accounts it has.
    pub accounts: u64,
}

impl Tenants {
    /// Makes a tenant. Without an id a new one is chosen; one that is there already is answered if it has the same name.
    pub async fn create(
        &self,
        id: Option<TenantId>,
        display_name: String,
        actor: String,
    ) -> Result<KnownTenant, TenantError> {
        let tenant_id = id.unwrap_or_else(|| TenantId::new(Uuid::new_v4()));
        // Keys first: a tenant in the log without keys could not enrol anybody; keys without a tenant are harmless.
        self.authorities.create(tenant_id).await?;
        let created = TenantCreated {
            tenant_id,
            display_name: display_name.clone(),
            created_at_us: unix_us(self.store.clock().now()),
        };
        let is_new = self.store.create_tenant(created, actor).await?;
        let known = self.tenant(tenant_id).await?;
        if !is_new && known.tenant.display_name != display_name {
            return Err(TenantError::TenantExists);
        }
        Ok(known)
    }

    pub async fn tenant(&self, tenant: TenantId) -> Result<KnownTenant, TenantError> {
        let found = self.store.tenant(tenant).await?;
        self.with_key(found.ok_or(TenantError::NoTenant)?).await
    }

    /// Finds out that the tenant was made.
    pub async fn require(&self, tenant: TenantId) -> Result<(), TenantError> {
        let found = self.store.tenant(tenant).await?;
        found.map(drop).ok_or(TenantError::NoTenant)
    }

    /// Tenants in the order of their ids, after one.
    pub async fn tenants(
        &self,
        after: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<KnownTenant>, TenantError> {
        let found = self.store.tenants(after, i64::from(limit)).await?;
        let mut known = Vec::with_capacity(found.len());
        for tenant in found {
            known.push(self.with_key(tenant).await?);
        }
        Ok(known)
    }

    /// Makes a connector group. Without an id a new one is chosen; one that is there already is answered if it has the
    /// same name.
    pub async fn create_group(
        &self,
        tenant: TenantId,
        id: Option<ConnectorGroupId>,
        display_name: String,
        actor: String,
    ) -> Result<KnownGroup, TenantError> {
        let group_id = id.unwrap_or_else(|| ConnectorGroupId::new(Uuid::new_v4()));
        let created = ConnectorGroupCreated {
            group_id,
            display_name: display_name.clone(),
            created_at_us: unix_us(self.store.clock().now()),
        };
        let is_new = self.store.create_connector_group(tenant, created, actor).await?;
        let group = self.store.connector_group(tenant, group_id).await?;
        let group = group.ok_or(TenantError::GroupIdTaken)?;
        if !is_new && group.display_name != display_name {
            return Err(TenantError::GroupExists);
        }
        self.with_binding(tenant, group).await
    }

    /// Finds out that the tenant has this group.
    pub async fn require_group(&self, tenant: TenantId, group: ConnectorGroupId) -> Result<(), TenantError> {
        let found = self.store.connector_group(tenant, group).await?;
        found.map(drop).ok_or(TenantError::NoGroup)
    }

    /// Connector groups in the order of their ids, after one.
    pub async fn groups(
        &self,
        tenant: TenantId,
        after: Option<ConnectorGroupId>,
        limit: u32,
    ) -> Result<Vec<KnownGroup>, TenantError> {
        let limit = i64::from(limit);
        let found = self.store.connector_groups(tenant, after, limit).await?;
        let mut known = Vec::with_capacity(found.len());
        for group in found {
            known.push(self.with_binding(tenant, group).await?);
        }
        Ok(known)
    }

    async fn with_key(&self, tenant: Tenant) -> Result<KnownTenant, TenantError> {
        let authority = self.authorities.load(tenant.id).await?;
        Ok(KnownTenant {
            tenant,
            event_signing_key: authority.event_signing_key(),
        })
    }

    pub(super) async fn with_binding(
        &self,
        tenant: TenantId,
        group: ConnectorGroup,
    ) -> Result<KnownGroup, TenantError> {
        Ok(KnownGroup {
            binding: self.store.group_binding(tenant, group.id).await?,
            accounts: self.store.account_count(tenant, group.id).await?,
            group,
        })
    }
}
