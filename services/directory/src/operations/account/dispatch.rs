//! What the task does by itself: it delivers the operation whose turn it is, and delivers again what got lost.

use groundwire_envelope::signed::Domain;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{Actor, PasswordEventPayload};
use groundwire_proto::operation::v1::AccountName;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::timestamp_from_us;
use prost::Message as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::commit::{Committed, Decision};
use super::timings::record_span;
use super::volatile::FIRST_REDELIVERY;
use super::{AccountTask, LONGEST_RETRY, RETRY};
use crate::domain::{
    Command, ConnectorGroupId, ConnectorId, Operation, OperationId, OperationRequested, OperationState,
    Stage, decide,
};
use crate::operations::error::CommitError;
use crate::operations::port::{NoRoute, Outgoing, RouteRequirements};
use crate::operations::route::{PlaceInLine, ReservedRoute};
use crate::operations::units::Batch;
use crate::operations::waiting_secret::WaitingSecret;
use crate::store::StoreError;

impl AccountTask {
    /// Does what can be done now. What fails is tried again soon.
    pub(super) async fn poll_due(&mut self) {
        self.retry_at = None;
        let failed_before = self.failed_pause.take();
        if let Err(error) = self.try_poll_due().await {
            tracing::warn!(tenant = %self.tenant, %error, cause = error.cause(), "an account's operations wait and are tried again soon");
            let pause = failed_before.map_or(RETRY, |pause| pause.saturating_mul(2));
            self.failed_pause = Some(pause.min(LONGEST_RETRY));
        }
    }

    async fn try_poll_due(&mut self) -> Result<(), CommitError> {
        self.catch_up().await?;
        self.expire_overdue().await?;
        self.needs_place = false;
        while let Some(front) = self.replica.state.front().cloned() {
            self.needs_place = false;
            match &front.state {
                OperationState::Requested => self.deliver_front(&front).await?,
                OperationState::Delivered { connector } | OperationState::InDoubt { connector, .. } => {
                    self.redeliver(&front, *connector).await?;
                }
                OperationState::Ended { .. } => {}
            }
            // Its turn is over when it ended, by this process or by another one that was first.
            let is_next = |now: &Arc<Operation>| now.request.operation_id != front.request.operation_id;
            if !self.replica.state.front().is_some_and(is_next) {
                break;
            }
        }
        // Nobody waits for a connector any more, or for another one.
        if !self.needs_place {
            self.place = None;
        }
        Ok(())
    }

    /// A route, if there is one: at once, or because the account's turn in line has come. If not, the account is in line
    /// from now on, and is woken when its turn comes or it waits for another reason.
    fn route(&mut self, requirements: &RouteRequirements) -> Result<ReservedRoute, NoRoute> {
        let held = self.place.take().filter(|place| place.is_for(requirements));
        let mut place = held.unwrap_or_else(|| PlaceInLine::line_up(&self.context.routes, requirements));
        let turn = place.take_turn();
        if turn.is_err() {
            self.place = Some(place);
            self.needs_place = true;
        }
        turn
    }

    /// Delivers the first operation, or ends it if that cannot be.
    async fn deliver_front(&mut self, operation: &Arc<Operation>) -> Result<(), CommitError> {
        let id = operation.request.operation_id;
        let now = self.context.clock.boot();
        if self
            .volatile
            .get(&id)
            .is_some_and(|volatile| volatile.redeliveries.held_until(now).is_some())
        {
            return Ok(());
        }
        let Some(waiting) = self.secret_of(operation).await? else {
            return self.fail(id, Reason::new(ReasonCode::SecretLost)).await;
        };
        let requirements = self.requirements(operation.request.group, &operation.request.key_ids);
        let no_route = match self.route(&requirements) {
            Ok(route) => {
                if let Some(volatile) = self.volatile.get_mut(&id) {
                    volatile.without_since = None;
                }
                return self.deliver(operation, &waiting, route).await;
            }
            Err(no_route) => no_route,
        };
        let now = self.context.clock.boot();
        let Some(volatile) = self.volatile.get_mut(&id) else {
            return Ok(());
        };
        let NoRoute { reason, busy: false } = no_route else {
            volatile.without_since = None;
            return Ok(());
        };
        let fails_at = volatile.fails_at(now);
        if reason.code() == ReasonCode::ResealNeeded || fails_at.is_some_and(|at| now >= at) {
            return self.fail(id, reason).await;
        }
        // A connector that comes serves the line; if none comes, the task looks again when the time is over.
        self.retry_at = fails_at;
        Ok(())
    }

