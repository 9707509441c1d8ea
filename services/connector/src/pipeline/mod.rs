//! The write of design section 7: from a signed event to an end that is recorded and reported.
//!
//! Promises: every operation that was received ends exactly once; it writes to Active Directory at most once, and never
//! over a later operation; what Active Directory refused is never sent again; nothing is done before its intent is
//! durable; nothing hangs for ever without saying so (an operation in doubt is held, visibly, until the marker shows what
//! became of it).
//!
//! Decisions are pure functions (`judgement`, [`crate::domain::recovery`]); everything here with `async` is IO.
//!
//! It does not promise that an outcome reaches the directory: that is the stream's work, which sends it again until it
//! is acknowledged.
//!
//! An event comes in by `receive` (what is not begun is answered by `not_taken`), is carried out by a `run`, and what the
//! directory says of its outcome is recorded by `acknowledge`. What a process that died left is settled by `recover`.

mod acknowledge;
mod at_work;
mod check;
mod check_slots;
mod crash_point;
mod group;
mod judgement;
mod not_taken;
mod observer;
mod operation;
mod parts;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod properties;
mod receive;
mod recover;
mod report;
mod run;
mod secret;
mod shared;
mod sink;
mod unacknowledged;
mod verified_event;

use std::sync::Arc;

use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, PasswordEvent,
};

use crate::audit::AuditError;
use shared::Shared;

pub use crash_point::{CrashPoint, CrashPoints, NoCrashPoints};
pub use group::GroupContext;
pub use observer::{NoObserver, Observer};
pub use parts::{Limits, PipelineParts};
pub use secret::SealingKeys;
pub use sink::{OutcomeSink, Upward};

/// The connector's write. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
}

impl Pipeline {
    /// A pipeline of these parts.
    #[must_use]
    pub fn new(parts: PipelineParts) -> Self {
        Self {
            shared: Arc::new(Shared::new(parts)),
        }
    }

    /// Carries out an event: to its end, however long that takes. Spawn it; frames go to the sink, or to that of a later
    /// stream.
    pub async fn handle(&self, event: PasswordEvent, sink: OutcomeSink) {
        self.shared.replace_sink(sink);
        Box::pin(receive::handle_event(&self.shared, event)).await;
    }

    /// Judges a candidate password. Nothing is written, nothing recorded. `None` if the frame is not a check for this
    /// connector, so that there is nobody to answer.
    pub async fn check(&self, check: CheckRequest) -> Option<CheckResult> {
        Box::pin(check::answer_check(&self.shared, check)).await
    }

    /// The operations that `Hello` has to list: every one without a recorded end.
    ///
    /// # Errors
    /// [`AuditError`]; without the log no stream should be opened.
    pub async fn open_operations(&self) -> Result<Vec<OpenOperation>, AuditError> {
        Box::pin(recover::list_open_operations(&self.shared)).await
    }

    /// Does what `Welcome` says of the operations that `Hello` listed. What must be found out goes on in tasks of its
    /// own. `redelivers`: whether the directory delivers again what was listed without its secret.
    pub async fn apply_fates(&self, fates: Vec<OperationFate>, redelivers: bool, sink: OutcomeSink) {
        self.shared.replace_sink(sink);
        for fate in fates {
            Box::pin(recover::apply_fate(&self.shared, fate, redelivers)).await;
        }
    }

    /// Records that the directory has an outcome.
    pub async fn record_acknowledgement(&self, recorded: OutcomeRecorded) {
        Box::pin(acknowledge::record_acknowledgement(&self.shared, recorded)).await;
    }

    /// Records that an operation ended without our report.
    pub async fn close_operation(&self, closed: OperationClosed) {
        Box::pin(acknowledge::close_operation(&self.shared, closed)).await;
    }

    /// At start, before there is a stream: finds out what a dead process left in doubt. Ends when the log was read and
    /// every such operation has a task of its own; waits for the audit store as long as it takes.
    pub async fn resume(&self, sink: OutcomeSink) {
        self.shared.replace_sink(sink);
        Box::pin(recover::resume(&self.shared)).await;
    }

    /// Sets how far the directory's clock is ahead of ours (ms), as heartbeats show.
    pub fn set_clock_offset(&self, milliseconds: i64) {
        self.shared.set_clock_offset_ms(milliseconds);
    }

    /// How many operations are in doubt now.
    #[must_use]
    pub fn operations_in_doubt(&self) -> usize {
        self.shared.operations_in_doubt()
    }
}
