//! Operations as they stand: one, a page, watched, cancelled. A self-service app sees its own only.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::time::unix_us_of;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Deadline, PasswordApi, answer};
use crate::domain::{AccountName, OperationId, Principal, Role};
use crate::grpc::fields;
use crate::grpc::principal::tenant_of;
use crate::grpc::status::Refused;
use crate::operations::View;
use crate::store::operations::{OperationFilter, StoredOperation};

/// How many states of a watched operation wait for a slow reader.
const WATCH_QUEUE: usize = 8;

impl PasswordApi {
    pub(super) async fn find(
        &self,
        caller: &Principal,
        id: &str,
        deadline: Deadline,
    ) -> Result<proto::Operation, Refused> {
        let id: OperationId = fields::id("operation_id", id)?;
        let remaining = self.remaining(deadline);
        let stored = self.operations.get(tenant_of(caller)?, id, remaining).await?;
        let stored = stored
            .filter(|stored| may_see(caller, stored))
            .ok_or(Refused::NotFound("operation"))?;
        Ok(to_wire(stored))
    }

    pub(super) async fn list(
        &self,
        caller: &Principal,
        message: api::ListOperationsRequest,
    ) -> Result<api::ListOperationsResponse, Refused> {
        let tenant = tenant_of(caller)?;
        if caller.role == Role::SelfServiceApp {
            return Err(Refused::NotPermitted { role: caller.role });
        }
        let anchor = match message.account {
            None => None,
            Some(name) => match fields::account_name(Some(name))? {
                AccountName::Anchor(anchor) => Some(anchor),
                name @ (AccountName::UserPrincipalName(_) | AccountName::SamAccountName(_)) => {
                    Some(self.accounts.find(tenant, &name).await?.anchor)
                }
            },
        };
        let size = fields::page_size(message.page_size, 50, 500)?;
        let filter = OperationFilter {
            anchor,
            state: state_name(message.state)?,
            requested_from_us: message.requested_from.as_ref().and_then(unix_us_of),
            after: fields::page_token(&message.page_token, cursor)?,
        };
        let found = self.store.operations(tenant, &filter, i64::from(size)).await?;
        let full = u32::try_from(found.len()).is_ok_and(|length| length == size);
        let last = found.last().filter(|_| full).map(|last| &last.operation.request);
        let next_page_token = last
            .map(|request| page_token((request.requested_at_us, request.operation_id)))
            .unwrap_or_default();
        Ok(api::ListOperationsResponse {
            operations: found.into_iter().map(to_wire).collect(),
            next_page_token,
        })
    }

    /// The states of an operation from now on. The task ends with the operation or with its reader.
    pub(super) async fn watch(
        &self,
        caller: &Principal,
        id: &str,
        deadline: Deadline,
    ) -> Result<ReceiverStream<Result<api::WatchOperationResponse, Status>>, Refused> {
        let tenant = tenant_of(caller)?;
        // Also the check whether the caller may see it.
        self.find(caller, id, deadline).await?;
        let id: OperationId = fields::id("operation_id", id)?;
        let following = self.operations.follow(tenant, id).await?;
        let mut following = following.ok_or(Refused::NotFound("operation"))?;
        let (states, stream) = mpsc::channel(WATCH_QUEUE);
        tokio::spawn(async move {
            let mut view = following.now();
            loop {
                let operation = Some(answer::operation(&view, None));
                if states
                    .send(Ok(api::WatchOperationResponse { operation }))
                    .await
                    .is_err()
                {
                    return;
                }
                let next = tokio::select! {
                    next = following.next() => next,
                    () = states.closed() => return,
                };
                match next {
                    Some(changed) => view = changed,
                    None => return,
                }
            }
        });
        Ok(ReceiverStream::new(stream))
    }

    pub(super) async fn cancel(
        &self,
        caller: &Principal,
        id: &str,
        deadline: Deadline,
    ) -> Result<proto::Operation, Refused> {
        let tenant = tenant_of(caller)?;
        self.find(caller, id, deadline).await?;
        let id: OperationId = fields::id("operation_id", id)?;
        let remaining = self.remaining(deadline);
        let view: Option<Arc<View>> = self.operations.cancel(tenant, caller, id, remaining).await?;
        let view = view.ok_or(Refused::NotFound("operation"))?;
        Ok(answer::operation(&view, None))
    }
}

fn may_see(caller: &Principal, stored: &StoredOperation) -> bool {
    caller.role != Role::SelfServiceApp || stored.operation.request.requested_by == caller.subject
}

fn to_wire(stored: StoredOperation) -> proto::Operation {
    let view = View {
        anchor: stored.anchor,
        operation: stored.operation,
        afterwards_us: BTreeMap::new(),
    };
    answer::operation(&view, None)
}

fn state_name(number: i32) -> Result<Option<&'static str>, Refused> {
    match proto::OperationState::try_from(number) {
        Ok(proto::OperationState::Unspecified) => Ok(None),
        Ok(proto::OperationState::Requested) => Ok(Some("REQUESTED")),
        Ok(proto::OperationState::Delivered) => Ok(Some("DELIVERED")),
        Ok(proto::OperationState::InDoubt) => Ok(Some("IN_DOUBT")),
        Ok(proto::OperationState::Ended) => Ok(Some("ENDED")),
        Err(_) => Err(Refused::invalid("state", "a state of the contract")),
    }
}

/// Opaque to callers: when it was requested and its id, as the list is ordered.
pub(crate) fn page_token((requested_at_us, operation): (i64, OperationId)) -> String {
    format!("{requested_at_us:x}.{operation}")
}

pub(crate) fn cursor(token: &str) -> Option<(i64, OperationId)> {
    let (us, id) = token.split_once('.')?;
    let place = (i64::from_str_radix(us, 16).ok()?, id.parse().ok()?);
    // As it was written and no other way: neither a sign nor a time that Postgres cannot hold.
    (page_token(place) == token).then_some(place)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_page_token_is_its_place_as_it_was_written() {
        let place = (1_800_000_000_000_000, OperationId::new(Uuid::from_u128(0xa)));
        let token = page_token(place);
        assert_eq!(cursor(&token), Some(place));
        for other in [
            "",
            ".",
            &format!("+{token}"),
            &format!("-{token}"),
            &format!("0{token}"),
            &token.to_uppercase(),
        ] {
            assert_eq!(cursor(other), None, "{other}");
        }
    }
}
