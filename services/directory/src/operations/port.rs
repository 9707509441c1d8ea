//! The wall between operations and delivery: what each asks of the other.
//!
//! Operations decide and record; delivery holds the connectors' streams. Neither blocks on the other: a call into
//! operations waits for the log at most, a call into delivery for a bounded queue.

use futures_util::future::BoxFuture;
use groundwire_envelope::{KeyId, SealingPublicKey, signed::Domain};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{
    CheckResult, DomainController, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded,
    OutcomeReport, attach_response,
};
use groundwire_proto::reasons::Reason;

use crate::domain::{AccountAnchor, ConnectorGroupId, ConnectorId, OperationId, TenantId};
use crate::store::StoreError;

/// Number of an attached stream, unique within the process: tells a connector's new stream from its old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// Who speaks on a stream, as its certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachedConnector {
    /// The tenant.
    pub tenant: TenantId,
    /// The group.
    pub group: ConnectorGroupId,
    /// The connector.
    pub connector: ConnectorId,
    /// Its stream.
    pub session: SessionId,
}

/// Why a stream counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostBecause {
    /// It ended, cleanly or not.
    Ended,
    /// No `Received` within 2 s, or three heartbeats missed: it may still be there, nothing more is routed to it.
    Suspect,
}

/// What delivery calls. Implemented by operations.
pub trait OperationsPort: Send + Sync {
    /// A connector said `Hello`. Answers the fate of what it listed, and hands out again (with a higher attempt) what was
    /// delivered to it and is not listed.
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>>;
    /// The `Welcome` was sent and the stream takes events: redelivery may begin.
    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()>;
    /// An event arrived.
    fn received<'a>(
        &'a self,
        who: &'a AttachedConnector,
        operation: OperationId,
        attempt: u32,
    ) -> BoxFuture<'a, ()>;
    /// An outcome was reported. Durable at return; the answer is sent back on the stream.
    fn outcome_reported<'a>(
        &'a self,
        who: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, StoreError>>;
    /// The connector found that a later attempt took over.
    fn stood_down<'a>(
        &'a self,
        who: &'a AttachedConnector,
        operation: OperationId,
        attempt: u32,
        found_attempt: u32,
    ) -> BoxFuture<'a, ()>;
    /// The verdict of a check.
    fn check_result<'a>(&'a self, who: &'a AttachedConnector, result: CheckResult) -> BoxFuture<'a, ()>;
    /// The stream is lost: what is not yet received there moves.
    fn connector_lost<'a>(&'a self, who: &'a AttachedConnector, why: LostBecause) -> BoxFuture<'a, ()>;
}

/// What a route is wanted for.
#[derive(Debug, Clone)]
pub struct RouteWanted {
    /// The tenant.
    pub tenant: TenantId,
    /// The group that serves the account.
    pub group: ConnectorGroupId,
    /// The account: the same one goes to the same connector while the set of connectors stays.
    pub anchor: AccountAnchor,
    /// Keys that the secret is sealed to: only a connector that holds one is chosen. Empty: any.
    pub key_ids: Vec<KeyId>,
    /// Only this connector will do: the operation was delivered to it before, and nobody else can tell what became of it.
    pub only: Option<ConnectorId>,
}

/// A connector that can be sent to.
#[derive(Debug, Clone)]
pub struct Route {
    /// Who it is.
    pub who: AttachedConnector,
    /// The group's DC, as recorded at the directory.
    pub group_dc: Option<DomainController>,
}

/// No connector can take it now: why, as `NO_CONNECTOR` (none attached, or all suspect) or `RESEAL_NEEDED` (attached, but
/// none holds a key of the secret). `busy`: one is attached and lacks credit; waiting helps.
#[derive(Debug, Clone)]
pub struct NoRoute {
    /// The reason.
    pub reason: Reason,
    /// True: connectors are there but have given no credit.
    pub busy: bool,
}

/// The stream is gone or its queue stayed full: nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connector's stream is gone")]
pub struct Gone;

/// What operations call. Implemented by delivery.
pub trait Delivery: Send + Sync {
    /// Chooses a connector; takes one credit of it (given back by `give_back` if nothing is sent).
    ///
    /// # Errors
    /// [`NoRoute`].
    fn route(&self, wanted: &RouteWanted) -> Result<Route, NoRoute>;
    /// Gives back the credit of a route that was not used.
    fn give_back(&self, route: &Route);
    /// Puts a frame on the connector's queue.
    fn send<'a>(&'a self, route: &'a Route, frame: attach_response::Frame)
    -> BoxFuture<'a, Result<(), Gone>>;
    /// Tells a connector that an operation ended without its report. If it is not attached it learns that at its `Hello`.
    ///
    /// # Errors
    /// [`Gone`].
    fn closed(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        connector: ConnectorId,
        closed: OperationClosed,
    ) -> BoxFuture<'_, Result<(), Gone>>;
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
