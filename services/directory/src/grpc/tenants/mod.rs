//! `TenantService`: tenants, connector groups, enrolment, settings and readiness, between messages and [`crate::tenants`].

mod enrollment;
mod readiness;
mod registry;
mod settings;

use std::sync::Arc;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_server::TenantService;
use tonic::{Request, Response, Status};

use super::callers::{answer, read, record};
use super::status::Refused;
use crate::domain::{InvalidSetting, Role};
use crate::enrollment::Enrollment;
use crate::tenants::{TenantError, Tenants};

/// Who may change a tenant's set-up.
const ADMINISTRATORS: &[Role] = &[Role::TenantAdministrator, Role::Operator];
/// Who may look at it.
const STAFF: &[Role] = &[Role::Helpdesk, Role::TenantAdministrator, Role::Operator];

/// What the service works on. Clones are the same.
#[derive(Clone)]
pub struct TenantParts {
    pub tenants: Tenants,
    /// Tokens and identities.
    pub enrollment: Arc<Enrollment>,
}

pub struct TenantApi {
    parts: TenantParts,
}

impl TenantApi {
    /// Over these parts.
    #[must_use]
    pub const fn new(parts: TenantParts) -> Self {
        Self { parts }
    }
}

impl From<TenantError> for Refused {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::NoTenant => Self::NotFound("tenant"),
            TenantError::NoGroup => Self::NotFound("connector group"),
            TenantError::TenantExists => Self::AlreadyExists("a tenant of another name has this tenant_id"),
            TenantError::GroupExists => {
                Self::AlreadyExists("a group of another name has this connector_group_id")
            }
            TenantError::GroupIdTaken => Self::AlreadyExists("this connector_group_id is taken"),
            TenantError::GroupInUse { delivered, in_doubt } => Self::GroupInUse { delivered, in_doubt },
            TenantError::OtherInvocation { reported } => Self::invalid(
                "invocation_id",
                format!("empty, or the one that its connectors report: {reported}"),
            ),
            TenantError::Interrupted => Self::Stopping,
            TenantError::Setting(error) => {
                let field = match error {
                    InvalidSetting::Lifetime => "settings.operation_lifetime",
                    InvalidSetting::Horizon => "settings.unknown_horizon",
                    InvalidSetting::RepeatedKind => "settings.allowed_kinds",
                };
                Self::invalid(field, error.to_string())
            }
            TenantError::Authority(error) => Self::Internal(error.to_string()),
            TenantError::Store(error) => error.into(),
        }
    }
}

/// The token of the next page, if this one is full.
fn next_token<T>(page: &[T], size: u32, token: impl FnOnce(&T) -> String) -> String {
    let full = u32::try_from(page.len()).is_ok_and(|length| length == size);
    page.last().filter(|_| full).map(token).unwrap_or_default()
}

#[tonic::async_trait]
impl TenantService for TenantApi {
    async fn create_tenant(
        &self,
        request: Request<api::CreateTenantRequest>,
    ) -> Result<Response<api::CreateTenantResponse>, Status> {
        let work = async |caller: &_, message| self.new_tenant(caller, message).await;
        record(request, work).await
    }

    async fn get_tenant(
        &self,
        request: Request<api::GetTenantRequest>,
    ) -> Result<Response<api::GetTenantResponse>, Status> {
        let work = async |caller: &_, message| self.own_tenant(caller, message).await;
        read(request, work).await
    }

    async fn list_tenants(
        &self,
        request: Request<api::ListTenantsRequest>,
    ) -> Result<Response<api::ListTenantsResponse>, Status> {
        let work = async |caller: &_, message| self.all_tenants(caller, message).await;
        read(request, work).await
    }

    async fn create_connector_group(
        &self,
        request: Request<api::CreateConnectorGroupRequest>,
    ) -> Result<Response<api::CreateConnectorGroupResponse>, Status> {
        let work = async |caller: &_, message| self.new_group(caller, message).await;
        record(request, work).await
    }

    async fn list_connector_groups(
        &self,
        request: Request<api::ListConnectorGroupsRequest>,
    ) -> Result<Response<api::ListConnectorGroupsResponse>, Status> {
        let work = async |caller: &_, message| self.groups(caller, message).await;
        read(request, work).await
    }

    async fn set_group_domain_controller(
        &self,
        request: Request<api::SetGroupDomainControllerRequest>,
    ) -> Result<Response<api::SetGroupDomainControllerResponse>, Status> {
        let work = async |caller: &_, message| self.move_group(caller, message).await;
        answer(request, work).await
    }

    async fn create_enrollment_token(
        &self,
        request: Request<api::CreateEnrollmentTokenRequest>,
    ) -> Result<Response<api::CreateEnrollmentTokenResponse>, Status> {
        let work = async |caller: &_, message| self.new_token(caller, message).await;
        record(request, work).await
    }

    async fn list_enrollment_tokens(
        &self,
        request: Request<api::ListEnrollmentTokensRequest>,
    ) -> Result<Response<api::ListEnrollmentTokensResponse>, Status> {
        let work = async |caller: &_, message| self.tokens(caller, message).await;
        read(request, work).await
    }

    async fn revoke_enrollment_token(
        &self,
        request: Request<api::RevokeEnrollmentTokenRequest>,
    ) -> Result<Response<api::RevokeEnrollmentTokenResponse>, Status> {
        let work = async |caller: &_, message| self.revoke_token(caller, message).await;
        record(request, work).await
    }

    async fn list_connectors(
        &self,
        request: Request<api::ListConnectorsRequest>,
    ) -> Result<Response<api::ListConnectorsResponse>, Status> {
        let work = async |caller: &_, message| self.connectors(caller, message).await;
        read(request, work).await
    }

    async fn revoke_connector(
        &self,
        request: Request<api::RevokeConnectorRequest>,
    ) -> Result<Response<api::RevokeConnectorResponse>, Status> {
        let work = async |_: &_, _| Err(Refused::Unimplemented("revoking connectors"));
        answer(request, work).await
    }

    async fn rotate_signing_key(
        &self,
        request: Request<api::RotateSigningKeyRequest>,
    ) -> Result<Response<api::RotateSigningKeyResponse>, Status> {
        let work = async |_: &_, _| Err(Refused::Unimplemented("rotating signing keys"));
        answer(request, work).await
    }

    async fn get_writeback_settings(
        &self,
        request: Request<api::GetWritebackSettingsRequest>,
    ) -> Result<Response<api::GetWritebackSettingsResponse>, Status> {
        let work = async |caller: &_, message| self.settings(caller, message).await;
        read(request, work).await
    }

    async fn update_writeback_settings(
        &self,
        request: Request<api::UpdateWritebackSettingsRequest>,
    ) -> Result<Response<api::UpdateWritebackSettingsResponse>, Status> {
        let work = async |caller: &_, message| self.change_settings(caller, message).await;
        record(request, work).await
    }

    async fn get_writeback_status(
        &self,
        request: Request<api::GetWritebackStatusRequest>,
    ) -> Result<Response<api::GetWritebackStatusResponse>, Status> {
        let work = async |caller: &_, message| self.status(caller, message).await;
        read(request, work).await
    }

    async fn list_sealing_keys(
        &self,
        request: Request<api::ListSealingKeysRequest>,
    ) -> Result<Response<api::ListSealingKeysResponse>, Status> {
        let work = async |caller: &_, message| self.sealing_keys(caller, message).await;
        read(request, work).await
    }
}
