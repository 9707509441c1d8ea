//! Tenants and connector groups.

use groundwire_envelope::Fingerprint;
use groundwire_kit::clock::unix_us;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::time::timestamp_from;
use uuid::Uuid;

use super::{ADMINISTRATORS, STAFF, TenantApi};
use crate::domain::{ConnectorGroupCreated, ConnectorGroupId, Principal, Role, TenantCreated, TenantId};
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;
use crate::store::tenants::{ConnectorGroup, Tenant};

impl TenantApi {
    pub(super) async fn new_tenant(
        &self,
        caller: &Principal,
        message: api::CreateTenantRequest,
    ) -> Result<api::CreateTenantResponse, Refused> {
        must_be(caller, &[Role::Operator])?;
        let display_name = fields::display_name(message.display_name)?;
        let asked: Option<TenantId> = fields::optional_id("tenant_id", &message.tenant_id)?;
        let tenant_id = asked.unwrap_or_else(|| TenantId::new(Uuid::new_v4()));
        let created_at_us = unix_us(self.parts.store.clock().now());
        // Keys first: a tenant in the log without keys could not enrol anybody; keys without a tenant are harmless.
        self.parts
            .authorities
            .create(tenant_id)
            .await
            .map_err(|error| Refused::Internal(error.to_string()))?;
        let created = TenantCreated {
            tenant_id,
            display_name: display_name.clone(),
            created_at_us,
        };
        let is_new = self
            .parts
            .store
            .create_tenant(created, caller.subject.clone())
            .await?;
        let tenant = self
            .parts
            .store
            .tenant(tenant_id)
            .await?
            .ok_or(Refused::NotFound("tenant"))?;
        if !is_new && tenant.display_name != display_name {
            return Err(Refused::AlreadyExists(
                "a tenant of another name has this tenant_id",
            ));
        }
        Ok(api::CreateTenantResponse {
            tenant: Some(self.tenant_to_wire(&tenant).await?),
        })
    }

    pub(super) async fn own_tenant(
        &self,
        caller: &Principal,
        _: api::GetTenantRequest,
    ) -> Result<api::GetTenantResponse, Refused> {
        let tenant = self
            .parts
            .store
            .tenant(tenant_of(caller)?)
            .await?
            .ok_or(Refused::NotFound("tenant"))?;
        Ok(api::GetTenantResponse {
            tenant: Some(self.tenant_to_wire(&tenant).await?),
        })
    }

    pub(super) async fn all_tenants(
        &self,
        caller: &Principal,
        message: api::ListTenantsRequest,
    ) -> Result<api::ListTenantsResponse, Refused> {
        must_be(caller, &[Role::Operator])?;
        let size = fields::page_size(message.page_size, 50, 500)?;
        let after = fields::page_token(&message.page_token, |text| text.parse().ok())?;
        let found = self.parts.store.tenants(after, i64::from(size)).await?;
        let next_page_token = next_token(&found, size, |tenant| tenant.id.to_string());
        let mut tenants = Vec::with_capacity(found.len());
        for tenant in &found {
            tenants.push(self.tenant_to_wire(tenant).await?);
        }
        Ok(api::ListTenantsResponse {
            tenants,
            next_page_token,
        })
    }

    pub(super) async fn new_group(
        &self,
        caller: &Principal,
        message: api::CreateConnectorGroupRequest,
    ) -> Result<api::CreateConnectorGroupResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = self.existing_tenant(caller).await?;
        let display_name = fields::display_name(message.display_name)?;
        let asked: Option<ConnectorGroupId> =
            fields::optional_id("connector_group_id", &message.connector_group_id)?;
        let group_id = asked.unwrap_or_else(|| ConnectorGroupId::new(Uuid::new_v4()));
        let created_at_us = unix_us(self.parts.store.clock().now());
        let created = ConnectorGroupCreated {
            group_id,
            display_name: display_name.clone(),
            created_at_us,
        };
        let is_new = self
            .parts
            .store
            .create_connector_group(tenant, created, caller.subject.clone())
            .await?;
        let group = self.parts.store.connector_group(tenant, group_id).await?;
        let group = group.ok_or(Refused::AlreadyExists("this connector_group_id is taken"))?;
        if !is_new && group.display_name != display_name {
            return Err(Refused::AlreadyExists(
                "a group of another name has this connector_group_id",
            ));
        }
        let connector_group = Some(self.group_to_wire(tenant, &group).await?);
        Ok(api::CreateConnectorGroupResponse { connector_group })
    }

    pub(super) async fn groups(
        &self,
        caller: &Principal,
        message: api::ListConnectorGroupsRequest,
    ) -> Result<api::ListConnectorGroupsResponse, Refused> {
        must_be(caller, STAFF)?;
        let tenant = tenant_of(caller)?;
        let size = fields::page_size(message.page_size, 50, 500)?;
        let after = fields::page_token(&message.page_token, |text| text.parse().ok())?;
        let found = self
            .parts
            .store
            .connector_groups(tenant, after, i64::from(size))
            .await?;
        let next_page_token = next_token(&found, size, |group| group.id.to_string());
        let mut connector_groups = Vec::with_capacity(found.len());
        for group in &found {
            connector_groups.push(self.group_to_wire(tenant, group).await?);
        }
        Ok(api::ListConnectorGroupsResponse {
            connector_groups,
            next_page_token,
        })
    }

    /// The caller's tenant, if it was made.
    pub(super) async fn existing_tenant(&self, caller: &Principal) -> Result<TenantId, Refused> {
        let tenant = tenant_of(caller)?;
        self.parts
            .store
            .tenant(tenant)
            .await?
            .ok_or(Refused::NotFound("tenant"))?;
        Ok(tenant)
    }

    async fn tenant_to_wire(&self, tenant: &Tenant) -> Result<api::Tenant, Refused> {
        let authority = self.parts.authorities.load(tenant.id).await;
        let authority = authority.map_err(|error| Refused::Internal(error.to_string()))?;
        Ok(api::Tenant {
            tenant_id: tenant.id.to_string(),
            display_name: tenant.display_name.clone(),
            created_at: Some(timestamp_from(tenant.created_at)),
            event_signing_key: authority.event_signing_key().to_bytes().to_vec(),
        })
    }

    async fn group_to_wire(
        &self,
        tenant: TenantId,
        group: &ConnectorGroup,
    ) -> Result<api::ConnectorGroup, Refused> {
        let binding = self.parts.store.group_binding(tenant, group.id).await?;
        Ok(api::ConnectorGroup {
            connector_group_id: group.id.to_string(),
            display_name: group.display_name.clone(),
            created_at: Some(timestamp_from(group.created_at)),
            root_key_fingerprint: binding
                .root_key
                .map(|key| Fingerprint::of(&key).to_string())
                .unwrap_or_default(),
            dc: binding.dc.map(|dc| dc.host).unwrap_or_default(),
            accounts: self.parts.store.account_count(tenant, group.id).await?,
            synced_at: binding.synced_at.map(timestamp_from),
        })
    }
}

/// The token of the next page, if this one is full.
pub(super) fn next_token<T>(page: &[T], size: u32, token: impl FnOnce(&T) -> String) -> String {
    let full = u32::try_from(page.len()).is_ok_and(|length| length == size);
    page.last().filter(|_| full).map(token).unwrap_or_default()
}
