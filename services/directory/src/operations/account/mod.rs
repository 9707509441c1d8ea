//! The task of one account, which alone appends to the account's stream. It folds the stream, takes requests and reports
//! one at a time, and commits what follows from them.
//!
//! It ends when nothing is open and nobody has written to it for a while, and when the service stops; the next message
//! begins it again.

mod answer;
mod catch_up;
mod commit;
mod dispatch;
mod expire;
pub(crate) mod message;
mod reconcile;
mod replica;
mod report;
mod request;
pub(crate) mod timings;
mod volatile;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use self::message::{Message, OpenAttempts};
use self::replica::Replica;
use self::volatile::Volatile;
use crate::domain::{
    AccountAnchor, Command, ConnectorId, DEFAULT_UNKNOWN_HORIZON, Operation, OperationId, OperationState,
    Stage, TenantId,
};
use crate::operations::context::Context;
use crate::operations::error::CommitError;
use crate::operations::handover::Taker;
use crate::operations::lanes::Messages;
use crate::operations::request::RequestError;
use crate::operations::route::PlaceInLine;
use crate::operations::undecided::Noted;
use crate::operations::view::{Following, View};
use crate::store::StoreError;
use groundwire_kit::clock::BootInstant;

/// How long a task stays when nothing is open: the next operation of the account then finds its state folded.
const LINGER: Duration = Duration::from_secs(60);

/// How soon something that failed for want of the database is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// The longest pause before it is tried again.
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// What the task goes on with.
enum Next {
    Message(Message),
    /// It may be time for something, or a place in line has changed.
    Due,
    /// Nothing is open, and nobody has written for a while.
    Idle,
}

/// The task and what it knows.
pub(crate) struct AccountTask {
    context: Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
    replica: Replica,
    /// What only this process knows of the open operations.
    volatile: HashMap<OperationId, Volatile>,
    /// Connectors that came back with what they have, until that was held against a current replica.
    returned: HashMap<ConnectorId, OpenAttempts>,
    /// Requests that may be recorded, or not, until the stream was caught up with.
    undecided: Vec<Noted>,
    /// When something that could not be done is tried again.
    retry_at: Option<BootInstant>,
    /// What was due could not be done the last time, and is tried again after this pause.
    failed_pause: Option<Duration>,
    /// The place in line for a connector, while the first operation waits for one.
    place: Option<PlaceInLine>,
    /// That place is what the first operation needs, as it was last looked at.
    needs_place: bool,
    /// How long an operation may be in doubt, as the tenant's settings last said.
    horizon: Duration,
}

async fn place_changed(place: Option<&mut PlaceInLine>) {
    match place {
        Some(place) => place.changed().await,
        None => std::future::pending().await,
    }
}

impl AccountTask {
    pub(crate) fn new(context: Arc<Context>, tenant: TenantId, anchor: AccountAnchor) -> Self {
        Self {
            context,
            tenant,
            anchor,
            replica: Replica::empty(),
            volatile: HashMap::new(),
            returned: HashMap::new(),
            undecided: Vec::new(),
            retry_at: None,
            failed_pause: None,
            place: None,
            needs_place: false,
            horizon: DEFAULT_UNKNOWN_HORIZON,
        }
    }

