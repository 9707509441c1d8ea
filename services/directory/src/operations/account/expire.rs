//! What ends or comes to be in doubt because its time has passed.

use std::sync::Arc;

use groundwire_proto::gateway::v1::OperationClosed;

use super::AccountTask;
use crate::domain::{Command, Operation, OperationId, OperationState, OutcomeCode, decide};
use crate::operations::error::CommitError;
use crate::operations::waiting_secret::WaitingSecret;

impl AccountTask {
    /// Ends what waited too long and what was in doubt up to the horizon; what was delivered too long ago is in doubt.
    pub(super) async fn expire_overdue(&mut self) -> Result<(), CommitError> {
        let now_us = self.context.clock.unix_us();
        let open: Vec<Arc<Operation>> = self.replica.state.open_operations().cloned().collect();
        for operation in open {
            let id = operation.request.operation_id;
            let command = match &operation.state {
                OperationState::Requested => Command::Expire { operation: id },
                OperationState::Delivered { .. } => Command::MarkInDoubt { operation: id },
                OperationState::InDoubt { .. } => {
                    self.horizon = self.context.settings(self.tenant).await?.horizon();
                    Command::EndUnknown {
                        operation: id,
                        horizon: self.horizon,
                    }
                }
                OperationState::Ended { .. } => continue,
            };
            if decide(&self.replica.state, command.clone(), now_us).is_ok() {
                self.carry_out(command, None).await?;
                self.drop_expired_secret(id);
                self.notify_closed(id).await;
            }
        }
        Ok(())
    }

    /// No connector opens it any more; its row goes with the event.
    fn drop_expired_secret(&mut self, id: OperationId) {
        if let Some(volatile) = self.volatile.get_mut(&id) {
            volatile.secret = Some(WaitingSecret::default());
        }
    }

    /// What ended as unknown its connector may still have: it gives way and lists it no more.
    async fn notify_closed(&self, id: OperationId) {
        let Some(operation) = self.replica.state.operations.get(&id) else {
            return;
        };
        let (Some(connector), Some(outcome)) = (operation.connector(), operation.outcome()) else {
            return;
        };
        if outcome.code != OutcomeCode::Unknown {
            return;
        }
        let reasons = outcome.reasons.iter();
        let closed = OperationClosed {
            operation_id: id.to_string(),
            outcome: outcome.code.into(),
            reasons: reasons.map(|reason| reason.code() as i32).collect(),
        };
        let sent =
            self.context
                .routes
                .send_closed(self.tenant, operation.request.group, connector, id, closed);
        if sent.await.is_err() {
            tracing::debug!(%connector, operation = %id, "it learns when it is back that an operation ended");
        }
    }
}
