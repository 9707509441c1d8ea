//! What a dead process or a broken stream left: what may have been sent is found out by the marker, what was not sent is
//! let go, and what has ended is reported again. After a crash nothing is written that was not delivered again.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::supervision::{Backoff, BackoffLimits};
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, OperationFate};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info, info_span, warn};

use super::at_work::Entrance;
use super::operation::Operation;
use super::report::{is_untouched, open_operation, outcome_word};
use super::run::{Finish, Next, Run};
use super::run_record::Told;
use super::secret::SecretInHand;
use super::{Inner, Pipeline};
use crate::audit::operation::{End, Reported, StandDownCause, StoodDown};
use crate::audit::{AuditError, OperationEvent, OperationRecord, OperationStage};
use crate::domain::{Attempt, OperationId};

/// Why an operation is settled.
#[derive(Clone, Copy)]
enum Why {
    /// The process has started, and there may be no stream yet. What was received and never intended is left alone.
    Start,
    /// `Hello` listed it, and the directory waits for its outcome: it is brought to its end, whatever it takes.
    Continue,
    /// The directory has handed out this later attempt.
    TakenOver(Attempt),
}

impl Pipeline {
    pub(super) async fn resume_all(&self) {
        for record in until_read(|| self.inner.audit.open_operations()).await {
            self.settle_in_task(record.operation, Why::Start);
        }
    }

    /// Finds out about one operation in a task of its own.
    fn settle_in_task(&self, operation: OperationId, why: Why) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move { Box::pin(inner.settle(operation, why)).await });
    }

    pub(super) async fn apply_fate(&self, fate: OperationFate) {
        let Ok(operation) = fate.operation_id.parse::<OperationId>() else {
            warn!("fate of an operation whose id is none");
            return;
        };
        match fate.kind() {
            FateKind::Continue => self.settle_in_task(operation, Why::Continue),
            FateKind::TakenOver => {
                self.inner.at_work.ask_to_yield(operation);
                self.settle_in_task(operation, Why::TakenOver(Attempt(fate.attempt)));
            }
            FateKind::OutcomeRecorded => self.inner.outcome_was_recorded(operation, fate.outcome).await,
            FateKind::Closed => {
                self.inner
                    .close(operation, outcome_word(fate.outcome), Vec::new())
                    .await;
            }
            FateKind::NotKnown => {
                self.inner
                    .alarm(Reason::new(ReasonCode::Internal), Some(operation))
                    .await;
                self.inner
                    .close(operation, "NOT_KNOWN".to_owned(), Vec::new())
                    .await;
            }
            FateKind::Unspecified => warn!(%operation, "fate that this version does not know"),
        }
    }
}

impl Inner {
    pub(super) async fn open_operations(&self) -> Result<Vec<OpenOperation>, AuditError> {
        let mut listed = Vec::new();
        for record in self.audit.open_operations().await? {
            if self.at_work.is_at(record.operation) || !self.let_go(&record).await {
                listed.extend(open_operation(&record));
            }
        }
        Ok(listed)
    }

    /// An operation that was received by a dead process, which sent nothing for it and nothing before: the secret is
    /// gone, and the directory still has it. It is delivered again if it is not listed.
    async fn let_go(&self, record: &OperationRecord) -> bool {
        if !is_let_go(record) {
            return false;
        }
        let event = OperationEvent::StoodDown(StoodDown {
            attempt: record.attempt().unwrap_or(Attempt::FIRST).0,
            why: StandDownCause::SecretGone,
            found_attempt: 0,
        });
        self.record_unless(record.operation, event, |now| now.version != record.version)
            .await;
        matches!(self.audit.operation(record.operation).await, Ok(now) if !now.is_open())
    }

    /// Brings an operation to its end by what the log and the marker say.
    async fn settle(&self, operation: OperationId, why: Why) {
        let before = until_read(|| self.audit.operation(operation)).await;
        let Some((anchor, attempt)) = before.received.as_ref().map(|r| (r.anchor, Attempt(r.attempt))) else {
            return;
        };
        match why {
            Why::Start if self.is_left_to_hello(&before) => return,
            Why::Start | Why::Continue => {}
            Why::TakenOver(_) => self.wait_until_free(operation).await,
        }
        let Entrance::Entered(place) = self.at_work.enter(operation, attempt, "") else {
            // Whoever is at it reports by the latest stream.
            return;
        };
        let _account = self.at_work.lock(anchor).await;
        let record = until_read(|| self.audit.operation(operation)).await;
        let Some(facts) = Operation::of_record(&record) else {
            return;
        };
        if record.stage() == OperationStage::Done || record.attempt() != Some(attempt) {
            return;
        }
        if record.ended.is_some() {
            return self.report_from_log(&record).await;
        }
        let span = info_span!("operation", operation_id = %operation, attempt = attempt.0, recovery = true);
        if let Some(parent) = facts.trace_parent() {
            parent.set_as_parent_of(&span);
        }
        let secret = SecretInHand::gone(facts.kind);
        let mut run = Run::new(self, facts, secret, &record, place.yielding());
        run.after_crash = true;
        self.settle_run(&mut run, &record, why).instrument(span).await;
    }

