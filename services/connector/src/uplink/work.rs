//! Where the stream hands its frames to. The pipeline implements it; the stream knows nothing about passwords.

use futures_util::future::BoxFuture;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, PasswordEvent,
};
use groundwire_proto::log_head::SeenHead;

/// The audit store cannot be read now. A list of open operations with gaps would have them sent again: `Hello` says that
/// they are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit store cannot be read")]
pub struct WorkError;

/// The work behind the stream. Its own frames go up through the queue that the uplink was started with.
pub trait Work: Send + Sync + 'static {
    /// Carries out an event, and returns when nothing of it is under way any more. Spawned for each event.
    fn handle(&self, event: PasswordEvent) -> BoxFuture<'_, ()>;

    /// Carries out a dry run. `None` where the frame is not for this connector, so that nobody is to be answered.
    fn check(&self, request: CheckRequest) -> BoxFuture<'_, Option<CheckResult>>;

    /// Every operation whose end is not acknowledged, for `Hello`.
    fn open_operations(&self) -> BoxFuture<'_, Result<Vec<OpenOperation>, WorkError>>;

    /// Applies what `Welcome` says about those operations. `redelivers`: whether the directory delivers again what was
    /// listed without its secret.
    fn apply_fates(&self, fates: Vec<OperationFate>, redelivers: bool) -> BoxFuture<'_, ()>;

    /// Records that the directory has an outcome.
    fn record_acknowledgement(&self, recorded: OutcomeRecorded) -> BoxFuture<'_, ()>;

    /// Records that an operation ended without a report from here.
    fn close_operation(&self, closed: OperationClosed) -> BoxFuture<'_, ()>;

    /// Where the audit log stands.
    fn audit_head(&self) -> BoxFuture<'_, Result<SeenHead, WorkError>>;

    /// Sets how far the directory's clock is ahead of ours, as heartbeats show.
    fn set_clock_offset(&self, milliseconds: i64);

    /// Where the audit log stood at a position; `None` if it never came so far.
    fn audit_head_at(&self, position: u64) -> BoxFuture<'_, Result<Option<SeenHead>, WorkError>>;
}
