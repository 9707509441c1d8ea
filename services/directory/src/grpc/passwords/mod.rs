//! `PasswordService`: changes, resets, unlocks, checks and the operations they become.

pub mod answer;
pub(crate) mod queries;
mod request;

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

use super::callers::{answer, read};
use super::deadline::answer_within;
use super::fields;
use super::principal::tenant_of;
use super::status::Refused;
use crate::accounts::{Accounts, FindError};
use crate::domain::{OperationKind, Principal, Role};
use crate::operations::{Call, Following, OperationRequest, Operations, PasswordCheck, RequestError};
use crate::store::Store;
use request::candidate;

pub struct PasswordApi {
    store: Arc<Store>,
    accounts: Accounts,
    operations: Operations,
}

/// When a call came in, and how long after that its answer is due.
#[derive(Clone, Copy)]
struct Deadline {
    started: BootInstant,
    within: Duration,
}

impl PasswordApi {
    /// Over these parts.
    #[must_use]
    pub const fn new(store: Arc<Store>, accounts: Accounts, operations: Operations) -> Self {
        Self {
            store,
            accounts,
            operations,
        }
    }

    /// One call that becomes an operation: checked, handed over, followed until it ended or the answer is due.
    async fn operate<M, A>(
        &self,
        request: Request<M>,
        to_answer: impl FnOnce(Option<proto::Operation>) -> A,
    ) -> Result<Response<A>, Status>
    where
        OperationRequest: TryFrom<M, Error = Refused>,
    {
        let deadline = self.deadline(request.metadata());
        let work = async |caller: &Principal, message: M| {
            let operation = self.run(caller, message, deadline).await;
            operation.map(|operation| to_answer(Some(operation)))
        };
        answer(request, work).await
    }

    async fn run<M>(
        &self,
        caller: &Principal,
        message: M,
        deadline: Deadline,
    ) -> Result<proto::Operation, Refused>
    where
        OperationRequest: TryFrom<M, Error = Refused>,
    {
        let request = OperationRequest::try_from(message)?;
        let call = call(caller, deadline)?;
        let mut following = self.admit(&call, request, deadline).await?;
        Ok(self.wait_for_end(&mut following, deadline).await)
    }

    /// Until the account is found, nothing is handed over: whoever is out of time then has recorded nothing.
    async fn admit(
        &self,
        call: &Call,
        request: OperationRequest,
        deadline: Deadline,
    ) -> Result<Following, Refused> {
        let found = self.accounts.find(call.tenant, &request.account);
        let missing = match self.in_time(deadline, found).await? {
            Ok(account) => return Ok(self.operations.request(call, &account, request).await?),
            Err(FindError::Store(error)) => return Err(error.into()),
            Err(missing @ (FindError::NotFound | FindError::Ambiguous { .. })) => missing,
        };
        // A retry of what was accepted before is that operation, also when the account is gone since.
        match self.operations.find_accepted(call, &request, None).await {
            Ok(Some(following)) => Ok(following),
            Ok(None) | Err(RequestError::AlreadyExists) => Err(missing.into()),
            Err(not_known) => Err(not_known.into()),
        }
    }

    /// What is done before anything is handed over, as far as there is time.
    async fn in_time<T>(&self, deadline: Deadline, work: impl Future<Output = T>) -> Result<T, Refused> {
        let done = tokio::time::timeout(self.remaining(deadline), work).await;
        done.map_err(|_elapsed| Refused::DeadlineExceeded)
    }

    /// The operation when it has ended, or as it stands when the answer is due.
    async fn wait_for_end(&self, following: &mut Following, deadline: Deadline) -> proto::Operation {
        let ended = tokio::time::timeout(self.remaining(deadline), following.ended()).await;
        let view = ended.unwrap_or_else(|_elapsed| following.now());
        let total = self.store.clock().boot().since(deadline.started);
        answer::operation(&view, Some(total))
    }

    fn deadline(&self, metadata: &MetadataMap) -> Deadline {
        Deadline {
            started: self.store.clock().boot(),
            within: answer_within(metadata),
        }
    }

    fn remaining(&self, deadline: Deadline) -> Duration {
        deadline
            .within
            .saturating_sub(self.store.clock().boot().since(deadline.started))
    }

