//! Calls of the public API, as each kind of caller.

use std::time::Duration;

use groundwire_proto::audit::v1::audit_service_client::AuditServiceClient;
use groundwire_proto::audit::v1::{AuditEvent, ListAuditEventsRequest};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;
use groundwire_proto::directory::v1::password_service_client::PasswordServiceClient;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::operation::v1::{
    AccountName, Operation, OperationFlags, OperationKind, OutcomeCode, Reason,
};
use groundwire_proto::reasons;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{As, World};

/// What a caller waits, unless a scenario says otherwise.
const PATIENCE: Duration = Duration::from_secs(20);

/// An operation, or why it never became one.
pub(crate) type Answer = Result<Operation, Status>;

impl World {
    pub(crate) fn request<T>(&self, who: As, patience: Duration, message: T) -> Request<T> {
        let file = match who {
            As::App => "app_token",
            As::Helpdesk => "helpdesk_token",
            As::Administrator => "administrator_token",
            As::Stranger => "stranger_token",
        };
        let mut request = Request::new(message);
        request.set_timeout(patience);
        let bearer = format!("Bearer {}", self.secret(file));
        request
            .metadata_mut()
            .insert("authorization", bearer.parse().expect("a token"));
        request
    }

    pub(crate) fn passwords(&self) -> PasswordServiceClient<Channel> {
        PasswordServiceClient::new(self.api.clone())
    }

    pub(crate) fn tenants(&self) -> TenantServiceClient<Channel> {
        TenantServiceClient::new(self.api.clone())
    }

    pub(crate) fn accounts(&self) -> AccountServiceClient<Channel> {
        AccountServiceClient::new(self.api.clone())
    }

    pub(crate) async fn change(&self, account: &str, current: &str, new: &str) -> Answer {
        self.change_as(As::App, Uuid::new_v4(), PATIENCE, account, current, new)
            .await
    }

    pub(crate) async fn change_as(
        &self,
        who: As,
        id: Uuid,
        patience: Duration,
        account: &str,
        current: &str,
        new: &str,
    ) -> Answer {
        let request = self.request(who, patience, change_request(id, account, current, new));
        let answer = self.passwords().change_password(request).await?.into_inner();
        Ok(answer.operation.expect("an operation"))
    }

    pub(crate) async fn self_reset(&self, account: &str, new: &str) -> Answer {
        self.reset(As::App, OperationKind::SelfReset, account, new, None)
            .await
    }

    pub(crate) async fn admin_reset(&self, account: &str, new: &str, flags: OperationFlags) -> Answer {
        self.reset(As::Helpdesk, OperationKind::AdminReset, account, new, Some(flags))
            .await
    }

    async fn reset(
        &self,
        who: As,
        kind: OperationKind,
        account: &str,
        new: &str,
        flags: Option<OperationFlags>,
    ) -> Answer {
        let passwords = api::PlaintextPasswords {
            new_password: new.to_owned(),
            ..Default::default()
        };
        let message = api::ResetPasswordRequest {
            operation_id: Uuid::new_v4().to_string(),
            account: Some(named(account)),
            kind: kind.into(),
            flags,
            secret: Some(api::reset_password_request::Secret::Plaintext(passwords)),
            ..Default::default()
        };
        let answer = self
            .passwords()
            .reset_password(self.request(who, PATIENCE, message))
            .await?
            .into_inner();
        Ok(answer.operation.expect("an operation"))
    }

    pub(crate) async fn unlock(&self, who: As, account: &str) -> Answer {
        let message = api::UnlockAccountRequest {
            operation_id: Uuid::new_v4().to_string(),
            account: Some(named(account)),
            ..Default::default()
        };
        let answer = self
            .passwords()
            .unlock_account(self.request(who, PATIENCE, message))
            .await?
            .into_inner();
        Ok(answer.operation.expect("an operation"))
    }

    pub(crate) async fn require_change(&self, account: &str) -> Answer {
        let message = api::RequirePasswordChangeRequest {
            operation_id: Uuid::new_v4().to_string(),
            account: Some(named(account)),
            ..Default::default()
        };
        let request = self.request(As::Helpdesk, PATIENCE, message);
        let answer = self
            .passwords()
            .require_password_change(request)
            .await?
            .into_inner();
        Ok(answer.operation.expect("an operation"))
    }