    /// Runs until it is idle for long, or the service stops; what it has begun by then it finishes.
    pub(crate) async fn run(mut self, mut messages: Messages) {
        let stopping = self.context.stopping.clone();
        loop {
            let is_idle = self.replica.is_current() && self.replica.state.open.is_empty();
            let wait = if is_idle { LINGER } else { self.until_due() };
            let next = tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                message = messages.recv() => message.map(Next::Message),
                () = place_changed(self.place.as_mut()) => Some(Next::Due),
                () = tokio::time::sleep(wait) => Some(if is_idle { Next::Idle } else { Next::Due }),
            };
            match next {
                Some(Next::Message(message)) => self.handle(message).await,
                Some(Next::Due) => self.poll_due().await,
                Some(Next::Idle) => {
                    if self.context.registry.leave(self.tenant, self.anchor, &messages) {
                        return;
                    }
                }
                None => return,
            }
        }
    }

    async fn handle(&mut self, message: Message) {
        // An answer that nobody waits for any more changes nothing: what was committed stays.
        match message {
            Message::Request {
                new,
                taker,
                noted,
                reply,
            } => {
                let (answer, to_send) = self.request(*new, &taker).await;
                if let Err(RequestError::RecordingUnknown(_)) = answer {
                    self.undecided.push(noted);
                } else {
                    drop(noted);
                }
                // It is recorded and can be seen: nobody waits for a connector's queue to learn that.
                let _gone = reply.send(answer);
                if let Some(recorded) = to_send {
                    self.send(recorded.operation, &recorded.secret, recorded.route)
                        .await;
                }
            }
            Message::Follow { operation, reply } => {
                let _gone = reply.send(self.catch_up_and_follow(operation).await);
            }
            Message::Cancel {
                operation,
                actor,
                taker,
                reply,
            } => {
                let _gone = reply.send(self.cancel(operation, actor, &taker).await);
            }
            Message::Report { report, reply } => {
                let _gone = reply.send(self.report(*report).await);
            }
            Message::Fate {
                who,
                operation,
                attempt,
                reply,
            } => {
                let _gone = reply.send(self.fate(&who, operation, attempt).await);
                return;
            }
            Message::AttemptAnswered {
                who,
                operation,
                attempt,
                answer,
                reply,
            } => {
                self.attempt_answered(who.connector, operation, attempt, answer)
                    .await;
                let _gone = reply.send(());
            }
            Message::Attached { who, open } => return self.attached(who.connector, open).await,
            Message::Wake => {}
        }
        self.poll_due().await;
    }

    /// How long until something is to be done by itself.
    fn until_due(&self) -> Duration {
        // What is overdue meanwhile is part of what could not be done.
        if let Some(pause) = self.failed_pause {
            return pause;
        }
        let now_us = self.context.clock.unix_us();
        let until = |us: i64| Duration::from_micros(u64::try_from(us.saturating_sub(now_us)).unwrap_or(0));
        let horizon_us = i64::try_from(self.horizon.as_micros()).unwrap_or(i64::MAX);
        let by_state = self
            .replica
            .state
            .open_operations()
            .filter_map(|operation| match &operation.state {
                OperationState::Requested | OperationState::Delivered { .. } => {
                    Some(until(operation.request.expires_at_us))
                }
                OperationState::InDoubt { since_us, .. } => Some(until(since_us.saturating_add(horizon_us))),
                OperationState::Ended { .. } => None,
            });
        let retry = self.retry_at.map(|at| at.since(self.context.clock.boot()));
        let boot = self.context.clock.boot();
        let redelivery = self
            .replica
            .state
            .front()
            .and_then(|operation| self.volatile.get(&operation.request.operation_id))
            .and_then(|volatile| volatile.redeliveries.held_until(boot))
            .map(|at| at.since(boot));
        let behind = (!self.replica.is_current()).then_some(RETRY);
        // Never a busy loop, also when the wall clock jumps.
        by_state
            .chain(retry)
            .chain(redelivery)
            .chain(behind)
            .min()
            .unwrap_or(LINGER)
            .clamp(Duration::from_millis(1), LINGER)
    }

    /// Takes an open operation into this process's care and shows it to followers.
    fn adopt(&mut self, operation: &Arc<Operation>, volatile: Volatile) {
        let id = operation.request.operation_id;
        self.volatile.insert(id, volatile);
        self.context.registry.index(self.tenant, id, self.anchor);
        self.context.metrics.open_changed(1);
        self.publish(id, BTreeMap::new());
    }

    /// Lets go of an operation that ended.
    fn retire(&mut self, id: OperationId) {
        if self.volatile.remove(&id).is_none() {
            return;
        }
        self.context.registry.unindex(self.tenant, id);
        self.context.metrics.open_changed(-1);
    }

    /// What waits or is handed out is load of its group. What is in doubt is not: nobody works on it, perhaps for a day.
    fn count_load(&mut self, id: OperationId) {
        let (Some(operation), Some(volatile)) =
            (self.replica.state.operations.get(&id), self.volatile.get_mut(&id))
        else {
            return;
        };
        let is_load = match operation.state {
            OperationState::Requested | OperationState::Delivered { .. } => true,
            OperationState::InDoubt { .. } | OperationState::Ended { .. } => false,
        };
        if std::mem::replace(&mut volatile.is_load, is_load) != is_load {
            let load = self.context.loads.of(self.tenant, operation.request.group);
            load.count(self.anchor, is_load);
        }
    }

    /// Shows followers how an operation stands, and admission whether it is load.
    fn publish(&mut self, id: OperationId, afterwards_us: BTreeMap<Stage, u64>) {
        self.count_load(id);
        if let Some(view) = self.view(id, afterwards_us) {
            self.context.views.publish(self.tenant, view);
        }
    }

    fn view(&self, id: OperationId, afterwards_us: BTreeMap<Stage, u64>) -> Option<View> {
        let operation = self.replica.state.operations.get(&id)?;
        Some(View {
            anchor: self.anchor,
            operation: Operation::clone(operation),
            afterwards_us,
        })
    }

    /// Follows an operation of this account; `None` if it has none with this id.
    fn follow(&self, id: OperationId) -> Option<Following> {
        match self.context.views.follow(self.tenant, id) {
            Some(following) => Some(following),
            None => self.view(id, BTreeMap::new()).map(Following::of_last),
        }
    }

    async fn catch_up_and_follow(&mut self, id: OperationId) -> Result<Option<Following>, StoreError> {
        self.replica.mark_behind_unless_known(id);
        self.catch_up().await?;
        Ok(self.follow(id))
    }

    /// Cancels an operation that was not handed out, and follows it, whatever became of that.
    async fn cancel(
        &mut self,
        operation: OperationId,
        actor: String,
        taker: &Taker,
    ) -> Result<Option<Following>, CommitError> {
        self.replica.mark_behind_unless_known(operation);
        self.carry_out_if(Command::Cancel { operation }, Some(actor), || taker.take())
            .await?;
        Ok(self.follow(operation))
    }
}