    async fn check(
        &self,
        caller: &Principal,
        message: api::CheckPasswordRequest,
        deadline: Deadline,
    ) -> Result<api::CheckPasswordResponse, Refused> {
        let call = call(caller, deadline)?;
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
        let account = self.accounts.find(call.tenant, &name).await?;
        let check = PasswordCheck {
            check_id: check_id.unwrap_or_else(Uuid::new_v4),
            kind,
            account: name,
            secret,
        };
        let verdict = self.operations.check(&call, &account, check).await?;
        Ok(api::CheckPasswordResponse {
            acceptable: verdict.reasons.is_empty(),
            reasons: verdict.reasons.iter().map(Into::into).collect(),
            not_checked: verdict.not_checked.into_iter().map(Into::into).collect(),
        })
    }
}

fn call(caller: &Principal, deadline: Deadline) -> Result<Call, Refused> {
    Ok(Call {
        tenant: tenant_of(caller)?,
        principal: caller.clone(),
        traceparent: TraceParent::current().map(|parent| parent.to_string()),
        started: deadline.started,
        wait_timeout: deadline.within,
    })
}

/// Who may ask for a kind may check it; staff may check any, so that they can help.
fn may_check(role: Role, kind: OperationKind) -> bool {
    role != Role::SelfServiceApp || role.may_request(kind)
}

#[tonic::async_trait]
impl PasswordService for PasswordApi {
    async fn prepare_operation(
        &self,
        request: Request<api::PrepareOperationRequest>,
    ) -> Result<Response<api::PrepareOperationResponse>, Status> {
        let work = async |_: &_, _| Err(Refused::Unimplemented("preparing operations"));
        answer(request, work).await
    }

    async fn change_password(
        &self,
        request: Request<api::ChangePasswordRequest>,
    ) -> Result<Response<api::ChangePasswordResponse>, Status> {
        let to_answer = |operation| api::ChangePasswordResponse { operation };
        self.operate(request, to_answer).await
    }

    async fn reset_password(
        &self,
        request: Request<api::ResetPasswordRequest>,
    ) -> Result<Response<api::ResetPasswordResponse>, Status> {
        let to_answer = |operation| api::ResetPasswordResponse { operation };
        self.operate(request, to_answer).await
    }

    async fn unlock_account(
        &self,
        request: Request<api::UnlockAccountRequest>,
    ) -> Result<Response<api::UnlockAccountResponse>, Status> {
        let to_answer = |operation| api::UnlockAccountResponse { operation };
        self.operate(request, to_answer).await
    }

    async fn require_password_change(
        &self,
        request: Request<api::RequirePasswordChangeRequest>,
    ) -> Result<Response<api::RequirePasswordChangeResponse>, Status> {
        let to_answer = |operation| api::RequirePasswordChangeResponse { operation };
        self.operate(request, to_answer).await
    }

    async fn check_password(
        &self,
        request: Request<api::CheckPasswordRequest>,
    ) -> Result<Response<api::CheckPasswordResponse>, Status> {
        let deadline = self.deadline(request.metadata());
        let work = async |caller: &_, message| self.check(caller, message, deadline).await;
        read(request, work).await
    }

    async fn get_operation(
        &self,
        request: Request<api::GetOperationRequest>,
    ) -> Result<Response<api::GetOperationResponse>, Status> {
        let deadline = self.deadline(request.metadata());
        let work = async |caller: &_, message: api::GetOperationRequest| {
            let operation = Some(self.find(caller, &message.operation_id, deadline).await?);
            Ok(api::GetOperationResponse { operation })
        };
        read(request, work).await
    }

    async fn list_operations(
        &self,
        request: Request<api::ListOperationsRequest>,
    ) -> Result<Response<api::ListOperationsResponse>, Status> {
        let work = async |caller: &_, message| self.list(caller, message).await;
        read(request, work).await
    }

    type WatchOperationStream = ReceiverStream<Result<api::WatchOperationResponse, Status>>;

    async fn watch_operation(
        &self,
        request: Request<api::WatchOperationRequest>,
    ) -> Result<Response<Self::WatchOperationStream>, Status> {
        let deadline = self.deadline(request.metadata());
        let work = async |caller: &_, message: api::WatchOperationRequest| {
            self.watch(caller, &message.operation_id, deadline).await
        };
        read(request, work).await
    }

    async fn cancel_operation(
        &self,
        request: Request<api::CancelOperationRequest>,
    ) -> Result<Response<api::CancelOperationResponse>, Status> {
        let deadline = self.deadline(request.metadata());
        let work = async |caller: &_, message: api::CancelOperationRequest| {
            let operation = Some(self.cancel(caller, &message.operation_id, deadline).await?);
            Ok(api::CancelOperationResponse { operation })
        };
        answer(request, work).await
    }
}
