//! `PasswordService`: changes, resets, unlocks, checks and the operations they become.

pub mod answer;
mod asked;
pub(crate) mod queries;

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::password_service_server::PasswordService;
use groundwire_proto::operation::v1 as proto;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::deadline::answer_within;
use super::edge::Edge;
use super::fields;
use super::principal::tenant_of;
use super::status::Refused;
use crate::accounts::{Accounts, FindError};
use crate::domain::{OperationKind, Principal, Role};
use crate::operations::{Ask, CheckAsk, Following, Operations, RequestError};
use crate::store::Store;
use asked::{Asked, Raw, candidate};

/// The service.
pub struct PasswordApi {
    edge: Edge,
    store: Arc<Store>,
    accounts: Accounts,
    operations: Operations,
}

/// How long a call may take, and since when.
#[derive(Clone, Copy)]
struct Patience {
    started: BootInstant,
    within: Duration,
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(reason) => Self::Because(reason),
            RequestError::AlreadyExists => {
                Self::AlreadyExists("the operation_id belongs to an operation with other content")
            }
            RequestError::Invalid { field, description } => Self::invalid(field, description),
            RequestError::Store(error) => Self::Store(error),
        }
    }
}

impl PasswordApi {
    /// Over these parts.
    #[must_use]
    pub const fn new(edge: Edge, store: Arc<Store>, accounts: Accounts, operations: Operations) -> Self {
        Self {
            edge,
            store,
            accounts,
            operations,
        }
    }

    /// One call that becomes an operation: checked, handed over, followed until it ended or the answer is due.
    async fn operate<A>(
        &self,
        method: &'static str,
        request: Request<impl Into<Raw>>,
        answer: impl FnOnce(Option<proto::Operation>) -> A,
    ) -> Result<Response<A>, Status> {
        let patience = self.patience(request.metadata());
        let work = async |caller: &Principal, message: _| {
            let operation = self.followed(caller, message, patience).await;
            tell(&operation);
            operation.map(|operation| answer(Some(operation)))
        };
        self.edge.call(method, request, work).await
    }

    async fn followed(
        &self,
        caller: &Principal,
        message: impl Into<Raw>,
        patience: Patience,
    ) -> Result<proto::Operation, Refused> {
        let asked = message.into().checked()?;
        let mut following = self.admitted(caller, asked, patience).await?;
        Ok(self.ended_or_due(&mut following, patience).await)
    }

    async fn admitted(
        &self,
        caller: &Principal,
        asked: Asked,
        patience: Patience,
    ) -> Result<Following, Refused> {
        let tenant = tenant_of(caller)?;
        let account = match self.accounts.find(tenant, &asked.account).await {
            Ok(account) => account,
            Err(FindError::Store(error)) => return Err(Refused::Store(error)),
            Err(error @ (FindError::NotFound | FindError::Ambiguous { .. })) => {
                // A retry of what was accepted before is that operation, also when the account is gone since.
                let (id, kind, flags) = (asked.operation_id, asked.kind, asked.flags);
                let before = self
                    .operations
                    .accepted_before(tenant, caller, id, kind, flags, None)
                    .await;
                return before.ok().flatten().ok_or_else(|| error.into());
            }
        };
        let ask = Ask {
            tenant,
            principal: caller.clone(),
            operation_id: asked.operation_id,
            account,
            kind: asked.kind,
            flags: asked.flags,
            secret: asked.secret,
            on_behalf_of: asked.on_behalf_of,
            proof: asked.proof,
            traceparent: TraceParent::current().map(|parent| parent.to_string()),
            started: patience.started,
            patience: patience.within,
        };
        // Bounded: where the log is away, the answer still comes in time, and the same id can be asked again.
        match tokio::time::timeout(self.left(patience), self.operations.request(ask)).await {
            Ok(admitted) => Ok(admitted?),
            Err(_elapsed) => Err(Refused::DeadlineExceeded),
        }
    }

    /// The operation when it has ended, or as it stands when the answer is due.
    async fn ended_or_due(&self, following: &mut Following, patience: Patience) -> proto::Operation {
        let ended = tokio::time::timeout(self.left(patience), following.ended()).await;
        let view = ended.unwrap_or_else(|_elapsed| following.now());
        let total = self.store.clock().boot().since(patience.started);
        answer::operation(&view, Some(total))
    }

    fn patience(&self, metadata: &MetadataMap) -> Patience {
        Patience {
            started: self.store.clock().boot(),
            within: answer_within(metadata),
        }
    }

    fn left(&self, patience: Patience) -> Duration {
        patience
            .within
            .saturating_sub(self.store.clock().boot().since(patience.started))
    }

