//! The task of one account: folds its stream, takes requests and reports one at a time, and appends what follows.
//!
//! It ends when nothing is open and nobody has written to it for a while; the next message begins it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use groundwire_eventlog::{AppendError, StreamVersion};
use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::{FateKind, OperationFate};
use tokio::sync::{mpsc, oneshot};

use super::admission::{NewOperation, RequestError};
use super::inbound::Report;
use super::live::Live;
use super::port::AttachedConnector;
use super::units::{self, Change};
use super::view::{Following, View, finished};
use super::{Context, registry};
use crate::domain::{
    AccountAnchor, AccountState, Command, ConnectorId, Event, Operation, OperationId, OperationState,
    OutcomeCode, Stage, TenantId, decide, evolve,
};
use crate::store::secrets::WaitingSecret;
use crate::store::{Store, StoreError};

/// How long a task stays when nothing is open: the next operation of the account then finds its state folded.
const LINGER: Duration = Duration::from_secs(60);
/// How often a decision is made anew because somebody else appended to the stream.
pub(super) const TRIES: usize = 5;
/// How soon something that failed for want of the database is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(250);

/// The operations that a connector has, each with the latest attempt it has.
pub(super) type Listed = Arc<HashMap<OperationId, u32>>;

/// What an account's task is told.
pub(crate) enum Message {
    /// A new operation.
    Request(
        Box<NewOperation>,
        oneshot::Sender<Result<Following, RequestError>>,
    ),
    /// The caller does not want it any more.
    Cancel(OperationId, String, oneshot::Sender<Result<(), StoreError>>),
    /// A connector reports an outcome.
    Report(
        Box<Report>,
        oneshot::Sender<Result<super::inbound::Recorded, StoreError>>,
    ),
    /// What is the fate of this attempt that a connector has?
    Fate(
        AttachedConnector,
        OperationId,
        u32,
        oneshot::Sender<Result<OperationFate, StoreError>>,
    ),
    /// A connector is back and has these.
    Attached(AttachedConnector, Listed),
    /// Look again: a connector is ready, or the task was just begun.
    Wake,
}

/// The state of the task.
pub(crate) struct Account {
    pub(super) context: Arc<Context>,
    pub(super) tenant: TenantId,
    pub(super) anchor: AccountAnchor,
    pub(super) state: AccountState,
    pub(super) version: StreamVersion,
    /// False: the stream has, or may have, more than was folded.
    pub(super) folded: bool,
    /// The answer to a commit was lost: what it recorded as handed out was never sent. (After a restart the connector
    /// tells what it has when it attaches.)
    pub(super) unfinished: bool,
    /// Operations that were changed by what was folded and not shown to followers yet.
    pub(super) unshown: BTreeSet<OperationId>,
    /// Connectors that came back, and what they have, until it could be held to the state.
    pub(super) returned: HashMap<ConnectorId, Listed>,
    pub(super) live: HashMap<OperationId, Live>,
    pub(super) retry_at: Option<BootInstant>,
    pub(super) horizon: Duration,
}

/// Why a unit was not appended.
pub(super) enum NotAppended {
    /// Somebody else appended, or what became of it is not known: fold again and decide again.
    Stale,
    /// The operation id is taken.
    IdTaken,
    /// It could not be done.
    Failed(StoreError),
}

