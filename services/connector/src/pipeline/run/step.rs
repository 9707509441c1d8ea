//! One look at the account, and what follows from it.

use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::{Finish, Next, Run};
use crate::ad::{AccountReading, AdError};
use crate::audit::operation::End;
use crate::domain::marker::read_marker;
use crate::domain::recovery::{Observation, OperationInHand};
use crate::domain::{
    AccountSnapshot, FileTime, MarkerReading, OperationKind, RecoveryStep, Stage, decide_recovery,
};
use crate::pipeline::judgement::{
    AfterFailedRead, BadTries, Freshness, JudgementInput, Verdict, change_may_be_sent_again,
    end_after_sending, judge, judge_failed_read, judge_freshness, same_host,
};
use crate::pipeline::tries::read_recorded_tries;

impl Run<'_> {
    pub(super) async fn read_account(&mut self) -> Result<AccountReading, AdError> {
        let start = self.pipeline.clock().boot();
        self.read_at = start;
        let operation = &self.operation;
        let account = self
            .pipeline
            .parts
            .ad
            .read_account(operation.anchor, &operation.named_by);
        let reading = account.instrument(info_span!("resolve")).await;
        self.add_since(Stage::Resolve, start);
        reading
    }

    pub(super) async fn step(&mut self, reading: &AccountReading) -> Next {
        self.dc = Some(reading.domain_controller.clone());
        self.distinguished_name = Some(reading.account.distinguished_name.clone());
        let group_dc = &self.operation.group_dc;
        if !group_dc.is_empty() && !same_host(group_dc, &reading.domain_controller.name) {
            let reason = Reason::new(ReasonCode::DcMismatch)
                .with("group_dc", group_dc)
                .with("connector_dc", &reading.domain_controller.name);
            return self.end_or_hold(reason).await;
        }
        let marker = self.read_marker(&reading.account);
        let password_version = reading.account.password_version;
        match judge_freshness(&marker, self.operation.last_applied, password_version) {
            Freshness::Fresh => {}
            Freshness::MarkerTouched => self.alarm_marker().await,
            Freshness::Stale => {
                let stale = Reason::new(ReasonCode::DcStale).with("dc", &reading.domain_controller.name);
                if self.nothing_under_way() && !self.retry_left().is_zero() {
                    return self.pause().await;
                }
                return self.end_or_hold(stale).await;
            }
        }
        if self.is_superseded_by_directory(&marker) {
            let reason = Reason::new(ReasonCode::Superseded);
            return self.end(End::Superseded, vec![reason]).into();
        }
        let unwritable = self.judge_unwritable(&reading.account);
        let in_hand = OperationInHand {
            operation: self.operation.id,
            sequence: self.operation.sequence,
            attempt: self.operation.attempt,
            writable: unwritable.is_none(),
        };
        match decide_recovery(Observation::Marker(marker), &in_hand, &self.evidence) {
            RecoveryStep::Applied { .. } => self.end_found_applied(reading).await.into(),
            RecoveryStep::Write if !reading.bears_name => self.end_name_moved().into(),
            RecoveryStep::Write => self.judge_and_write(reading, &marker).await,
            RecoveryStep::Expire => {
                let (end, reasons) = unwritable.unwrap_or_else(|| (End::Expired, expired("write")));
                self.end(end, reasons).into()
            }
            RecoveryStep::Fence { count } => self.fence(count, reading, &marker).await,
            RecoveryStep::StandDown { to } => self.stand_down(to).await,
            RecoveryStep::Superseded { by, sequence } => {
                let reason = Reason::new(ReasonCode::Superseded)
                    .with("by", by)
                    .with("sequence", sequence.0);
                self.end(End::Superseded, vec![reason]).into()
            }
            RecoveryStep::Hold => self.hold(&Reason::new(ReasonCode::DcUnreachable)).await,
        }
    }

    /// Ends it where the account does not bear the name that it was requested by: another person is meant. Nothing else is
    /// said of the account, and nothing is counted against it.
    pub(super) fn end_name_moved(&self) -> Finish {
        self.end(End::Refused, vec![Reason::new(ReasonCode::AccountNameMoved)])
    }

    async fn judge_and_write(&mut self, reading: &AccountReading, marker: &MarkerReading) -> Next {
        let recorded_tries = read_recorded_tries(&self.pipeline.parts, self.operation.kind, reading);
        let recorded_tries = match Box::pin(recorded_tries).await {
            Ok(tries) => tries,
            Err(error) => {
                warn!(operation = %self.operation.id, %error, "recorded tries cannot be read, none is made");
                let reasons = vec![Reason::new(ReasonCode::AuditStoreUnavailable)];
                return self.end(End::Failed, reasons).into();
            }
        };
        let start = self.pipeline.clock().boot();
        let verdict = info_span!("policy").in_scope(|| {
            judge(&JudgementInput {
                kind: self.operation.kind,
                flags: self.operation.flags,
                reading,
                secret: &self.secret,
                guardrails: &self.pipeline.parts.guardrails,
                self_reset_unlocks: self.pipeline.parts.self_reset_unlocks,
                self_reset_lifts: self.pipeline.parts.self_reset_lifts(),
                recorded_tries,
                now: FileTime::from_unix_micros(self.pipeline.clock().unix_us()),
            })
        });
        self.add_since(Stage::Policy, start);
        match verdict {
            Verdict::End(end, reasons) => self.end(end, reasons).into(),
            Verdict::Write {
                effects,
                warnings,
                left_to_controller,
            } => {
                // What a second look says replaces what the first one said.
                self.warnings = warnings;
                self.left_to_controller = left_to_controller;
                Box::pin(self.write(reading, marker, effects)).await
            }
        }
    }

    /// Whether it must not be written any more, and how it then ends.
    fn judge_unwritable(&self, account: &AccountSnapshot) -> Option<(End, Vec<Reason>)> {
        let problem = || {
            let unreachable = || Reason::new(ReasonCode::DcUnreachable);
            vec![self.sent.problem.clone().unwrap_or_else(unreachable)]
        };
        if let Some(reasons) = &self.sent.stop {
            return Some((end_after_sending(reasons), reasons.clone()));
        }
        // What is under way is found out, and fenced, by any clock; nothing is written by one that cannot be trusted.
        if let Some(untrusted) = self.pipeline.judge_clock(self.signed_ahead_ms) {
            return Some((End::Failed, vec![untrusted]));
        }
        if self.has_expired() {
            return Some((End::Expired, expired("write")));
        }
        if self.is_after_crash {
            let reasons = match self.secret.reason() {
                Some(reason) => vec![reason.clone()],
                None => expired("write"),
            };
            return Some((End::Expired, reasons));
        }
        if self.sent.writes >= self.pipeline.parts.limits.most_writes {
            return Some((End::Failed, problem()));
        }
        let was_sent = self.sent.before || self.sent.writes > 0;
        let proves = self.operation.kind == OperationKind::Change;
        if proves && was_sent && !change_may_be_sent_again(self.sent.bad_tries, BadTries::of(account)) {
            return Some((End::Failed, problem()));
        }
        None
    }

    pub(super) fn read_marker(&self, account: &AccountSnapshot) -> MarkerReading {
        let group = &self.pipeline.parts.group;
        read_marker(
            &group.marker_keys,
            &group.marker_scope(),
            self.operation.anchor,
            account.marker.as_deref(),
        )
    }

    /// Whether the directory's last applied operation is this one or a later one, and the marker does not say that it is
    /// this one: what the directory signed counts where the marker was touched.
    fn is_superseded_by_directory(&self, marker: &MarkerReading) -> bool {
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

    /// How long what has just failed, and may pass, may still be tried again. It counts from the first failure: a time-out
    /// takes longer than all of it, and is tried again once at least.
    pub(super) fn retry_left(&mut self) -> Duration {
        let clock = self.pipeline.clock();
        let tried = clock.elapsed(*self.failing_since.get_or_insert_with(|| clock.boot()));
        let retry_for = self.pipeline.parts.limits.retry_for;
        self.operation
            .expiry
            .left(clock)
            .min(retry_for.saturating_sub(tried))
    }

    pub(super) async fn handle_failed_read(&mut self, error: &AdError) -> Next {
        if !self.nothing_under_way() {
            return self.hold(&error.reason()).await;
        }
        match judge_failed_read(error, self.retry_left()) {
            AfterFailedRead::TryAgain => self.pause().await,
            AfterFailedRead::End(end, reasons) => self.end(end, reasons).into(),
        }
    }

    async fn end_or_hold(&mut self, reason: Reason) -> Next {
        if self.nothing_under_way() {
            self.end(End::Failed, vec![reason]).into()
        } else {
            self.hold(&reason).await
        }
    }
}

/// The reasons of an operation that expired before this stage.
pub(super) fn expired(stage: &'static str) -> Vec<Reason> {
    vec![Reason::new(ReasonCode::RequestExpired).with("stage", stage)]
}