    pub(crate) async fn check(
        &self,
        account: &str,
        candidate: &str,
    ) -> Result<api::CheckPasswordResponse, Status> {
        let passwords = api::PlaintextPasswords {
            new_password: candidate.to_owned(),
            ..Default::default()
        };
        let message = api::CheckPasswordRequest {
            account: Some(named(account)),
            kind: OperationKind::Change.into(),
            secret: Some(api::check_password_request::Secret::Plaintext(passwords)),
            ..Default::default()
        };
        Ok(self
            .passwords()
            .check_password(self.request(As::App, PATIENCE, message))
            .await?
            .into_inner())
    }

    pub(crate) async fn operation(&self, who: As, id: Uuid) -> Answer {
        let message = api::GetOperationRequest {
            operation_id: id.to_string(),
        };
        let answer = self
            .passwords()
            .get_operation(self.request(who, PATIENCE, message))
            .await?
            .into_inner();
        Ok(answer.operation.expect("an operation"))
    }

    pub(crate) async fn status(
        &self,
        account: Option<&str>,
    ) -> Result<api::GetWritebackStatusResponse, Status> {
        let message = api::GetWritebackStatusRequest {
            account: account.map(named),
        };
        let request = self.request(As::Administrator, Duration::from_secs(5), message);
        Ok(self.tenants().get_writeback_status(request).await?.into_inner())
    }

    pub(crate) async fn set_writeback(&self, enabled: bool) {
        let message = api::UpdateWritebackSettingsRequest {
            settings: Some(api::WritebackSettings {
                enabled,
                ..Default::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["enabled".to_owned()],
            }),
        };
        let request = self.request(As::Administrator, PATIENCE, message);
        self.tenants()
            .update_writeback_settings(request)
            .await
            .expect("the settings change");
    }

    /// The audit events of an operation, oldest first.
    pub(crate) async fn audit_of(&self, operation: &str) -> Vec<AuditEvent> {
        let message = ListAuditEventsRequest {
            operation_id: operation.to_owned(),
            page_size: 1000,
            ..Default::default()
        };
        let mut request = Request::new(message);
        request.set_timeout(PATIENCE);
        let bearer = format!("Bearer {}", self.secret("auditor_token"));
        request
            .metadata_mut()
            .insert("authorization", bearer.parse().expect("a token"));
        let mut client = AuditServiceClient::new(self.audit.clone());
        client
            .list_audit_events(request)
            .await
            .expect("the audit log")
            .into_inner()
            .audit_events
    }
}

pub(crate) fn change_request(
    id: Uuid,
    account: &str,
    current: &str,
    new: &str,
) -> api::ChangePasswordRequest {
    let passwords = api::PlaintextPasswords {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    };
    api::ChangePasswordRequest {
        operation_id: id.to_string(),
        account: Some(named(account)),
        secret: Some(api::change_password_request::Secret::Plaintext(passwords)),
        ..Default::default()
    }
}

pub(crate) fn named(account: &str) -> AccountName {
    let name = if account.contains('@') {
        Name::UserPrincipalName(account.to_owned())
    } else {
        Name::SamAccountName(account.to_owned())
    };
    AccountName { name: Some(name) }
}

/// How an operation ended.
pub(crate) fn code_of(operation: &Operation) -> OutcomeCode {
    let outcome = operation
        .outcome
        .as_ref()
        .unwrap_or_else(|| panic!("not ended: {operation:?}"));
    outcome.code()
}

/// The reasons of an operation, or the one in an error, by name.
pub(crate) fn reason_names(answer: &Answer) -> Vec<String> {
    let of = |found: &[Reason]| {
        found
            .iter()
            .map(|reason| reasons::name(reason.code()).to_owned())
            .collect()
    };
    match answer {
        Ok(operation) => of(&operation.outcome.as_ref().expect("an outcome").reasons),
        Err(status) => {
            let details = status.get_error_details();
            vec![
                details
                    .error_info()
                    .unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"))
                    .reason
                    .clone(),
            ]
        }
    }
}