    async fn fail(&mut self, operation: OperationId, reason: Reason) -> Result<(), CommitError> {
        self.carry_out(Command::Fail { operation, reason }, None).await
    }

    /// Delivers an operation again to the connector that had it and lost it, or that has not said for long what became of
    /// it. Only to that one: nobody else can tell yet.
    async fn redeliver(
        &mut self,
        operation: &Arc<Operation>,
        connector: ConnectorId,
    ) -> Result<(), CommitError> {
        let id = operation.request.operation_id;
        let now = self.context.clock.boot();
        let Some(volatile) = self.volatile.get_mut(&id) else {
            return Ok(());
        };
        // It may have got lost at its connector, too. If that is not attached, its `Hello` settles it.
        let is_in_doubt = matches!(operation.state, OperationState::InDoubt { .. });
        let is_due = is_in_doubt && volatile.redeliveries.is_due(now);
        let is_held = volatile.redeliveries.held_until(now).is_some();
        if is_held || (!is_due && !volatile.must_redeliver) {
            return Ok(());
        }
        // Without ciphertext the connector can still find out or fence.
        let waiting = self.secret_of(operation).await?.unwrap_or_default();
        // It can do so without the key, too.
        let requirements = RouteRequirements {
            only: Some(connector),
            ..self.requirements(operation.request.group, &[])
        };
        match self.route(&requirements) {
            Ok(route) => return self.deliver(operation, &waiting, route).await,
            // It is not attached: what it says when it is back settles it.
            Err(no_route) if no_route.reason.code() == ReasonCode::NoConnector => {
                self.needs_place = false;
                self.retry_at = Some(now.plus(FIRST_REDELIVERY));
            }
            Err(_) => {
                if let Some(volatile) = self.volatile.get_mut(&id) {
                    volatile.must_redeliver = true;
                }
            }
        }
        Ok(())
    }

    /// Any connector that can open a secret which is sealed to these keys.
    pub(super) fn requirements(&self, group: ConnectorGroupId, key_ids: &[String]) -> RouteRequirements {
        RouteRequirements {
            tenant: self.tenant,
            group,
            anchor: self.anchor,
            key_ids: key_ids.iter().filter_map(|id| id.parse().ok()).collect(),
            only: None,
        }
    }

    /// What waits beside the operation; `None`: it needs a secret and that is gone.
    async fn secret_of(&mut self, operation: &Operation) -> Result<Option<WaitingSecret>, StoreError> {
        let id = operation.request.operation_id;
        let known = self
            .volatile
            .get(&id)
            .and_then(|volatile| volatile.secret.clone());
        if let Some(secret) = known {
            return Ok(Some(secret));
        }
        let found = match self.context.store.waiting_secret(self.tenant, id).await? {
            None if operation.kind().sets_password() => return Ok(None),
            None => WaitingSecret::default(),
            Some(found) => WaitingSecret::try_from(found)?,
        };
        if let Some(volatile) = self.volatile.get_mut(&id) {
            volatile.secret = Some(found.clone());
        }
        Ok(Some(found))
    }

    /// Records the delivery and sends the event.
    async fn deliver(
        &mut self,
        operation: &Operation,
        waiting: &WaitingSecret,
        route: ReservedRoute,
    ) -> Result<(), CommitError> {
        let id = operation.request.operation_id;
        let command = Command::Deliver {
            operation: id,
            connector: route.connector(),
        };
        let clock = Arc::clone(&self.context.clock);
        let committed = self
            .commit(|state| {
                // The route was chosen for the operation as it stood. If another process has delivered or ended it since,
                // everything is looked at anew.
                let is_as_it_was = state
                    .operations
                    .get(&id)
                    .is_some_and(|now| now.attempt == operation.attempt && now.state == operation.state);
                match decide(state, command.clone(), clock.unix_us()) {
                    Ok(events) if is_as_it_was => Decision::Append(Batch::of(events)),
                    Ok(_) | Err(_) => Decision::Nothing(()),
                }
            })
            .await?;
        match committed {
            Committed::Appended { events, .. } => {
                self.show(&events, &BTreeMap::new());
                self.end_queue(id);
                self.send(id, waiting, route).await;
            }
            Committed::Nothing(()) => self.retry_at = Some(self.context.clock.boot().plus(RETRY)),
        }
        Ok(())
    }

