//! The wall between operations and delivery: what each asks of the other.
//!
//! Operations decide and record; delivery holds the connectors' streams. Neither blocks on the other: a call into
//! operations waits for the log at most, a call into delivery for a bounded queue.

use futures_util::future::BoxFuture;
use groundwire_envelope::{KeyId, SealingPublicKey, signed::Domain};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{
    CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, OutcomeReport,
};
use groundwire_proto::reasons::Reason;
use tokio::sync::watch;

use super::error::CommitError;
use crate::domain::{
    AccountAnchor, ConnectorGroupId, ConnectorId, DomainController, NotTakenCause, OperationId, TenantId,
};
use crate::store::StoreError;

/// Number of an attached stream, unique within the process: tells a connector's new stream from its old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// Who speaks on a stream, as its certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachedConnector {
    pub tenant: TenantId,
    pub group: ConnectorGroupId,
    pub connector: ConnectorId,
    pub session: SessionId,
}

/// What delivery calls. Implemented by operations.
///
/// A stream that breaks or becomes suspect is not reported here (an attempt without an answer is): what was delivered over it stays with its connector, which
/// says what it has when it attaches again. Moving delivered work to another connector is not built yet.
pub trait OperationsPort: Send + Sync {
    /// A connector said `Hello`. Answers the fate of each attempt that it listed. What was delivered to it and is not
    /// listed is delivered again with a higher attempt, once the connector is ready.
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>>;
    /// The `Welcome` was sent and the stream takes events: redelivery may begin.
    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()>;
    /// An outcome was reported. Durable at return; the answer is sent back on the stream.
    fn outcome_reported<'a>(
        &'a self,
        who: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, CommitError>>;
    /// An attempt was answered, in another way than by an outcome. At return its account's task has taken note of it.
    fn attempt_answered<'a>(
        &'a self,
        who: &'a AttachedConnector,
        operation: OperationId,
        attempt: u32,
        answer: AttemptAnswer,
    ) -> BoxFuture<'a, ()>;
    /// The verdict of a check.
    fn check_result<'a>(&'a self, who: &'a AttachedConnector, result: CheckResult) -> BoxFuture<'a, ()>;
}

/// What became of an attempt that was sent, as far as delivery knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptAnswer {
    /// `Received` did not come in time.
    Missing,
    /// `Received` came, after it had been missed.
    Late,
    /// The connector stood down from it.
    StoodDown,
    /// The connector has not begun it, and never will.
    NotTaken(NotTakenCause),
}

/// What a connector must have to be chosen for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRequirements {
    pub tenant: TenantId,
    /// The group that serves the account.
    pub group: ConnectorGroupId,
    /// The account: the same one goes to the same connector while the set of connectors stays.
    pub anchor: AccountAnchor,
    /// Keys that the secret is sealed to: only a connector that holds one is chosen. Empty: any.
    pub key_ids: Vec<KeyId>,
    /// Only this connector will do: the operation was delivered to it before, and nobody else can say what became of it.
    pub only: Option<ConnectorId>,
}

/// A connector that can be sent to.
#[derive(Debug, Clone)]
pub struct Route {
    /// Who it is.
    pub who: AttachedConnector,
    /// The group's DC, as recorded at the directory.
    pub group_dc: Option<DomainController>,
    /// What was delivered up to this moment (unix µs) may be lost.
    pub lost_before_us: Option<i64>,
}

/// No connector can take it now.
#[derive(Debug, Clone)]
pub struct NoRoute {
    /// Why: `NO_CONNECTOR` (none is attached, or all are suspect), `RESEAL_NEEDED` (attached, but none holds a key of the
    /// secret), or what the attached ones complain of.
    pub reason: Reason,
    /// A connector is attached and lacks only credit: waiting helps.
    pub busy: bool,
}

/// A place in the line of those who wait for a route.
#[derive(Debug)]
pub struct Place {
    /// Its number in the line of its group.
    pub number: u64,
    /// Where its holder learns of its turn, and of another reason to wait.
    pub turn: watch::Receiver<Turn>,
}

/// What the holder of a place learns.
#[derive(Debug, Clone)]
pub enum Turn {
    /// It waits, and why. Where waiting alone does not help, it may want to give up.
    Waits(NoRoute),
    /// A route is reserved for it, and it is in the line no more.
    Comes(Route),
}

/// The stream has ended or its queue stayed full: nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connector's stream is closed")]
pub struct StreamClosed;

/// What is sent over a route.
pub enum Outgoing {
    /// A password event. From then on the connector's `Received` is awaited.
    Event {
        /// The operation it is for.
        operation: OperationId,
        /// The attempt it is for.
        attempt: u32,
        /// The signed payload.
        event: SignedBytes,
    },
    /// A dry run: the signed payload of a `CheckRequest`.
    Check(SignedBytes),
}

/// The way to the connectors. Implemented by delivery.
pub trait Routes: Send + Sync {
    /// Chooses a connector and takes one credit of it, if nobody waits in line for that.
    fn reserve(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute>;
    /// The same for who waits if there is none: in the group's line, in which a credit, an attach and a condition that
    /// clears serve the first one that they can. The place must be left when it is not wanted any more.
    fn line_up(&self, requirements: &RouteRequirements) -> Result<Route, Place>;
    /// Gives up a place in line. Afterwards no turn comes to it.
    fn leave_line(&self, requirements: &RouteRequirements, number: u64);
    /// Gives back the credit of a route over which nothing was sent.
    fn give_back(&self, route: &Route);
    /// Puts it on the connector's queue.
    fn send<'a>(&'a self, route: &'a Route, outgoing: Outgoing) -> BoxFuture<'a, Result<(), StreamClosed>>;
    /// Tells a connector that an operation ended without its report. If it is not attached it learns that at its `Hello`.
    fn send_closed(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        connector: ConnectorId,
        operation: OperationId,
        closed: OperationClosed,
    ) -> BoxFuture<'_, Result<(), StreamClosed>>;
}

/// The keys that operations seal to and sign with. Implemented by delivery.
pub trait Keys: Send + Sync {
    /// The group's active sealing keys, with verified certificates; cached.
    fn sealing_keys(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> BoxFuture<'_, Result<Vec<SealingPublicKey>, StoreError>>;
    /// Signs with the tenant's event key.
    fn sign(
        &self,
        tenant: TenantId,
        domain: Domain,
        payload: Vec<u8>,
    ) -> BoxFuture<'_, Result<SignedBytes, StoreError>>;
}
