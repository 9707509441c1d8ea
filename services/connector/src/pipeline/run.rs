//! One operation, from the first look at its account to its end: looks, decides ([`decide_recovery`], [`judge`]), acts,
//! looks again. Promises: a fence or a write is sent only after its intent is durable, only to the group's domain
//! controller, and a write only where nothing of this operation can still land; what is in doubt stays held until the
//! marker tells.

use std::time::Duration;

use groundwire_eventlog::StreamVersion;
use groundwire_kit::clock::BootInstant;
use groundwire_kit::supervision::{Backoff, BackoffLimits};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::watch;
use tracing::{Instrument, info_span, warn};

use super::Inner;
use super::judgement::{
    AfterFailedRead, BadTries, Case, Freshness, Verdict, change_may_be_sent_again, end_after_asking, judge,
    judge_failed_read, judge_freshness, same_host,
};
use super::operation::Operation;
use super::report::is_untouched;
use super::run_record::Told;
use super::secret::SecretInHand;
use crate::ad::{AccountReading, AdError, DomainController};
use crate::audit::operation::{End, Ended, Personal};
use crate::audit::{Durations, OperationRecord};
use crate::domain::marker::read_marker;
use crate::domain::recovery::{Observation, OperationInHand};
use crate::domain::{
    AccountSnapshot, Attempt, FileTime, LogEvidence, MarkerReading, RecoveryStep, Stage, decide_recovery,
};

/// First pause before another look; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// An operation under way. No `Debug`: it holds the secret.
pub(super) struct Run<'p> {
    pub(super) pipeline: &'p Inner,
    pub(super) operation: Operation,
    pub(super) secret: SecretInHand,
    /// Version of the operation's stream; every append must meet it.
    pub(super) version: StreamVersion,
    pub(super) evidence: LogEvidence,
    pub(super) durations: Durations,
    pub(super) began: BootInstant,
    /// The process that received it is gone: this one only finds out.
    pub(super) after_crash: bool,
    /// Version of `unicodePwd` that the last intent had seen.
    pub(super) version_intended_over: Option<u32>,
    /// What was sent in this process.
    pub(super) sent: Sent,
    pub(super) warnings: Vec<Reason>,
    yielding: watch::Receiver<bool>,
    backoff: Backoff,
    pub(super) dc: Option<DomainController>,
    pub(super) distinguished_name: Option<String>,
    pub(super) marker_alarmed: bool,
}

/// What was sent so far.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Writes sent by this process.
    pub(super) writes: u32,
    /// An earlier attempt or process intended one.
    pub(super) before: bool,
    /// Wrong passwords counted before the last write.
    pub(super) bad_tries: BadTries,
    /// Why the last one did not do.
    pub(super) problem: Option<Reason>,
    /// It must never be sent again, for these reasons.
    pub(super) stop: Option<Vec<Reason>>,
}

/// What comes after a step.
pub(super) enum Next {
    /// Look again.
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

impl<'p> Run<'p> {
    pub(super) fn new(
        pipeline: &'p Inner,
        operation: Operation,
        secret: SecretInHand,
        record: &OperationRecord,
        yielding: watch::Receiver<bool>,
    ) -> Self {
        let limits = BackoffLimits {
            first: FIRST_PAUSE,
            longest: pipeline.limits.longest_hold,
            stable_after: Duration::MAX,
        };
        Self {
            pipeline,
            operation,
            secret,
            version: record.version,
            evidence: record.evidence,
            durations: Durations::default(),
            began: pipeline.clock.boot(),
            after_crash: false,
            version_intended_over: record
                .write_intended
                .as_ref()
                .and_then(|intent| intent.password_version_seen),
            sent: Sent {
                before: record.was_ever_intended(),
                ..Sent::default()
            },
            warnings: Vec::new(),
            yielding,
            backoff: Backoff::new(limits),
            dc: None,
            distinguished_name: None,
            marker_alarmed: false,
        }
    }

    /// Drives it to its end. `first` is a reading that was begun beside the receipt.
    pub(super) async fn drive(&mut self, first: Option<Result<AccountReading, AdError>>) -> Finish {
        let mut reading = first;
        loop {
            let reading = match reading.take() {
                Some(reading) => reading,
                None => self.resolve().await,
            };
            let next = match reading {
                Ok(reading) => self.step(&reading).await,
                Err(error) => self.unread(&error).await,
            };
            match next {
                Next::Again => {}
                Next::Finish(finish) => return finish,
            }
        }
    }

