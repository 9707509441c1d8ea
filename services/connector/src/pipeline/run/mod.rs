//! One operation, from the first look at its account to its recorded and reported end: reads, decides
//! ([`decide_recovery`](crate::domain::decide_recovery), [`judge`](super::judgement::judge)), acts, reads again.
//!
//! Promises: a fence or a write is sent only after its intent is durable, and only to the group's domain controller; a
//! write is sent only where nothing of this operation can still land; what is in doubt is held until the marker shows
//! what became of it.

mod after_crash;
mod end;
mod fence;
mod follow_up;
mod record;
mod step;
mod write;

use std::time::Duration;

use groundwire_eventlog::StreamVersion;
use groundwire_kit::clock::BootInstant;
use groundwire_kit::supervision::{Backoff, BackoffLimits};
use groundwire_proto::reasons::Reason;
use tokio::sync::watch;
use tracing::warn;

use super::judgement::BadTries;
use super::operation::Operation;
use super::secret::SecretInHand;
use super::shared::Shared;
use crate::ad::{AccountReading, AdAnswer, AdError, DomainController};
use crate::audit::operation::Ended;
use crate::audit::{Durations, OperationRecord, Personal};
use crate::domain::{Attempt, LogEvidence, Stage};

/// First pause before another look; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// An operation under way. No `Debug`: it holds the secret.
pub(super) struct Run<'p> {
    pipeline: &'p Shared,
    operation: Operation,
    secret: SecretInHand,
    /// Version of the operation's stream; every append must meet it.
    version: StreamVersion,
    evidence: LogEvidence,
    /// What the log holds of that, as far as it is known: an intent whose write never left is in it.
    recorded: LogEvidence,
    /// Version of `unicodePwd` that the last intent had seen.
    version_intended_over: Option<u32>,
    began: BootInstant,
    /// When the account was read last, at the latest.
    read_at: BootInstant,
    /// When it first failed in a way that may pass.
    failing_since: Option<BootInstant>,
    durations: Durations,
    /// The process that received it is gone: this one only finds out what became of it.
    is_after_crash: bool,
    sent: Sent,
    warnings: Vec<Reason>,
    /// Why Active Directory may refuse the password, where only it can tell.
    left_to_controller: Vec<Reason>,
    /// Whether the wrong passwords that Active Directory had counted were taken back.
    cleared_tries: bool,
    dc: Option<DomainController>,
    distinguished_name: Option<String>,
    marker_alarmed: bool,
    /// How far the directory's clock was ahead of ours at least when it signed the event.
    signed_ahead_ms: i64,
    yield_requested: watch::Receiver<bool>,
    backoff: Backoff,
}

/// What was sent so far.
#[derive(Debug, Default)]
struct Sent {
    /// How many writes this process sent.
    writes: u32,
    /// Whether one of them was not answered, or not with what says for certain what became of it.
    unanswered: bool,
    /// Whether an earlier attempt or process intended one.
    before: bool,
    /// The wrong passwords that were counted before the last write.
    bad_tries: BadTries,
    /// Why the last write was not enough.
    problem: Option<Reason>,
    /// If it must never be sent again: why.
    stop: Option<Vec<Reason>>,
}

/// What comes after a step.
enum Next {
    /// Look at the account again.
    Again,
    /// That is all.
    Finish(Finish),
}

/// How a run is over.
pub(super) enum Finish {
    /// The operation ended; to be recorded, then reported.
    Ended(Box<Ended>, Personal),
    /// It ended because the store is away: to be reported at once, and recorded when the store is back.
    EndedWithoutStore(Box<Ended>, Personal),
    /// A later attempt took over; recorded.
    StoodDown(Attempt),
    /// Somebody else has the operation: nothing is recorded or reported from here.
    Overtaken,
}

impl From<Finish> for Next {
    fn from(finish: Finish) -> Self {
        Self::Finish(finish)
    }
}

/// What the record of an end says beside the reasons.
#[derive(Default)]
struct RecordedFacts<'a> {
    /// Active Directory's answer to the write, if it matters.
    answer: Option<&'a AdAnswer>,
    applied: bool,
    recovered: bool,
    password_version: Option<u32>,
}