    /// Whether it is for `open_operations` to let it go. Where it was begun upon here, `Hello` would list it, and the
    /// directory would wait for an outcome instead of delivering it again.
    fn is_left_to_hello(&self, record: &OperationRecord) -> bool {
        let expired = Operation::of_record(record)
            .is_some_and(|operation| operation.expiry.has_passed(self.clock.as_ref()));
        is_let_go(record) && !expired
    }

    async fn settle_run(&self, run: &mut Run<'_>, record: &OperationRecord, why: Why) {
        let untouched = is_untouched(run.operation.attempt, &record.evidence);
        let ended = |next| match next {
            Next::Finish(finish) => finish,
            Next::Again => Finish::Overtaken,
        };
        let finish = if let Why::TakenOver(later) = why {
            self.stand_down_unless_written(run, later).await
        } else if untouched && run.operation.expiry.has_passed(self.clock.as_ref()) {
            ended(run.end(End::Expired, run.expired("open"), &Told::default()))
        } else if let (true, Some(lost)) = (untouched, run.secret.reason().cloned()) {
            info!(operation = %run.operation.id, "nothing was sent and the secret is gone, it ends");
            ended(run.end(End::Failed, vec![lost], &Told::default()))
        } else {
            info!(operation = %run.operation.id, "finding out what became of the operation");
            run.drive(None).await
        };
        self.finish(run, finish).await;
    }

    /// The directory has handed out a later attempt: only a write of this operation that is there already is ours to
    /// tell.
    async fn stand_down_unless_written(&self, run: &mut Run<'_>, later: Attempt) -> Finish {
        if let Ok(reading) = self.ad.read_account(run.operation.anchor).await {
            let marker = run.read_marker(&reading.account);
            if is_written(&marker, run.operation.id)
                && let Next::Finish(finish) = run.found_applied(&reading).await
            {
                return finish;
            }
        }
        let event = OperationEvent::StoodDown(StoodDown {
            attempt: run.operation.attempt.0,
            why: StandDownCause::TakenOver,
            found_attempt: later.0,
        });
        match run.record(event, crate::audit::Personal::default()).await {
            Ok(()) => Finish::StoodDown(later),
            Err(error) => {
                warn!(operation = %run.operation.id, %error, "not recorded, told at the next attach");
                Finish::Overtaken
            }
        }
    }

    /// Waits until whoever was asked to give way has done so. A write under way ends within its time-out.
    async fn wait_until_free(&self, operation: OperationId) {
        let deadline = self.limits.write_deadline.saturating_mul(2);
        let start = self.clock.boot();
        while self.at_work.is_at(operation) && self.clock.elapsed(start) < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The directory has an outcome already: ours, or (where we have none) another's.
    async fn outcome_was_recorded(&self, operation: OperationId, outcome: i32) {
        let record = until_read(|| self.audit.operation(operation)).await;
        match record.ended.zip(record.received) {
            None => self.close(operation, outcome_word(outcome), Vec::new()).await,
            Some((_, received)) => {
                let event = OperationEvent::Reported(Reported {
                    attempt: received.attempt,
                    disposition: "REPEATED".to_owned(),
                    record_us: None,
                    report_us: None,
                });
                self.record_unless(operation, event, |record| !record.is_open())
                    .await;
            }
        }
    }
}

/// Reads the audit log for as long as it takes.
async fn until_read<T, F>(mut read: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, AuditError>>,
{
    let mut backoff = Backoff::new(BackoffLimits {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(5),
        stable_after: Duration::MAX,
    });
    loop {
        match read().await {
            Ok(read) => return read,
            Err(error) => {
                warn!(%error, "audit log cannot be read, what is to be found out waits");
                tokio::time::sleep(backoff.next_delay(rand::random())).await;
            }
        }
    }
}

/// Nothing was ever intended, in any attempt that this store knows; so nothing of ours is under way.
fn is_let_go(record: &OperationRecord) -> bool {
    let nothing_sent = match record.stage() {
        OperationStage::Received | OperationStage::Fenced(_) => true,
        OperationStage::Intended
        | OperationStage::FollowUpIntended
        | OperationStage::EndedNotReported
        | OperationStage::Done => false,
    };
    nothing_sent && !record.was_ever_intended()
}

fn is_written(marker: &crate::domain::MarkerReading, operation: OperationId) -> bool {
    use crate::domain::{MarkerReading, MarkerState};
    matches!(marker, MarkerReading::Valid(marker)
        if marker.operation == operation && marker.state == MarkerState::Written)
}