impl Account {
    pub(crate) fn new(context: Arc<Context>, tenant: TenantId, anchor: AccountAnchor) -> Self {
        Self {
            context,
            tenant,
            anchor,
            state: AccountState::default(),
            version: StreamVersion::ZERO,
            folded: false,
            unfinished: false,
            unshown: BTreeSet::new(),
            returned: HashMap::new(),
            live: HashMap::new(),
            retry_at: None,
            horizon: crate::domain::DEFAULT_UNKNOWN_HORIZON,
        }
    }

    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        loop {
            let idle = self.folded && self.state.open.is_empty();
            let wait = if idle { LINGER } else { self.until_next() };
            match tokio::time::timeout(wait, messages.recv()).await {
                Ok(Some(message)) => self.take(message).await,
                Ok(None) => return,
                Err(_elapsed) if idle => {
                    if registry::leave(&self.context, self.tenant, self.anchor, &messages) {
                        return;
                    }
                }
                Err(_elapsed) => self.look().await,
            }
        }
    }

    async fn take(&mut self, message: Message) {
        // An answer that nobody waits for any more changes nothing: what was committed stays.
        match message {
            Message::Request(new, answer) => {
                let _gone = answer.send(self.request(*new).await);
            }
            Message::Cancel(operation, actor, answer) => {
                let _gone = answer.send(self.cancel(operation, actor).await);
            }
            Message::Report(report, answer) => {
                let _gone = answer.send(self.report(*report).await);
            }
            Message::Fate(who, operation, attempt, answer) => {
                let _gone = answer.send(self.fate(&who, operation, attempt).await);
                return;
            }
            Message::Attached(who, listed) => {
                self.returned.insert(who.connector, listed);
                // What cannot be folded now is tried again soon, and what came back with it.
                if self.fold().await.is_ok() {
                    self.take_returned();
                }
                return;
            }
            Message::Wake => {}
        }
        self.look().await;
    }

    /// How long until something is to be done by itself.
    fn until_next(&self) -> Duration {
        let now_us = self.context.clock.unix_us();
        let until = |us: i64| Duration::from_micros(u64::try_from(us.saturating_sub(now_us)).unwrap_or(0));
        let horizon_us = i64::try_from(self.horizon.as_micros()).unwrap_or(i64::MAX);
        let by_state = self
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
        let in_doubt = self
            .state
            .in_flight()
            .and_then(|operation| self.live.get(&operation.request.operation_id))
            .and_then(|live| live.ask_again.at())
            .map(|at| at.since(self.context.clock.boot()));
        let unfolded = (!self.folded).then_some(RETRY);
        // Never a busy loop, also when the wall clock jumps.
        by_state
            .chain(retry)
            .chain(in_doubt)
            .chain(unfolded)
            .min()
            .unwrap_or(LINGER)
            .clamp(Duration::from_millis(1), LINGER)
    }

    /// Takes an open operation into this process's care and shows it to followers.
    pub(super) fn adopt(&mut self, operation: &Arc<Operation>, live: Live) {
        let id = operation.request.operation_id;
        self.live.insert(id, live);
        registry::index(&self.context, self.tenant, id, self.anchor);
        self.context
            .loads
            .of(self.tenant, operation.request.group)
            .opened();
        self.context.metrics.open_changed(1);
        self.publish(id, BTreeMap::new());
    }

    pub(super) fn retire(&mut self, id: OperationId) {
        if self.live.remove(&id).is_none() {
            return;
        }
        registry::unindex(&self.context, self.tenant, id);
        if let Some(operation) = self.state.operations.get(&id) {
            self.context
                .loads
                .of(self.tenant, operation.request.group)
                .ended();
        }
        self.context.metrics.open_changed(-1);
    }

    pub(super) fn publish(&self, id: OperationId, afterwards_us: BTreeMap<Stage, u64>) {
        if let Some(view) = self.view(id, afterwards_us) {
            self.context.views.publish(self.tenant, view);
        }
    }

    fn view(&self, id: OperationId, afterwards_us: BTreeMap<Stage, u64>) -> Option<View> {
        let operation = self.state.operations.get(&id)?;
        Some(View {
            anchor: self.anchor,
            operation: Operation::clone(operation),
            afterwards_us,
        })
    }

    /// Follows an operation of this account.
    pub(super) fn follow(&self, id: OperationId) -> Option<Following> {
        match self.context.views.follow(self.tenant, id) {
            Some(following) => Some(following),
            None => self.view(id, BTreeMap::new()).map(finished),
        }
    }

    /// Appends the events and takes over the state after them. `afterwards` is asked for how long the commit took, and
    /// gives what followers of ended operations are told beside the outcome.
    pub(super) async fn append(
        &mut self,
        events: &[Event],
        secret: Option<(OperationId, WaitingSecret)>,
        actor: Option<String>,
    ) -> Result<Duration, NotAppended> {
        let after = events.iter().fold(self.state.clone(), evolve);
        let change = Change {
            tenant: self.tenant,
            anchor: self.anchor,
            version: self.version,
            after: &after,
            events,
            secret,
            actor,
        };
        let unit = units::unit(change).map_err(NotAppended::Failed)?;
        let started = self.context.clock.boot();
        let log = self.log().await.map_err(NotAppended::Failed)?;
        match log.append(unit).await {
            Ok(appended) => {
                self.state = after;
                self.version = appended.stream_version;
                Ok(self.context.clock.elapsed(started))
            }
            Err(AppendError::VersionConflict { .. }) => {
                self.folded = false;
                Err(NotAppended::Stale)
            }
            Err(AppendError::Unknown) => {
                self.folded = false;
                self.unfinished = true;
                tracing::warn!(tenant = %self.tenant, "what became of a commit is not known, reading the log again");
                Err(NotAppended::Stale)
            }
            Err(AppendError::ClaimTaken { .. }) => {
                self.folded = false;
                Err(NotAppended::IdTaken)
            }
            Err(
                error @ (AppendError::ProjectionFailed(_)
                | AppendError::Invalid(_)
                | AppendError::Refused(_)
                | AppendError::Unavailable(_)
                | AppendError::Closed),
            ) => Err(NotAppended::Failed(error.into())),
        }
    }

    async fn log(&self) -> Result<groundwire_eventlog::Appender, StoreError> {
        Store::log(&self.context.store, self.tenant).await
    }

    /// Shows what was appended to followers, and lets go of what ended.
    pub(super) fn show(&mut self, events: &[Event], afterwards_us: &BTreeMap<Stage, u64>) {
        for event in events {
            let id = event.operation_id();
            match event {
                Event::Ended(ended) => {
                    self.publish(id, afterwards_us.clone());
                    if let Some(operation) = self.state.operations.get(&id) {
                        self.context.metrics.ended(operation.kind(), &ended.outcome);
                    }
                    self.retire(id);
                }
                Event::Delivered(_) | Event::InDoubt(_) => self.publish(id, BTreeMap::new()),
                // Adopted by whoever asked; evidence changes nothing that callers see.
                Event::Requested(_) | Event::OutcomeKept(_) => {}
            }
        }
    }

    /// Decides, appends and shows, anew if somebody else appended. `Ok(false)`: the command does nothing now.
    pub(super) async fn carry_out(
        &mut self,
        command: Command,
        actor: Option<String>,
    ) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            self.fold().await?;
            let Ok(events) = decide(&self.state, command.clone(), self.context.clock.unix_us()) else {
                return Ok(false);
            };
            match self.append(&events, None, actor.clone()).await {
                Ok(_commit) => {
                    self.show(&events, &BTreeMap::new());
                    return Ok(true);
                }
                Err(NotAppended::Stale | NotAppended::IdTaken) => {}
                Err(NotAppended::Failed(error)) => return Err(error),
            }
        }
        Err(StoreError::Append(AppendError::VersionConflict {
            actual: self.version,
        }))
    }

    async fn cancel(&mut self, operation: OperationId, actor: String) -> Result<(), StoreError> {
        self.folded &= self.state.operations.contains_key(&operation);
        self.carry_out(Command::Cancel { operation }, Some(actor))
            .await
            .map(drop)
    }

    async fn fate(
        &mut self,
        who: &AttachedConnector,
        id: OperationId,
        attempt: u32,
    ) -> Result<OperationFate, StoreError> {
        self.folded &= self.state.operations.contains_key(&id);
        self.fold().await?;
        let operation = self
            .state
            .operations
            .get(&id)
            .filter(|operation| operation.request.group == who.group);
        let (kind, attempt, outcome) = match operation {
            None => (FateKind::NotKnown, 0, None),
            Some(operation) => match &operation.state {
                // It was never handed out, and yet the connector has it.
                OperationState::Requested => (FateKind::NotKnown, 0, None),
                OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {
                    let kind = if attempt < operation.attempt {
                        FateKind::TakenOver
                    } else {
                        FateKind::Continue
                    };
                    (kind, operation.attempt, None)
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
}
