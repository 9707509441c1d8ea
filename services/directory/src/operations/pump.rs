//! What an account's task does by itself: hands out the operation whose turn it is, and ends what its time has passed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_proto::gateway::v1::OperationClosed;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::micros;

use super::account::{Account, NotAppended, RETRY};
use super::event::password_event;
use super::port::{NoRoute, Outgoing, Route, RouteRequirements};
use super::stages;
use crate::domain::{
    Command, ConnectorId, Operation, OperationId, OperationState, OutcomeCode, Stage, decide,
};
use crate::store::StoreError;
use crate::store::secrets::WaitingSecret;

/// How soon a connector without credit, or without a stream, is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

impl Account {
    /// Does what can be done now. A database that is away is tried again soon.
    pub(super) async fn look(&mut self) {
        self.retry_at = None;
        if let Err(error) = self.try_look().await {
            tracing::warn!(tenant = %self.tenant, %error, "an account's operations wait for the database");
            self.retry_at = Some(self.context.clock.boot().plus(RETRY));
        }
    }

    async fn try_look(&mut self) -> Result<(), StoreError> {
        self.fold().await?;
        self.end_what_is_over().await?;
        while let Some(front) = self.state.front().cloned() {
            let went_on = match &front.state {
                OperationState::Requested => self.hand_out(&front).await?,
                OperationState::Delivered { connector } | OperationState::InDoubt { connector, .. } => {
                    self.hand_out_again(&front, *connector).await?;
                    false
                }
                OperationState::Ended { .. } => false,
            };
            if !went_on {
                break;
            }
        }
        Ok(())
    }

    async fn end_what_is_over(&mut self) -> Result<(), StoreError> {
        let now_us = self.context.clock.unix_us();
        let open: Vec<Arc<Operation>> = self.state.open_operations().cloned().collect();
        for operation in open {
            let id = operation.request.operation_id;
            let command = match &operation.state {
                OperationState::Requested => Command::Expire { operation: id },
                OperationState::Delivered { .. } => Command::MarkInDoubt { operation: id },
                OperationState::InDoubt { .. } => {
                    let settings = self.context.settings.get(
                        &self.context.store,
                        self.tenant,
                        self.context.clock.boot(),
                    );
                    self.horizon = settings.await?.horizon();
                    Command::EndUnknown {
                        operation: id,
                        horizon: self.horizon,
                    }
                }
                OperationState::Ended { .. } => continue,
            };
            if decide(&self.state, command.clone(), now_us).is_ok() {
                self.carry_out(command, None).await?;
                self.drop_expired_secret(id);
                self.tell_closed(id).await;
            }
        }
        Ok(())
    }

