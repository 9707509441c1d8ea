//! What a connector answers to an attempt, beside an outcome: that it has it, that it has not begun it, or nothing at all.
//! What comes to nothing makes the operation wait, with growing pauses, and nobody else.

use super::AccountTask;
use crate::domain::{Command, ConnectorId, NotTakenCause, Operation, OperationId};
use crate::operations::port::AttemptAnswer;

impl AccountTask {
    /// Notes the answer to an attempt. Only the attempt in force matters.
    pub(super) async fn attempt_answered(
        &mut self,
        connector: ConnectorId,
        id: OperationId,
        attempt: u32,
        answer: AttemptAnswer,
    ) {
        if let AttemptAnswer::NotTaken(cause) = answer {
            return self.not_taken(connector, id, attempt, cause).await;
        }
        let operation = self.replica.state.operations.get(&id);
        if !operation.is_some_and(|operation| is_in_force(operation, connector, attempt)) {
            return;
        }
        let now = self.context.clock.boot();
        let Some(volatile) = self.volatile.get_mut(&id) else {
            return;
        };
        match answer {
            AttemptAnswer::Missing => {
                if volatile.note_missing_answer(now) {
                    self.context.metrics.operation_suspected();
                    tracing::warn!(
                        tenant = %self.tenant, operation = %id, %connector, attempt,
                        "an operation is suspect: its attempts are not answered, it is delivered again with growing pauses"
                    );
                }
            }
            AttemptAnswer::Late => volatile.note_answer(),
            AttemptAnswer::StoodDown | AttemptAnswer::NotTaken(_) => volatile.note_nobody_at_it(now),
        }
    }

    /// Records that an attempt was not begun, and never will be.
    async fn not_taken(
        &mut self,
        connector: ConnectorId,
        operation: OperationId,
        attempt: u32,
        cause: NotTakenCause,
    ) {
        self.replica.mark_behind_unless_known(operation);
        tracing::info!(tenant = %self.tenant, %operation, %connector, attempt, cause = cause.as_str(), "an attempt was not taken");
        let was_in_force = self.replica.state.operations.get(&operation);
        let was_in_force = was_in_force.is_none_or(|before| is_in_force(before, connector, attempt));
        let command = Command::RecordNotTaken {
            operation,
            connector,
            attempt,
            cause,
        };
        let recorded = self
            .carry_out(command, Some(format!("connector/{connector}")))
            .await;
        if let Err(error) = &recorded {
            // It stays in force, and is delivered again as what nobody is at.
            tracing::warn!(tenant = %self.tenant, %operation, attempt, %error, cause = error.cause(), "that an attempt was not taken is not recorded");
        }
        let now = self.context.clock.boot();
        let Some(volatile) = self.volatile.get_mut(&operation).filter(|_| was_in_force) else {
            return;
        };
        // Not recorded, the attempt that is at work stays overtaken by this one: its outcome would not count.
        if recorded.is_ok() && cause == NotTakenCause::OperationAtWork {
            volatile.note_answer();
        } else {
            volatile.note_nobody_at_it(now);
        }
    }
}

fn is_in_force(operation: &Operation, connector: ConnectorId, attempt: u32) -> bool {
    operation.attempt_in_force() == Some(attempt) && operation.connector() == Some(connector)
}
