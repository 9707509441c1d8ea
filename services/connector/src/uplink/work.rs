//! What the stream hands its frames to. The pipeline implements it; the stream knows nothing of passwords.

use futures_util::future::BoxFuture;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, PasswordEvent,
};
use groundwire_proto::log_head::SeenHead;

/// The audit store cannot be read now. Without it nothing can be attached: a list of open operations with gaps would
/// send them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit store cannot be read")]
pub struct WorkError;

/// The work behind the stream. What it has to say goes up through the queue that the uplink was made with.
pub trait Work: Send + Sync + 'static {
    /// Carries out an event; ends when nothing of it is under way any more. Spawned for each event.
    fn handle(&self, event: PasswordEvent) -> BoxFuture<'_, ()>;

    /// Carries out a dry run. `None`: the frame is not for this connector, and nobody is to be answered.
    fn check(&self, request: CheckRequest) -> BoxFuture<'_, Option<CheckResult>>;

    /// Every operation without a recorded outcome.
    fn open_operations(&self) -> BoxFuture<'_, Result<Vec<OpenOperation>, WorkError>>;

    /// The directory told the fate of those operations.
    fn apply_fates(&self, fates: Vec<OperationFate>) -> BoxFuture<'_, ()>;

    /// The directory committed an outcome.
    fn outcome_recorded(&self, recorded: OutcomeRecorded) -> BoxFuture<'_, ()>;

    /// An operation ended without a report from here.
    fn closed(&self, closed: OperationClosed) -> BoxFuture<'_, ()>;

    /// Where the audit log stands.
    fn audit_head(&self) -> BoxFuture<'_, Result<SeenHead, WorkError>>;

    /// How far the directory's clock is ahead of ours, as heartbeats show.
    fn clock_offset(&self, milliseconds: i64);

    /// Where it stood at a position that it has; `None` if it never came so far.
    fn audit_head_at(&self, position: u64) -> BoxFuture<'_, Result<Option<SeenHead>, WorkError>>;
}
