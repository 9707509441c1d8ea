//! The write of design section 7: from a signed event to an end that is recorded and reported.
//!
//! Promises: every operation that was received ends exactly once; it writes to Active Directory at most once, and never
//! over a later operation; what Active Directory refused is never sent again; nothing is done before its intent is
//! durable; nothing hangs for ever without saying so (an operation in doubt is held, visibly, until the marker tells).
//! Decisions are pure functions ([`judgement`], [`crate::domain::recovery`]); everything here with `async` is IO.
//!
//! It does not promise that an outcome reaches the directory: that is the stream's work, which sends it again until it
//! is acknowledged.

mod at_work;
mod check;
mod crash_point;
mod delivery;
mod ending;
mod follow_up;
mod judgement;
mod observer;
mod operation;
mod parts;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod properties;
mod receive;
mod recover;
mod report;
mod run;
mod run_record;
mod secret;
mod sink;
mod write;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use groundwire_kit::clock::Clock;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, PasswordEvent,
};
use groundwire_proto::reasons::Reason;
use tracing::{error, warn};

use crate::ad::ActiveDirectory;
use crate::audit::connector_events::AlarmRaised;
use crate::audit::{AuditError, AuditLog, ConnectorEvent};
use crate::domain::OperationId;
use crate::policy::Guardrails;
use at_work::AtWork;
use ending::Awaiting;

#[cfg(feature = "failpoints")]
pub use crash_point::KillWhereFileSays;
pub use crash_point::{CrashPoint, CrashPoints, NoCrashPoints};
pub use observer::{NoObserver, Observer};
pub use parts::{GroupContext, Limits, PipelineParts};
pub use secret::SealingKeys;
pub use sink::{OutcomeSink, Upward};

/// The connector's write. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    inner: Arc<Inner>,
}

/// What all operations share.
struct Inner {
    audit: AuditLog,
    ad: Arc<dyn ActiveDirectory>,
    keys: Arc<SealingKeys>,
    group: GroupContext,
    guardrails: Guardrails,
    self_reset_unlocks: bool,
    limits: Limits,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    crash_points: Arc<dyn CrashPoints>,
    at_work: Arc<AtWork>,
    /// The latest stream's sink: an operation may outlive the stream that it came by.
    sink: Mutex<Option<OutcomeSink>>,
    /// Outcomes that were recorded by this process and are not acknowledged.
    awaiting: Mutex<HashMap<OperationId, Awaiting>>,
    in_doubt: AtomicUsize,
    clock_offset_ms: AtomicI64,
}

impl Pipeline {
    /// A pipeline of these parts.
    #[must_use]
    pub fn new(parts: PipelineParts) -> Self {
        let PipelineParts {
            audit,
            ad,
            keys,
            group,
            guardrails,
            self_reset_unlocks,
            limits,
            clock,
            observer,
            crash_points,
        } = parts;
        Self {
            inner: Arc::new(Inner {
                audit,
                ad,
                keys,
                group,
                guardrails,
                self_reset_unlocks,
                limits,
                clock,
                observer,
                crash_points,
                at_work: Arc::default(),
                sink: Mutex::new(None),
                awaiting: Mutex::default(),
                in_doubt: AtomicUsize::new(0),
                clock_offset_ms: AtomicI64::new(0),
            }),
        }
    }

    /// Carries out an event: to its end, however long that takes. Spawn it; frames go to the sink, or to that of a later
    /// stream.
    pub async fn handle(&self, event: PasswordEvent, sink: OutcomeSink) {
        self.inner.adopt(sink);
        Box::pin(self.inner.handle(event)).await;
    }

    /// Judges a candidate password. Nothing is written, nothing recorded. `None`: the frame is not a check for this
    /// connector, so there is nobody to answer.
    pub async fn check(&self, check: CheckRequest) -> Option<CheckResult> {
        Box::pin(self.inner.check(check)).await
    }

    /// What `Hello` has to list. Operations that a dead process had received, without sending anything for them, are let
    /// go first: the directory delivers again what is not listed.
    ///
    /// # Errors
    /// [`AuditError`]; without the log no stream should be opened.
    pub async fn open_operations(&self) -> Result<Vec<OpenOperation>, AuditError> {
        Box::pin(self.inner.open_operations()).await
    }

    /// Does what `Welcome` says of the operations that `Hello` listed. What must be found out goes on in tasks of its
    /// own.
    pub async fn apply_fates(&self, fates: Vec<OperationFate>, sink: OutcomeSink) {
        self.inner.adopt(sink);
        for fate in fates {
            Box::pin(self.apply_fate(fate)).await;
        }
    }

    /// The directory has an outcome.
    pub async fn record_acknowledgement(&self, recorded: OutcomeRecorded) {
        Box::pin(self.inner.outcome_recorded(recorded)).await;
    }

    /// An operation ended without our report.
    pub async fn close_operation(&self, closed: OperationClosed) {
        Box::pin(self.inner.closed(closed)).await;
    }

    /// At start, before there is a stream: finds out what a dead process left in doubt. Ends when the log was read and
    /// every such operation has a task of its own; waits for the audit store as long as it takes.
    pub async fn resume(&self, sink: OutcomeSink) {
        self.inner.adopt(sink);
        Box::pin(self.resume_all()).await;
    }

    /// How far the directory's clock is ahead of ours (ms), as heartbeats show.
    pub fn set_clock_offset(&self, milliseconds: i64) {
        self.inner.clock_offset_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// How many operations are in doubt now.
    #[must_use]
    pub fn operations_in_doubt(&self) -> usize {
        self.inner.in_doubt.load(Ordering::Relaxed)
    }
}

impl Inner {
    fn adopt(&self, sink: OutcomeSink) {
        *self.sink.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
    }

    /// Sends a frame by the latest stream, if there is one. What matters is in the log.
    async fn send_up(&self, frame: Upward) {
        let sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(sink) = sink {
            let _taken = sink.send(frame).await;
        }
    }

    /// Something that a human must look at: logged, counted, recorded.
    async fn alarm(&self, reason: Reason, operation: Option<OperationId>) {
        error!(
            operation = operation.map(|id| id.to_string()),
            reason = reason.name(),
            "alarm"
        );
        self.observer.alarmed(reason.code());
        let event = ConnectorEvent::AlarmRaised(AlarmRaised { reason, operation });
        self.note(&event).await;
    }

    async fn note(&self, event: &ConnectorEvent) {
        if let Err(error) = self.audit.note(event).await {
            warn!(%error, event = event.event_type(), "audit store did not record");
        }
    }

    /// Counts an operation as in doubt until it is dropped.
    fn count_in_doubt(&self) -> InDoubt<'_> {
        self.observer
            .in_doubt(self.in_doubt.fetch_add(1, Ordering::Relaxed) + 1);
        InDoubt(self)
    }
}

struct InDoubt<'a>(&'a Inner);

impl Drop for InDoubt<'_> {
    fn drop(&mut self) {
        let before = self.0.in_doubt.fetch_sub(1, Ordering::Relaxed);
        self.0.observer.in_doubt(before.saturating_sub(1));
    }
}