    /// What ended as unknown its connector may still have: it gives way and lists it no more.
    async fn tell_closed(&self, id: OperationId) {
        let Some(operation) = self.state.operations.get(&id) else {
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
        let group = operation.request.group;
        let told = self
            .context
            .routes
            .send_closed(self.tenant, group, connector, id, closed);
        if told.await.is_err() {
            tracing::debug!(%connector, operation = %id, "it learns when it is back that an operation ended");
        }
    }

    /// No connector opens it any more; its row goes with the event.
    fn drop_expired_secret(&mut self, id: OperationId) {
        if let Some(live) = self.live.get_mut(&id) {
            live.secret = Some(WaitingSecret::default());
        }
    }

    /// Hands out the first operation, or ends it if it can't be. True: it ended, and the next one's turn has come.
    async fn hand_out(&mut self, operation: &Arc<Operation>) -> Result<bool, StoreError> {
        let id = operation.request.operation_id;
        let Some(waiting) = self.secret_of(operation).await? else {
            let reason = Reason::new(ReasonCode::SecretLost);
            return self
                .carry_out(
                    Command::Fail {
                        operation: id,
                        reason,
                    },
                    None,
                )
                .await;
        };
        match self.context.routes.reserve(&self.wanted(operation, None)) {
            Ok(route) => {
                self.deliver(id, &waiting, &route).await?;
                Ok(false)
            }
            Err(NoRoute { busy: true, .. }) => {
                self.look_again();
                Ok(false)
            }
            Err(NoRoute { reason, .. }) => {
                let now = self.context.clock.boot();
                let patience = self.live.get(&id).and_then(|live| live.patience);
                let over = patience.is_some_and(|until| now >= until);
                if reason.code() == ReasonCode::ResealNeeded || over {
                    return self
                        .carry_out(
                            Command::Fail {
                                operation: id,
                                reason,
                            },
                            None,
                        )
                        .await;
                }
                // A connector that comes wakes the task; patience is looked at when it is over.
                self.retry_at = patience;
                Ok(false)
            }
        }
    }

    /// Hands an operation out again to the connector that had it and lost it, or that has not told for long what became
    /// of it. Only that one: nobody else can tell yet.
    async fn hand_out_again(
        &mut self,
        operation: &Arc<Operation>,
        connector: ConnectorId,
    ) -> Result<(), StoreError> {
        let id = operation.request.operation_id;
        let now = self.context.clock.boot();
        let Some(live) = self.live.get_mut(&id) else {
            return Ok(());
        };
        // It may have got lost at its connector, too. If that is not attached, `attached` settles it.
        let in_doubt = matches!(operation.state, OperationState::InDoubt { .. });
        let due = in_doubt && live.ask_again.is_due(now);
        if !due && !live.hand_out_again {
            return Ok(());
        }
        // Without ciphertext the connector can still find out or fence.
        let waiting = self.secret_of(operation).await?.unwrap_or_default();
        match self
            .context
            .routes
            .reserve(&self.wanted(operation, Some(connector)))
        {
            Ok(route) => self.deliver(id, &waiting, &route).await,
            Err(NoRoute { busy, .. }) => {
                if busy {
                    if let Some(live) = self.live.get_mut(&id) {
                        live.hand_out_again = true;
                    }
                    self.look_again();
                }
                Ok(())
            }
        }
    }

    fn look_again(&mut self) {
        self.retry_at = Some(self.context.clock.boot().plus(LOOK_AGAIN));
    }

    pub(super) fn wanted(&self, operation: &Operation, only: Option<ConnectorId>) -> RouteRequirements {
        RouteRequirements {
            tenant: self.tenant,
            group: operation.request.group,
            anchor: self.anchor,
            // What is handed out again may be found out without the key.
            key_ids: match only {
                Some(_) => Vec::new(),
                None => operation
                    .request
                    .key_ids
                    .iter()
                    .filter_map(|id| id.parse().ok())
                    .collect(),
            },
            only,
        }
    }

    /// What waits beside the operation; `None`: it needs a secret and that is gone.
    async fn secret_of(&mut self, operation: &Operation) -> Result<Option<WaitingSecret>, StoreError> {
        let id = operation.request.operation_id;
        if let Some(secret) = self.live.get(&id).and_then(|live| live.secret.clone()) {
            return Ok(Some(secret));
        }
        let found = self.context.store.waiting_secret(self.tenant, id).await?;
        let found = match found {
            None if operation.kind().sets_password() => return Ok(None),
            None => WaitingSecret::default(),
            Some(found) => found,
        };
        if let Some(live) = self.live.get_mut(&id) {
            live.secret = Some(found.clone());
        }
        Ok(Some(found))
    }

    /// Records the delivery and sends the event.
    async fn deliver(
        &mut self,
        id: OperationId,
        waiting: &WaitingSecret,
        route: &Route,
    ) -> Result<(), StoreError> {
        let command = Command::Deliver {
            operation: id,
            connector: route.who.connector,
        };
        let Ok(events) = decide(&self.state, command, self.context.clock.unix_us()) else {
            self.context.routes.give_back(route);
            return Ok(());
        };
        match self.append(&events, None, None).await {
            Ok(_commit) => {
                self.show(&events, &BTreeMap::new());
                self.queued(id);
                self.send(id, waiting, route).await
            }
            Err(NotAppended::Stale | NotAppended::IdTaken) => {
                self.context.routes.give_back(route);
                self.look_again();
                Ok(())
            }
            Err(NotAppended::Failed(error)) => {
                self.context.routes.give_back(route);
                Err(error)
            }
        }
    }

    /// The queue ends with the record of delivery.
    pub(super) fn queued(&mut self, id: OperationId) {
        let now = self.context.clock.boot();
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        if live.durations_us.contains_key(&Stage::Queue) {
            return;
        }
        let took = now.since(live.recorded_at);
        live.durations_us.insert(Stage::Queue, micros(took));
        if let Some(operation) = self.state.operations.get(&id) {
            stages::span(
                &*self.context.clock,
                operation.request.traceparent.as_deref(),
                Stage::Queue,
                took,
            );
        }
    }

    /// Sends the event of an operation whose delivery is recorded. If the stream is gone, the connector will not list the
    /// operation when it is back, and gets it again.
    pub(super) async fn send(
        &mut self,
        id: OperationId,
        waiting: &WaitingSecret,
        route: &Route,
    ) -> Result<(), StoreError> {
        let Some(operation) = self.state.operations.get(&id).cloned() else {
            return Ok(());
        };
        let started = self.context.clock.boot();
        let built = password_event(
            &self.context,
            self.tenant,
            self.anchor,
            &self.state,
            &operation,
            waiting,
            route,
        );
        let sent = match built.await {
            Ok(event) => {
                let outgoing = Outgoing::Event {
                    operation: id,
                    attempt: operation.attempt,
                    event,
                };
                self.context.routes.send(route, outgoing).await.is_ok()
            }
            Err(error) => {
                tracing::error!(tenant = %self.tenant, operation = %id, %error, "an event could not be signed");
                self.context.routes.give_back(route);
                false
            }
        };
        if let Some(live) = self.live.get_mut(&id) {
            live.sent_at = Some(started);
            live.hand_out_again = !sent;
        }
        if !sent {
            tracing::warn!(tenant = %self.tenant, operation = %id, "an event was recorded and not sent");
            self.retry_at = Some(self.context.clock.boot().plus(RETRY));
        }
        Ok(())
    }
}
