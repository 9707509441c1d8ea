//! `TenantService`: tenants, connector groups, enrolment, settings and readiness.

mod enrollment;
mod readiness;
mod registry;
mod settings;

use std::sync::Arc;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_server::TenantService;
use tonic::{Request, Response, Status};

use super::edge::Edge;
use super::status::Refused;
use crate::accounts::Accounts;
use crate::delivery::Connectors;
use crate::domain::Role;
use crate::enrollment::{Authorities, Enrollment};
use crate::operations::Operations;
use crate::store::Store;

/// Who may change a tenant's set-up.
const ADMINISTRATORS: &[Role] = &[Role::TenantAdministrator, Role::Operator];
/// Who may look at it.
const STAFF: &[Role] = &[Role::Helpdesk, Role::TenantAdministrator, Role::Operator];

/// What the service works on. Clones are the same.
#[derive(Clone)]
pub struct TenantParts {
    pub store: Arc<Store>,
    /// The tenants' keys.
    pub authorities: Arc<Authorities>,
    /// Tokens and identities.
    pub enrollment: Arc<Enrollment>,
    /// The attached connectors.
    pub connectors: Arc<Connectors>,
    pub accounts: Accounts,
    /// Keeps settings in memory.
    pub operations: Operations,
}

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

#[tonic::async_trait]
impl TenantService for TenantApi {
    async fn create_tenant(
        &self,
        request: Request<api::CreateTenantRequest>,
    ) -> Result<Response<api::CreateTenantResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/CreateTenant";
        let answer = async |caller: &_, message| self.new_tenant(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn get_tenant(
        &self,
        request: Request<api::GetTenantRequest>,
    ) -> Result<Response<api::GetTenantResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/GetTenant";
        let answer = async |caller: &_, message| self.own_tenant(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_tenants(
        &self,
        request: Request<api::ListTenantsRequest>,
    ) -> Result<Response<api::ListTenantsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/ListTenants";
        let answer = async |caller: &_, message| self.all_tenants(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn create_connector_group(
        &self,
        request: Request<api::CreateConnectorGroupRequest>,
    ) -> Result<Response<api::CreateConnectorGroupResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/CreateConnectorGroup";
        let answer = async |caller: &_, message| self.new_group(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_connector_groups(
        &self,
        request: Request<api::ListConnectorGroupsRequest>,
    ) -> Result<Response<api::ListConnectorGroupsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/ListConnectorGroups";
        let answer = async |caller: &_, message| self.groups(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn create_enrollment_token(
        &self,
        request: Request<api::CreateEnrollmentTokenRequest>,
    ) -> Result<Response<api::CreateEnrollmentTokenResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/CreateEnrollmentToken";
        let answer = async |caller: &_, message| self.new_token(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_enrollment_tokens(
        &self,
        request: Request<api::ListEnrollmentTokensRequest>,
    ) -> Result<Response<api::ListEnrollmentTokensResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/ListEnrollmentTokens";
        let answer = async |caller: &_, message| self.tokens(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn revoke_enrollment_token(
        &self,
        request: Request<api::RevokeEnrollmentTokenRequest>,
    ) -> Result<Response<api::RevokeEnrollmentTokenResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/RevokeEnrollmentToken";
        let answer = async |caller: &_, message| self.revoke_token(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_connectors(
        &self,
        request: Request<api::ListConnectorsRequest>,
    ) -> Result<Response<api::ListConnectorsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/ListConnectors";
        let answer = async |caller: &_, message| self.connectors(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn revoke_connector(
        &self,
        request: Request<api::RevokeConnectorRequest>,
    ) -> Result<Response<api::RevokeConnectorResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/RevokeConnector";
        let answer = async |_: &_, _| Err(Refused::Unimplemented("revoking connectors"));
        self.edge.call(METHOD, request, answer).await
    }

    async fn rotate_signing_key(
        &self,
        request: Request<api::RotateSigningKeyRequest>,
    ) -> Result<Response<api::RotateSigningKeyResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/RotateSigningKey";
        let answer = async |_: &_, _| Err(Refused::Unimplemented("rotating signing keys"));
        self.edge.call(METHOD, request, answer).await
    }

    async fn get_writeback_settings(
        &self,
        request: Request<api::GetWritebackSettingsRequest>,
    ) -> Result<Response<api::GetWritebackSettingsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/GetWritebackSettings";
        let answer = async |caller: &_, message| self.settings(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn update_writeback_settings(
        &self,
        request: Request<api::UpdateWritebackSettingsRequest>,
    ) -> Result<Response<api::UpdateWritebackSettingsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/UpdateWritebackSettings";
        let answer = async |caller: &_, message| self.change_settings(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn get_writeback_status(
        &self,
        request: Request<api::GetWritebackStatusRequest>,
    ) -> Result<Response<api::GetWritebackStatusResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/GetWritebackStatus";
        let answer = async |caller: &_, message| self.status(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_sealing_keys(
        &self,
        request: Request<api::ListSealingKeysRequest>,
    ) -> Result<Response<api::ListSealingKeysResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.TenantService/ListSealingKeys";
        let answer = async |caller: &_, message| self.sealing_keys(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }
}