    async fn checked(
        &self,
        caller: &Principal,
        message: api::CheckPasswordRequest,
        patience: Patience,
    ) -> Result<api::CheckPasswordResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let name = fields::account_name(message.account)?;
        let kind = fields::kind("kind", message.kind)?;
        if !kind.sets_password() {
            return Err(Refused::invalid("kind", "a kind that sets a password"));
        }
        if !may_check(caller.role, kind) {
            return Err(Refused::NotPermitted { role: caller.role });
        }
        let secret = candidate(message.secret)?;
        let check_id: Option<Uuid> = fields::optional_id("check_id", &message.check_id)?;
        let ask = CheckAsk {
            tenant,
            check_id: check_id.unwrap_or_else(Uuid::new_v4),
            account: self.accounts.find(tenant, &name).await?,
            kind,
            secret,
            traceparent: TraceParent::current().map(|parent| parent.to_string()),
            patience: self.left(patience),
        };
        let verdict = self.operations.check(ask).await?;
        Ok(api::CheckPasswordResponse {
            acceptable: verdict.reasons.is_empty(),
            reasons: verdict.reasons.iter().map(Into::into).collect(),
            not_checked: verdict.not_checked.into_iter().map(Into::into).collect(),
        })
    }
}

/// Who may ask for a kind may check it; staff may check any, so that they can help.
fn may_check(role: Role, kind: OperationKind) -> bool {
    role != Role::SelfServiceApp || role.may_request(kind)
}

/// What the log tells of the call: ids and codes only.
fn tell(result: &Result<proto::Operation, Refused>) {
    match result {
        Ok(operation) => tracing::debug!(operation_id = operation.operation_id, "answered"),
        Err(refused) => tracing::debug!(reason = refused.name(), "refused"),
    }
}

#[tonic::async_trait]
impl PasswordService for PasswordApi {
    async fn prepare_operation(
        &self,
        request: Request<api::PrepareOperationRequest>,
    ) -> Result<Response<api::PrepareOperationResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/PrepareOperation";
        let answer = async |_: &_, _| Err(Refused::Unimplemented("preparing operations"));
        self.edge.call(METHOD, request, answer).await
    }

    async fn change_password(
        &self,
        request: Request<api::ChangePasswordRequest>,
    ) -> Result<Response<api::ChangePasswordResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/ChangePassword";
        let answer = |operation| api::ChangePasswordResponse { operation };
        self.operate(METHOD, request, answer).await
    }

    async fn reset_password(
        &self,
        request: Request<api::ResetPasswordRequest>,
    ) -> Result<Response<api::ResetPasswordResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/ResetPassword";
        let answer = |operation| api::ResetPasswordResponse { operation };
        self.operate(METHOD, request, answer).await
    }

    async fn unlock_account(
        &self,
        request: Request<api::UnlockAccountRequest>,
    ) -> Result<Response<api::UnlockAccountResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/UnlockAccount";
        let answer = |operation| api::UnlockAccountResponse { operation };
        self.operate(METHOD, request, answer).await
    }

    async fn require_password_change(
        &self,
        request: Request<api::RequirePasswordChangeRequest>,
    ) -> Result<Response<api::RequirePasswordChangeResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/RequirePasswordChange";
        let answer = |operation| api::RequirePasswordChangeResponse { operation };
        self.operate(METHOD, request, answer).await
    }

    async fn check_password(
        &self,
        request: Request<api::CheckPasswordRequest>,
    ) -> Result<Response<api::CheckPasswordResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/CheckPassword";
        let patience = self.patience(request.metadata());
        let answer = async |caller: &_, message| {
            tokio::time::timeout(patience.within, self.checked(caller, message, patience))
                .await
                .unwrap_or(Err(Refused::DeadlineExceeded))
        };
        self.edge.call(METHOD, request, answer).await
    }

    async fn get_operation(
        &self,
        request: Request<api::GetOperationRequest>,
    ) -> Result<Response<api::GetOperationResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/GetOperation";
        let answer = async |caller: &_, message: api::GetOperationRequest| {
            let operation = Some(self.one(caller, &message.operation_id).await?);
            Ok(api::GetOperationResponse { operation })
        };
        self.edge.call(METHOD, request, answer).await
    }

    async fn list_operations(
        &self,
        request: Request<api::ListOperationsRequest>,
    ) -> Result<Response<api::ListOperationsResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/ListOperations";
        let answer = async |caller: &_, message| self.page(caller, message).await;
        self.edge.call(METHOD, request, answer).await
    }

    type WatchOperationStream = ReceiverStream<Result<api::WatchOperationResponse, Status>>;

    async fn watch_operation(
        &self,
        request: Request<api::WatchOperationRequest>,
    ) -> Result<Response<Self::WatchOperationStream>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/WatchOperation";
        let answer = async |caller: &_, message: api::WatchOperationRequest| {
            self.watched(caller, &message.operation_id).await
        };
        self.edge.call(METHOD, request, answer).await
    }

    async fn cancel_operation(
        &self,
        request: Request<api::CancelOperationRequest>,
    ) -> Result<Response<api::CancelOperationResponse>, Status> {
        const METHOD: &str = "groundwire.directory.v1.PasswordService/CancelOperation";
        let answer = async |caller: &_, message: api::CancelOperationRequest| {
            let operation = Some(self.cancelled(caller, &message.operation_id).await?);
            Ok(api::CancelOperationResponse { operation })
        };
        self.edge.call(METHOD, request, answer).await
    }
}
