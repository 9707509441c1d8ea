//! `TenantService`: tenants, connector groups, enrolment, settings and readiness.

mod enrollment;
mod readiness;
mod registry;
mod settings;

use std::sync::Arc;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_server::TenantService;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use super::edge::{Edge, Known};
use super::status::Refused;
use crate::accounts::Accounts;
use crate::delivery::{Authorities, Connectors, Enrollment};
use crate::domain::Role;
use crate::operations::Operations;
use crate::store::Store;

/// Who may change a tenant's set-up.
const ADMINISTRATORS: &[Role] = &[Role::TenantAdministrator, Role::Operator];
/// Who may look at it.
const STAFF: &[Role] = &[Role::Helpdesk, Role::TenantAdministrator, Role::Operator];

/// What the service works on. Clones are the same.
#[derive(Clone)]
pub struct TenantParts {
    /// The database.
    pub store: Arc<Store>,
    /// The tenants' keys.
    pub authorities: Arc<Authorities>,
    /// Tokens and identities.
    pub enrollment: Arc<Enrollment>,
    /// The attached connectors.
    pub connectors: Arc<Connectors>,
    /// Synced accounts.
    pub accounts: Accounts,
    /// Keeps settings in memory.
    pub operations: Operations,
}

/// The service.
pub struct TenantApi {
    edge: Edge,
    parts: TenantParts,
}

impl TenantApi {
    /// Over these parts.
    #[must_use]
    pub const fn new(edge: Edge, parts: TenantParts) -> Self {
        Self { edge, parts }
    }
}

/// One method of the service: who calls, the work in its span, the answer or the recorded refusal.
macro_rules! method {
    ($self:ident, $request:ident, $name:literal, $work:ident) => {{
        const METHOD: &str = concat!("groundwire.directory.v1.TenantService/", $name);
        let Known {
            caller,
            message,
            span,
            ..
        } = $self.edge.known(METHOD, $request)?;
        let result = $self.$work(&caller, message).instrument(span).await;
        $self.edge.answer(METHOD, &caller, result)
    }};
}

#[tonic::async_trait]
impl TenantService for TenantApi {
    async fn create_tenant(
        &self,
        request: Request<api::CreateTenantRequest>,
    ) -> Result<Response<api::CreateTenantResponse>, Status> {
        method!(self, request, "CreateTenant", new_tenant)
    }

    async fn get_tenant(
        &self,
        request: Request<api::GetTenantRequest>,
    ) -> Result<Response<api::GetTenantResponse>, Status> {
        method!(self, request, "GetTenant", own_tenant)
    }

    async fn list_tenants(
        &self,
        request: Request<api::ListTenantsRequest>,
    ) -> Result<Response<api::ListTenantsResponse>, Status> {
        method!(self, request, "ListTenants", all_tenants)
    }

    async fn create_connector_group(
        &self,
        request: Request<api::CreateConnectorGroupRequest>,
    ) -> Result<Response<api::CreateConnectorGroupResponse>, Status> {
        method!(self, request, "CreateConnectorGroup", new_group)
    }

    async fn list_connector_groups(
        &self,
        request: Request<api::ListConnectorGroupsRequest>,
    ) -> Result<Response<api::ListConnectorGroupsResponse>, Status> {
        method!(self, request, "ListConnectorGroups", groups)
    }

    async fn create_enrollment_token(
        &self,
        request: Request<api::CreateEnrollmentTokenRequest>,
    ) -> Result<Response<api::CreateEnrollmentTokenResponse>, Status> {
        method!(self, request, "CreateEnrollmentToken", new_token)
    }

    async fn list_enrollment_tokens(
        &self,
        request: Request<api::ListEnrollmentTokensRequest>,
    ) -> Result<Response<api::ListEnrollmentTokensResponse>, Status> {
        method!(self, request, "ListEnrollmentTokens", tokens)
    }

    async fn revoke_enrollment_token(
        &self,
        request: Request<api::RevokeEnrollmentTokenRequest>,
    ) -> Result<Response<api::RevokeEnrollmentTokenResponse>, Status> {
        method!(self, request, "RevokeEnrollmentToken", revoke_token)
    }

    async fn list_connectors(
        &self,
        request: Request<api::ListConnectorsRequest>,
    ) -> Result<Response<api::ListConnectorsResponse>, Status> {
        method!(self, request, "ListConnectors", connectors)
    }

    async fn revoke_connector(
        &self,
        request: Request<api::RevokeConnectorRequest>,
    ) -> Result<Response<api::RevokeConnectorResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/RevokeConnector";
        let Known { caller, .. } = self.edge.known(METHOD, request)?;
        Err(self.edge.refuse(
            METHOD,
            Some(&caller),
            Refused::Unimplemented("revoking connectors"),
        ))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<api::RotateSigningKeyRequest>,
    ) -> Result<Response<api::RotateSigningKeyResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/RotateSigningKey";
        let Known { caller, .. } = self.edge.known(METHOD, request)?;
        Err(self.edge.refuse(
            METHOD,
            Some(&caller),
            Refused::Unimplemented("rotating signing keys"),
        ))
    }

    async fn get_writeback_settings(
        &self,
        request: Request<api::GetWritebackSettingsRequest>,
    ) -> Result<Response<api::GetWritebackSettingsResponse>, Status> {
        method!(self, request, "GetWritebackSettings", settings)
    }

    async fn update_writeback_settings(
        &self,
        request: Request<api::UpdateWritebackSettingsRequest>,
    ) -> Result<Response<api::UpdateWritebackSettingsResponse>, Status> {
        method!(self, request, "UpdateWritebackSettings", change_settings)
    }

    async fn get_writeback_status(
        &self,
        request: Request<api::GetWritebackStatusRequest>,
    ) -> Result<Response<api::GetWritebackStatusResponse>, Status> {
        method!(self, request, "GetWritebackStatus", status)
    }

    async fn list_sealing_keys(
        &self,
        request: Request<api::ListSealingKeysRequest>,
    ) -> Result<Response<api::ListSealingKeysResponse>, Status> {
        method!(self, request, "ListSealingKeys", sealing_keys)
    }
}