    async fn resolve(&mut self) -> Result<AccountReading, AdError> {
        let start = self.pipeline.clock.boot();
        let reading = self
            .pipeline
            .ad
            .read_account(self.operation.anchor)
            .instrument(info_span!("resolve"))
            .await;
        self.add(Stage::Resolve, start);
        reading
    }

    async fn step(&mut self, reading: &AccountReading) -> Next {
        self.dc = Some(reading.domain_controller.clone());
        self.distinguished_name = Some(reading.account.distinguished_name.clone());
        let group_dc = &self.operation.group_dc;
        if !group_dc.is_empty() && !same_host(group_dc, &reading.domain_controller.name) {
            let reason = Reason::new(ReasonCode::DcUnreachable).with("dc", group_dc);
            return self.end_or_hold(reason).await;
        }
        let marker = self.read_marker(&reading.account);
        match judge_freshness(
            &marker,
            self.operation.last_applied,
            reading.account.password_version,
        ) {
            Freshness::Fresh => {}
            Freshness::MarkerTouched => self.alarm_marker().await,
            Freshness::Stale => {
                let stale = Reason::new(ReasonCode::DcStale).with("dc", &reading.domain_controller.name);
                if self.nothing_under_way() && !self.retry_left().is_zero() {
                    return self.pause(&stale).await;
                }
                return self.end_or_hold(stale).await;
            }
        }
        if self.directory_says_superseded(&marker) {
            let reason = Reason::new(ReasonCode::Superseded);
            return self.end(End::Superseded, vec![reason], &Told::default());
        }
        let unwritable = self.unwritable(&reading.account);
        let in_hand = OperationInHand {
            operation: self.operation.id,
            sequence: self.operation.sequence,
            attempt: self.operation.attempt,
            writable: unwritable.is_none(),
        };
        match decide_recovery(Observation::Marker(marker), &in_hand, &self.evidence) {
            RecoveryStep::Applied { .. } => self.found_applied(reading).await,
            RecoveryStep::Write => self.judge_and_write(reading, &marker).await,
            RecoveryStep::Expire => {
                let (end, reasons) = unwritable.unwrap_or_else(|| (End::Expired, self.expired("write")));
                self.end(end, reasons, &Told::default())
            }
            RecoveryStep::Fence { count } => self.fence(count, reading, &marker).await,
            RecoveryStep::StandDown { to } => self.stand_down(to).await,
            RecoveryStep::Superseded { by, .. } => {
                let reason = Reason::new(ReasonCode::Superseded).with("by", by);
                self.end(End::Superseded, vec![reason], &Told::default())
            }
            RecoveryStep::Hold => self.hold(&Reason::new(ReasonCode::DcUnreachable)).await,
        }
    }

    async fn judge_and_write(&mut self, reading: &AccountReading, marker: &MarkerReading) -> Next {
        let start = self.pipeline.clock.boot();
        let verdict = info_span!("policy").in_scope(|| {
            judge(&Case {
                kind: self.operation.kind,
                flags: self.operation.flags,
                reading,
                secret: &self.secret,
                guardrails: &self.pipeline.guardrails,
                self_reset_unlocks: self.pipeline.self_reset_unlocks,
                now: FileTime::from_unix_micros(self.pipeline.clock.unix_us()),
            })
        });
        self.add(Stage::Policy, start);
        match verdict {
            Verdict::End(end, reasons) => self.end(end, reasons, &Told::default()),
            Verdict::Write { effects, warnings } => {
                // A second look replaces what the first one said.
                self.warnings = warnings;
                self.write(reading, marker, effects).await
            }
        }
    }

