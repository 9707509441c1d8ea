//! Tenants and connector groups.

use groundwire_envelope::Fingerprint;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::time::{timestamp_from, timestamp_from_us};

use super::{ADMINISTRATORS, STAFF, TenantApi, next_token};
use crate::domain::{NamedDc, Principal, Role, TenantId};
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;
use crate::tenants::{KnownGroup, KnownTenant};

impl TenantApi {
    pub(super) async fn new_tenant(
        &self,
        caller: &Principal,
        message: api::CreateTenantRequest,
    ) -> Result<api::CreateTenantResponse, Refused> {
        must_be(caller, &[Role::Operator])?;
        let display_name = fields::display_name(message.display_name)?;
        let id = fields::optional_id("tenant_id", &message.tenant_id)?;
        let tenants = &self.parts.tenants;
        let tenant = tenants.create(id, display_name, caller.subject.clone()).await?;
        Ok(api::CreateTenantResponse {
            tenant: Some(tenant_to_wire(&tenant)),
        })
    }

    pub(super) async fn own_tenant(
        &self,
        caller: &Principal,
        _: api::GetTenantRequest,
    ) -> Result<api::GetTenantResponse, Refused> {
        let tenant = self.parts.tenants.tenant(tenant_of(caller)?).await?;
        Ok(api::GetTenantResponse {
            tenant: Some(tenant_to_wire(&tenant)),
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
        let found = self.parts.tenants.tenants(after, size).await?;
        Ok(api::ListTenantsResponse {
            next_page_token: next_token(&found, size, |known| known.tenant.id.to_string()),
            tenants: found.iter().map(tenant_to_wire).collect(),
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
        let id = fields::optional_id("connector_group_id", &message.connector_group_id)?;
        let tenants = &self.parts.tenants;
        let group = tenants
            .create_group(tenant, id, display_name, caller.subject.clone())
            .await?;
        Ok(api::CreateConnectorGroupResponse {
            connector_group: Some(group_to_wire(&group)),
        })
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
        let found = self.parts.tenants.groups(tenant, after, size).await?;
        Ok(api::ListConnectorGroupsResponse {
            next_page_token: next_token(&found, size, |known| known.group.id.to_string()),
            connector_groups: found.iter().map(group_to_wire).collect(),
        })
    }

    pub(super) async fn move_group(
        &self,
        caller: &Principal,
        message: api::SetGroupDomainControllerRequest,
    ) -> Result<api::SetGroupDomainControllerResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = self.existing_tenant(caller).await?;
        let group = fields::id("connector_group_id", &message.connector_group_id)?;
        let named = NamedDc {
            host: fields::host("host", message.host)?,
            invocation_id: fields::optional_id("invocation_id", &message.invocation_id)?,
            accept_lost_writes: message.accept_lost_writes,
        };
        let tenants = &self.parts.tenants;
        let moved = tenants
            .move_group(tenant, group, named, caller.subject.clone())
            .await?;
        Ok(api::SetGroupDomainControllerResponse {
            connector_group: Some(group_to_wire(&moved.group)),
            connectors_there: moved.connectors.there,
            connectors_elsewhere: moved.connectors.elsewhere,
        })
    }

    /// The caller's tenant, if it was made.
    pub(super) async fn existing_tenant(&self, caller: &Principal) -> Result<TenantId, Refused> {
        let tenant = tenant_of(caller)?;
        self.parts.tenants.require(tenant).await?;
        Ok(tenant)
    }
}

fn tenant_to_wire(known: &KnownTenant) -> api::Tenant {
    api::Tenant {
        tenant_id: known.tenant.id.to_string(),
        display_name: known.tenant.display_name.clone(),
        created_at: Some(timestamp_from(known.tenant.created_at)),
        event_signing_key: known.event_signing_key.to_bytes().to_vec(),
    }
}

fn group_to_wire(known: &KnownGroup) -> api::ConnectorGroup {
    let KnownGroup {
        group,
        binding,
        accounts,
    } = known;
    api::ConnectorGroup {
        connector_group_id: group.id.to_string(),
        display_name: group.display_name.clone(),
        created_at: Some(timestamp_from(group.created_at)),
        root_key_fingerprint: binding
            .root_key
            .map(|key| Fingerprint::of(&key).to_string())
            .unwrap_or_default(),
        dc: binding.dc.as_ref().map(|dc| dc.host.clone()).unwrap_or_default(),
        accounts: *accounts,
        synced_at: binding.synced_at.map(timestamp_from),
        dc_invocation_id: binding
            .dc
            .as_ref()
            .map(|dc| dc.invocation_id.clone())
            .unwrap_or_default(),
        lost_writes_accepted_at: binding.lost_before_us.map(timestamp_from_us),
    }
}