impl<'p> Run<'p> {
    /// An operation that was just received, from the moment at which its event arrived.
    pub(super) fn new(
        pipeline: &'p Shared,
        operation: Operation,
        secret: SecretInHand,
        record: &OperationRecord,
        began: BootInstant,
        yield_requested: watch::Receiver<bool>,
    ) -> Self {
        let limits = BackoffLimits {
            first: FIRST_PAUSE,
            longest: pipeline.parts.limits.longest_hold,
            stable_after: Duration::MAX,
        };
        let intent = record.write_intended.as_ref();
        Self {
            pipeline,
            operation,
            secret,
            version: record.version,
            evidence: record.evidence,
            recorded: record.evidence,
            version_intended_over: intent.and_then(|intent| intent.password_version_seen),
            began,
            read_at: began,
            failing_since: None,
            durations: Durations::default(),
            is_after_crash: false,
            sent: Sent {
                before: record.was_ever_intended(),
                ..Sent::default()
            },
            warnings: Vec::new(),
            left_to_controller: Vec::new(),
            cleared_tries: false,
            dc: None,
            distinguished_name: None,
            marker_alarmed: false,
            signed_ahead_ms: 0,
            yield_requested,
            backoff: Backoff::new(limits),
        }
    }

    /// With what the event's signature shows of the clocks.
    pub(super) fn signed_ahead(mut self, signed_ahead_ms: i64) -> Self {
        self.signed_ahead_ms = signed_ahead_ms;
        self
    }

    /// An operation whose process is gone, and its secret with it.
    pub(super) fn after_crash(
        pipeline: &'p Shared,
        operation: Operation,
        record: &OperationRecord,
        yield_requested: watch::Receiver<bool>,
    ) -> Self {
        let secret = SecretInHand::gone(operation.kind);
        let began = pipeline.clock().boot();
        Self {
            is_after_crash: true,
            ..Self::new(pipeline, operation, secret, record, began, yield_requested)
        }
    }

    /// Drives it to its end. `first` is a reading that was begun beside the receipt.
    pub(super) async fn drive(&mut self, first: Option<Result<AccountReading, AdError>>) -> Finish {
        let mut reading = first;
        loop {
            let reading = match reading.take() {
                Some(reading) => reading,
                None => self.read_account().await,
            };
            let next = match reading {
                Ok(reading) => self.step(&reading).await,
                Err(error) => self.handle_failed_read(&error).await,
            };
            match next {
                Next::Again => {}
                Next::Finish(finish) => return finish,
            }
        }
    }

    /// Adds to the duration of a stage.
    pub(super) fn add_duration(&mut self, stage: Stage, took: Duration) {
        self.durations.add(stage, took);
    }

    fn add_since(&mut self, stage: Stage, start: BootInstant) {
        self.durations.add(stage, self.pipeline.clock().elapsed(start));
    }

    fn has_expired(&self) -> bool {
        self.operation.expiry.has_passed(self.pipeline.clock())
    }

    /// Whether it is certain that nothing of this operation can still land.
    fn nothing_under_way(&self) -> bool {
        self.evidence.rules_out_late_write(self.operation.attempt)
    }

    /// In doubt: waits, then looks again; for as long as it takes.
    async fn hold(&mut self, reason: &Reason) -> Next {
        if self.has_expired() {
            // It will not be written any more: the password need not wait in memory for the answer.
            self.secret = SecretInHand::gone(self.operation.kind);
        }
        let _counted = self.pipeline.count_in_doubt();
        warn!(operation = %self.operation.id, reason = reason.name(), "operation is in doubt, will look again");
        self.pause().await
    }

    /// Waits a while, unless a later attempt requests the slot.
    async fn pause(&mut self) -> Next {
        let delay = self.backoff.next_delay(rand::random());
        tokio::select! {
            () = tokio::time::sleep(delay) => Next::Again,
            _ = self.yield_requested.wait_for(|requested| *requested) => Finish::Overtaken.into(),
        }
    }
}