    /// Whether it must not be written any more, and how it then ends.
    fn unwritable(&self, account: &AccountSnapshot) -> Option<(End, Vec<Reason>)> {
        let problem = || {
            vec![
                self.sent
                    .problem
                    .clone()
                    .unwrap_or_else(|| Reason::new(ReasonCode::DcUnreachable)),
            ]
        };
        if let Some(reasons) = &self.sent.stop {
            return Some((end_after_asking(reasons), reasons.clone()));
        }
        if self.operation.expiry.has_passed(self.pipeline.clock.as_ref()) {
            return Some((End::Expired, self.expired("write")));
        }
        if self.after_crash {
            let reasons = match self.secret.reason() {
                Some(reason) => vec![reason.clone()],
                None => self.expired("write"),
            };
            return Some((End::Expired, reasons));
        }
        if self.sent.writes >= self.pipeline.limits.most_writes {
            return Some((End::Failed, problem()));
        }
        let was_sent = self.sent.before || self.sent.writes > 0;
        let proves = self.operation.kind == crate::domain::OperationKind::Change;
        if proves && was_sent && !change_may_be_sent_again(self.sent.bad_tries, BadTries::of(account)) {
            return Some((End::Failed, problem()));
        }
        None
    }

    pub(super) fn expired(&self, stage: &'static str) -> Vec<Reason> {
        vec![Reason::new(ReasonCode::RequestExpired).with("stage", stage)]
    }

    pub(super) fn read_marker(&self, account: &AccountSnapshot) -> MarkerReading {
        let scope = self.pipeline.group.marker_scope();
        read_marker(
            &self.pipeline.group.marker_keys,
            &scope,
            self.operation.anchor,
            account.marker.as_deref(),
        )
    }

    /// The directory's own word counts where the marker was touched.
    fn directory_says_superseded(&self, marker: &MarkerReading) -> bool {
        let ours = matches!(marker, MarkerReading::Valid(marker) if marker.operation == self.operation.id);
        !ours && self.operation.last_applied.sequence >= self.operation.sequence.0
    }

    async fn alarm_marker(&mut self) {
        if std::mem::replace(&mut self.marker_alarmed, true) {
            return;
        }
        let reason = Reason::new(ReasonCode::MarkerForged);
        self.pipeline.alarm(reason, Some(self.operation.id)).await;
    }

    /// Whether it is certain that nothing of this operation can still land.
    pub(super) fn nothing_under_way(&self) -> bool {
        is_untouched(self.operation.attempt, &self.evidence)
            || (self.evidence.last_fence.is_some() && !self.evidence.write_intended_since)
    }

    /// How long a passing failure may still be tried again.
    pub(super) fn retry_left(&self) -> Duration {
        let clock = self.pipeline.clock.as_ref();
        let tried = clock.elapsed(self.began);
        self.operation
            .expiry
            .left(clock)
            .min(self.pipeline.limits.retry_for.saturating_sub(tried))
    }

    async fn unread(&mut self, error: &AdError) -> Next {
        if !self.nothing_under_way() {
            return self.hold(&error.reason()).await;
        }
        match judge_failed_read(error, self.retry_left()) {
            AfterFailedRead::TryAgain => self.pause(&error.reason()).await,
            AfterFailedRead::End(end, reasons) => self.end(end, reasons, &Told::default()),
        }
    }

    async fn end_or_hold(&mut self, reason: Reason) -> Next {
        if self.nothing_under_way() {
            self.end(End::Failed, vec![reason], &Told::default())
        } else {
            self.hold(&reason).await
        }
    }

    /// In doubt: waits, then looks again; for as long as it takes.
    pub(super) async fn hold(&mut self, reason: &Reason) -> Next {
        if self.operation.expiry.has_passed(self.pipeline.clock.as_ref()) {
            // It will not be written any more: the password need not wait in memory for the answer.
            self.secret = SecretInHand::gone(self.operation.kind);
        }
        let _counted = self.pipeline.count_in_doubt();
        warn!(operation = %self.operation.id, reason = reason.name(), "operation is in doubt, will look again");
        self.pause(reason).await
    }

    /// Waits a while, unless a later attempt wants the place.
    pub(super) async fn pause(&mut self, _because: &Reason) -> Next {
        let delay = self.backoff.next_delay(rand::random());
        tokio::select! {
            () = tokio::time::sleep(delay) => Next::Again,
            _ = self.yielding.wait_for(|wanted| *wanted) => Next::Finish(Finish::Overtaken),
        }
    }

    pub(super) fn add(&mut self, stage: Stage, start: BootInstant) {
        self.durations.add(stage, self.pipeline.clock.elapsed(start));
    }
}