    /// The queue ends with the record of delivery.
    pub(super) fn end_queue(&mut self, id: OperationId) {
        let now = self.context.clock.boot();
        let Some(volatile) = self.volatile.get_mut(&id) else {
            return;
        };
        if volatile.timings.durations_us.contains_key(&Stage::Queue) {
            return;
        }
        let took = now.since(volatile.timings.recorded_at);
        volatile.timings.note(Stage::Queue, took);
        if let Some(operation) = self.replica.state.operations.get(&id) {
            let traceparent = operation.request.traceparent.as_deref();
            record_span(&*self.context.clock, traceparent, Stage::Queue, took);
        }
    }

    /// Sends the event of an operation whose delivery is recorded. If the stream is gone, the connector will not list the
    /// operation when it is back, and gets it again.
    pub(super) async fn send(&mut self, id: OperationId, waiting: &WaitingSecret, route: ReservedRoute) {
        let Some(operation) = self.replica.state.operations.get(&id).cloned() else {
            return;
        };
        let started = self.context.clock.boot();
        let is_sent = match self.sign_event(&operation, waiting, &route).await {
            Ok(event) => {
                let outgoing = Outgoing::Event {
                    operation: id,
                    attempt: operation.attempt,
                    event,
                };
                route.send(outgoing).await.is_ok()
            }
            Err(error) => {
                tracing::error!(tenant = %self.tenant, operation = %id, %error, "an event could not be signed");
                false
            }
        };
        if let Some(volatile) = self.volatile.get_mut(&id) {
            volatile.timings.sent_at = Some(started);
            volatile.must_redeliver = !is_sent;
            if operation.attempt > 1 {
                volatile.redeliveries.redelivered(started);
            }
        }
        if !is_sent {
            tracing::warn!(tenant = %self.tenant, operation = %id, "an event was recorded and not sent");
            self.retry_at = Some(self.context.clock.boot().plus(RETRY));
        }
    }

    /// The signed event of the operation's current attempt, for the connector of this route.
    async fn sign_event(
        &self,
        operation: &Operation,
        waiting: &WaitingSecret,
        route: &ReservedRoute,
    ) -> Result<SignedBytes, StoreError> {
        let request = &operation.request;
        let last_applied = self.replica.state.last_applied;
        let payload = PasswordEventPayload {
            operation_id: request.operation_id.to_string(),
            tenant_id: self.tenant.to_string(),
            connector_group_id: request.group.to_string(),
            connector_id: route.connector().to_string(),
            account_anchor: self.anchor.to_string(),
            kind: request.kind.into(),
            flags: Some(request.flags.into()),
            sequence: request.sequence,
            attempt: operation.attempt,
            last_applied_sequence: last_applied.map_or(0, |last| last.sequence),
            last_applied_unicode_pwd_version: last_applied.and_then(|last| last.unicode_pwd_version),
            group_dc: route.group_dc().cloned().map(Into::into),
            actor: Some(Actor {
                subject: request.requested_by.clone(),
                role: request.role.name().to_owned(),
                on_behalf_of: request.on_behalf_of.clone().map(Into::into),
            }),
            proof: waiting.proof.clone().unwrap_or_default(),
            secret: waiting.secret.clone(),
            expires_at: Some(timestamp_from_us(request.expires_at_us)),
            traceparent: request.traceparent.clone().unwrap_or_default(),
            signed_at: Some(timestamp_from_us(self.context.clock.unix_us())),
            account_name: name_to_compare(request),
            last_applied_may_be_lost: last_applied
                .is_some_and(|last| last.may_be_lost(route.lost_before_us())),
        };
        self.context
            .keys
            .sign(self.tenant, Domain::Event, payload.encode_to_vec())
            .await
    }
}

/// The name that Active Directory compares before the write. Where it was erased since, the message is sent without one, and
/// the connector writes nothing: nobody can say any more whose account is meant.
fn name_to_compare(request: &OperationRequested) -> Option<AccountName> {
    request.by_name.then(|| {
        let name = request.lookup_name.clone();
        name.map(Into::into).unwrap_or_default()
    })
}
