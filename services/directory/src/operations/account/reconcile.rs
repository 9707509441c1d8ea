//! A connector is back: what it has is held against what stands.

use groundwire_proto::gateway::v1::{FateKind, OperationFate};

use super::AccountTask;
use super::message::OpenAttempts;
use crate::domain::{ConnectorId, OperationId, OperationState, OutcomeCode};
use crate::operations::port::AttachedConnector;
use crate::store::StoreError;

impl AccountTask {
    /// What a connector is to do with an attempt that it has.
    pub(super) async fn fate(
        &mut self,
        who: &AttachedConnector,
        id: OperationId,
        attempt: u32,
    ) -> Result<OperationFate, StoreError> {
        self.replica.mark_behind_unless_known(id);
        self.catch_up().await?;
        let operation = self
            .replica
            .state
            .operations
            .get(&id)
            .filter(|operation| operation.request.group == who.group);
        let (kind, attempt, outcome) = match operation {
            None => (FateKind::NotKnown, 0, None),
            Some(operation) => match &operation.state {
                // Nobody has begun it, and yet the connector has it.
                OperationState::Requested => (FateKind::NotKnown, 0, None),
                OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {
                    let in_force = operation.attempt_in_force().unwrap_or(operation.attempt);
                    let kind = if attempt == in_force || attempt > operation.attempt {
                        FateKind::Continue
                    } else {
                        FateKind::TakenOver
                    };
                    (kind, in_force, None)
                }
                OperationState::Ended { outcome, .. } => {
                    // What the directory decided without a report (the horizon) is news to the connector.
                    let its_own = outcome.attempt == attempt && outcome.code != OutcomeCode::Unknown;
                    let kind = if its_own {
                        FateKind::OutcomeRecorded
                    } else {
                        FateKind::Closed
                    };
                    (kind, operation.attempt, Some(outcome.code))
                }
            },
        };
        Ok(OperationFate {
            operation_id: id.to_string(),
            kind: kind as i32,
            attempt,
            outcome: outcome.map_or(0, i32::from),
        })
    }

    /// A connector attached with these. What cannot be folded now is tried again soon, and what came back with it.
    pub(super) async fn attached(&mut self, connector: ConnectorId, open: OpenAttempts) {
        self.returned.insert(connector, open);
        if self.catch_up().await.is_ok() {
            self.reconcile();
        }
    }

    /// Connectors go on with what they have; what they do not have is delivered again. An earlier attempt is none they
    /// can go on with: that was the answer when they listed it.
    pub(super) fn reconcile(&mut self) {
        let returned = std::mem::take(&mut self.returned);
        let Some(operation) = self.replica.state.in_flight() else {
            return;
        };
        let id = operation.request.operation_id;
        if let Some(open) = operation.connector().and_then(|back| returned.get(&back))
            && let Some(volatile) = self.volatile.get_mut(&id)
        {
            volatile.must_redeliver = open.get(&id).copied() != operation.attempt_in_force();
        }
    }
}
