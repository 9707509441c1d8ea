//! A new operation: recorded, and where nothing is ahead of it also delivered, in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::AccountTask;
use super::commit::{Committed, Decision};
use super::timings::record_span;
use super::volatile::Volatile;
use crate::domain::{
    AccountEvent, AccountState, Command, ConnectorId, OperationId, Refusal, Request, Stage, decide, evolve,
};
use crate::operations::error::CommitError;
use crate::operations::handover::Taker;
use crate::operations::port::NoRoute;
use crate::operations::request::{NewOperation, RequestError};
use crate::operations::route::ReservedRoute;
use crate::operations::units::Batch;
use crate::operations::view::Following;
use crate::operations::waiting_secret::WaitingSecret;

/// An event whose delivery is recorded.
pub(super) struct ToSend {
    pub(super) operation: OperationId,
    pub(super) secret: WaitingSecret,
    pub(super) route: ReservedRoute,
}

/// Why a request is not recorded.
enum NotRecorded {
    /// The account has an operation with its id.
    IdKnown,
    /// It is refused.
    Refused(RequestError),
}

impl AccountTask {
    /// Records a new operation, or finds the one that the same request made before. What was recorded as delivered is sent
    /// by who calls this.
    pub(super) async fn request(
        &mut self,
        new: NewOperation,
        taker: &Taker,
    ) -> (Result<Following, RequestError>, Option<ToSend>) {
        let mut to_send = None;
        let answer = self.record_or_find(new, taker, &mut to_send).await;
        (answer, to_send)
    }

    async fn record_or_find(
        &mut self,
        new: NewOperation,
        taker: &Taker,
        to_send: &mut Option<ToSend>,
    ) -> Result<Following, RequestError> {
        if taker.is_withdrawn() {
            return Err(RequestError::TooLate);
        }
        let id = new.request.operation_id;
        let requirements = self.requirements(new.request.group, &new.request.key_ids);
        let context = Arc::clone(&self.context);
        let mut route = None;
        let committed = self
            .commit(|state| {
                // What was reserved for an earlier try is given back.
                route = None;
                if state.operations.contains_key(&id) {
                    return Decision::Nothing(NotRecorded::IdKnown);
                }
                // Without a connector it would only wait to fail; with one, it may have to wait for its turn or for
                // credit.
                match ReservedRoute::reserve(&context.routes, &requirements) {
                    Ok(reserved) => route = state.open.is_empty().then_some(reserved),
                    Err(NoRoute { busy: true, .. }) => {}
                    Err(NoRoute { reason, .. }) => {
                        return Decision::Nothing(NotRecorded::Refused(RequestError::Refused(reason)));
                    }
                }
                let connector = route.as_ref().map(ReservedRoute::connector);
                match decide_new(state, &new.request, connector, context.clock.unix_us()) {
                    // The last moment before it is appended: until then its call may have given up.
                    Ok(_) if !taker.take() => Decision::Nothing(NotRecorded::Refused(RequestError::TooLate)),
                    Ok(events) => Decision::Append(Batch {
                        events,
                        secret: (!new.secret.is_empty()).then(|| (id, new.secret.clone())),
                        actor: None,
                    }),
                    Err(refusal) => Decision::Nothing(NotRecorded::Refused(refused_by_domain(refusal))),
                }
            })
            .await;
        match committed {
            Ok(Committed::Appended { events, .. }) => {
                self.accept(&new, &events);
                let following = self.follow(id).ok_or(RequestError::AlreadyExists);
                if let Some(route) = route {
                    self.end_queue(id);
                    *to_send = Some(ToSend {
                        operation: id,
                        secret: new.secret,
                        route,
                    });
                }
                following
            }
            Ok(Committed::Nothing(NotRecorded::IdKnown)) => self.follow_same(id, &new.request.fingerprint),
            Ok(Committed::Nothing(NotRecorded::Refused(error))) => Err(error),
            Err(CommitError::IdTaken) => {
                // By another process for this account, or by another account of the tenant.
                drop(route);
                let caught_up = self.catch_up().await;
                caught_up.map_err(|error| RequestError::of_commit(error.into(), id))?;
                self.follow_same(id, &new.request.fingerprint)
            }
            Err(error @ (CommitError::Contended | CommitError::Unknown | CommitError::Store(_))) => {
                Err(RequestError::of_commit(error, id))
            }
        }
    }

    /// Follows the operation with this id, if it is the same one.
    fn follow_same(&self, id: OperationId, fingerprint: &str) -> Result<Following, RequestError> {
        let operation = self.replica.state.operations.get(&id);
        operation
            .filter(|operation| operation.request.fingerprint == fingerprint)
            .and_then(|_same| self.follow(id))
            .ok_or(RequestError::AlreadyExists)
    }

    /// Takes an operation that was just recorded into care, and shows what else its request changed.
    fn accept(&mut self, new: &NewOperation, events: &[AccountEvent]) {
        let now = self.context.clock.boot();
        let admit = now.since(new.started).saturating_sub(new.seal);
        let mut volatile = Volatile::of_new(now, new.secret.clone());
        volatile.timings.note(Stage::Admit, admit);
        if new.request.kind.sets_password() {
            volatile.timings.note(Stage::Seal, new.seal);
        }
        let traceparent = new.request.traceparent.as_deref();
        record_span(&*self.context.clock, traceparent, Stage::Admit, admit);
        let operation = self.replica.state.operations.get(&new.request.operation_id);
        if let Some(operation) = operation.cloned() {
            self.adopt(&operation, volatile);
        }
        self.show(events, &BTreeMap::new());
    }
}

fn decide_new(
    state: &AccountState,
    request: &Request,
    connector: Option<ConnectorId>,
    now_us: i64,
) -> Result<Vec<AccountEvent>, Refusal> {
    let mut events = decide(state, Command::Request(Box::new(request.clone())), now_us)?;
    if let Some(connector) = connector {
        let requested = events.iter().fold(state.clone(), evolve);
        let deliver = Command::Deliver {
            operation: request.operation_id,
            connector,
        };
        events.extend(decide(&requested, deliver, now_us)?);
    }
    Ok(events)
}

fn refused_by_domain(refusal: Refusal) -> RequestError {
    match refusal {
        Refusal::IdTaken | Refusal::AlreadyRequested => RequestError::AlreadyExists,
        Refusal::TimePassed => {
            RequestError::Refused(Reason::new(ReasonCode::RequestExpired).with("stage", "admit"))
        }
        Refusal::NotKnown
        | Refusal::Ended
        | Refusal::InFlight
        | Refusal::NotInFlight
        | Refusal::NoSuchAttempt
        | Refusal::NotItsTurn
        | Refusal::NotYet
        | Refusal::ReportedBefore { .. } => RequestError::Refused(Reason::new(ReasonCode::Internal)),
    }
}
