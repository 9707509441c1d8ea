//! The write: its intent, the one modify, and what follows from Active Directory's answer.

use groundwire_envelope::SecretPayload;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::record::marker_seen;
use super::step::expired;
use super::{Finish, Next, RecordedFacts, Run};
use crate::ad::{
    AccountReading, AdAnswer, AdError, Cause, ComparedName, ExplainContext, MarkerSwap, RequestKind, Rights,
    UnicodePwd, UnknownCause, Write, WriteRequest, WriteResult,
};
use crate::audit::operation::{End, WriteIntended};
use crate::audit::{AuditError, OperationEvent};
use crate::domain::condition::ConditionContext;
use crate::domain::{
    Effects, FenceCount, FileTime, LogEvidence, Marker, MarkerReading, MarkerState, NamedBy, OperationKind,
    Stage, judge_condition,
};
use crate::pipeline::crash_point::CrashPoint;
use crate::pipeline::judgement::{AfterWrite, BadTries, advise, judge_write};

/// The passwords as they go over the wire. No `Debug`; wiped when dropped.
enum Payload {
    Change { current: UnicodePwd, new: UnicodePwd },
    Reset { new: UnicodePwd },
    Unlock,
    RequireChange,
}

impl Payload {
    /// `None` if the kind needs a secret that is not there, which the judgement before rules out.
    fn of(kind: OperationKind, secret: Option<&SecretPayload>) -> Option<Self> {
        let new = || {
            secret?
                .new
                .as_ref()
                .map(|password| UnicodePwd::encode(password.expose()))
        };
        let current = || {
            secret?
                .current
                .as_ref()
                .map(|password| UnicodePwd::encode(password.expose()))
        };
        Some(match kind {
            OperationKind::Change => Self::Change {
                current: current()?,
                new: new()?,
            },
            OperationKind::SelfReset | OperationKind::AdminReset => Self::Reset { new: new()? },
            OperationKind::Unlock => Self::Unlock,
            OperationKind::RequireChange => Self::RequireChange,
        })
    }

    fn write(&self) -> Write<'_> {
        match self {
            Self::Change { current, new } => Write::Change { current, new },
            Self::Reset { new } => Write::Reset { new },
            Self::Unlock => Write::Unlock,
            Self::RequireChange => Write::RequireChange,
        }
    }
}

impl Run<'_> {
    /// Records the intent, sends the one write, and judges what came of it.
    pub(super) async fn write(
        &mut self,
        reading: &AccountReading,
        marker: &MarkerReading,
        effects: Effects,
    ) -> Next {
        let crash_points = &self.pipeline.parts.crash_points;
        let Some(payload) = Payload::of(self.operation.kind, self.secret.payload()) else {
            let reasons = vec![Reason::new(ReasonCode::Internal)];
            return self.end(End::Failed, reasons).into();
        };
        if self.has_expired() {
            return self.end(End::Expired, expired("intent")).into();
        }
        crash_points.reached(CrashPoint::BeforeIntent).await;
        let before = self.evidence;
        if let Err(next) = self.intend(reading, marker).await {
            return next;
        }
        crash_points.reached(CrashPoint::AfterIntent).await;
        if let Err(next) = self.compare_again_if_late(before).await {
            return next;
        }
        if self.has_expired() {
            return self.end(End::Expired, expired("write")).into();
        }
        let fence_count = self.evidence.last_fence.unwrap_or_default();
        let request = payload.write().request_kind();
        let result = self
            .send(reading, MarkerState::Written, fence_count, payload.write())
            .await;
        drop(payload);
        crash_points.reached(CrashPoint::AfterWrite).await;
        self.handle_answer(&result, request, reading, effects, before)
            .await
    }

    /// Has the account's name compared once more where recording the intent took long: between that and the write a name
    /// may change hands, so the time for it is kept short. `before` is what was under way before the intent.
    async fn compare_again_if_late(&mut self, before: LogEvidence) -> Result<(), Next> {
        let is_late = self.pipeline.clock().elapsed(self.read_at) > ComparedName::HOLDS_FOR;
        if self.operation.named_by == NamedBy::Anchor || !is_late {
            return Ok(());
        }
        match self.read_account().await {
            Ok(reading) if reading.bears_name => Ok(()),
            Ok(_) => Err(self.end_name_moved().into()),
            Err(error) => {
                // Nothing was sent.
                self.evidence = before;
                Err(self.handle_failed_read(&error).await)
            }
        }
    }

    /// Does what follows from Active Directory's answer, or from the lack of one. `before` is what was under way before
    /// the write was sent.
    async fn handle_answer(
        &mut self,
        result: &WriteResult,
        request: RequestKind,
        reading: &AccountReading,
        effects: Effects,
        before: LogEvidence,
    ) -> Next {
        self.sent.bad_tries = BadTries::of(&reading.account);
        let rights = Box::pin(self.read_rights_if_missing(result, request)).await;
        let left_to_controller = std::mem::take(&mut self.left_to_controller);
        let context = ExplainContext {
            dc: &reading.domain_controller.name,
            account: &reading.account,
            policy: &reading.policy,
            left_to_controller: &left_to_controller,
            rights: rights.as_ref(),
            now: FileTime::from_unix_micros(self.pipeline.clock().unix_us()),
        };
        match judge_write(result, request, context) {
            AfterWrite::Applied => {
                self.sent.writes += 1;
                self.end_applied(reading, effects).await.into()
            }
            AfterWrite::LookAgain => {
                // Answered: it did not land, so nothing more is under way than before it was sent.
                self.sent.writes += 1;
                self.sent.problem = Some(Reason::new(ReasonCode::DcStale).with("dc", context.dc));
                self.evidence = before;
                Next::Again
            }
            AfterWrite::LookAtName => {
                self.evidence = before;
                Next::Again
            }
            AfterWrite::TryAgain(reason) => {
                self.evidence = before;
                if self.retry_left().is_zero() {
                    return self.end(End::Failed, vec![reason]).into();
                }
                self.pause().await
            }
            AfterWrite::End(end, reasons) => {
                let facts = RecordedFacts {
                    answer: answer_of(result),
                    ..RecordedFacts::default()
                };
                let reasons = advise(reasons, self.pipeline.parts.self_reset_lifts());
                self.end_with(end, reasons, &facts).into()
            }
            AfterWrite::FindOut(reason) => {
                self.sent.writes += 1;
                self.sent.unanswered = true;
                warn!(operation = %self.operation.id, reason = reason.name(), "write was not answered, finding out");
                self.sent.problem = Some(reason);
                Next::Again
            }
            AfterWrite::FindOutAndStop(reasons) => {
                self.sent.writes += 1;
                self.sent.unanswered = true;
                self.sent.stop = Some(reasons);
                Next::Again
            }
        }
    }

    /// Looks which right it is that the service account lacks, where the answer is that it lacks one.
    async fn read_rights_if_missing(&self, result: &WriteResult, request: RequestKind) -> Option<Rights> {
        let WriteResult::Refused(answer) = result else {
            return None;
        };
        if answer.cause(request) != Cause::RightMissing {
            return None;
        }
        match self.pipeline.parts.ad.read_rights(self.operation.anchor).await {
            Ok(rights) => Some(rights),
            Err(error) => {
                warn!(operation = %self.operation.id, %error, "rights cannot be read, none is named for certain");
                None
            }
        }
    }

    /// Records the intent: without it nothing is written.
    async fn intend(&mut self, reading: &AccountReading, marker: &MarkerReading) -> Result<(), Next> {
        let start = self.pipeline.clock().boot();
        let (marker_seen, personal) = marker_seen(marker, reading.account.marker.as_deref());
        let intent = OperationEvent::WriteIntended(WriteIntended {
            attempt: self.operation.attempt.0,
            fence_count: self.evidence.last_fence.unwrap_or_default().0,
            marker_seen,
            password_version_seen: reading.account.password_version,
            dc: reading.domain_controller.name.clone(),
            invocation_id: reading.domain_controller.invocation_id,
        });
        self.version_intended_over = reading.account.password_version;
        let recorded = self
            .record(intent, personal)
            .instrument(info_span!("intent"))
            .await;
        self.add_since(Stage::Intent, start);
        match recorded {
            Ok(()) => {
                self.evidence.write_intended_since = true;
                Ok(())
            }
            Err(AuditError::Overtaken) => Err(self.read_back_unless_overtaken().await),
            Err(AuditError::NotKnown) => Err(self.read_back().await),
            Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                warn!(operation = %self.operation.id, %error, "intent was not recorded, nothing is written");
                let reasons = vec![Reason::new(ReasonCode::AuditStoreUnavailable)];
                let (ended, personal) = self.make_record(End::Failed, reasons, &RecordedFacts::default());
                Err(Finish::EndedWithoutStore(Box::new(ended), personal).into())
            }
        }
    }

    /// Sends one modify over the marker that was read, with a hard time-out.
    pub(super) async fn send(
        &mut self,
        reading: &AccountReading,
        state: MarkerState,
        fence_count: FenceCount,
        write: Write<'_>,
    ) -> WriteResult {
        let (parts, clock) = (&self.pipeline.parts, self.pipeline.clock());
        let Some(key) = parts.group.marker_keys.first() else {
            // A connector without a marker key never writes.
            let dc = reading.domain_controller.name.clone();
            return WriteResult::NotSent(AdError::Unreadable {
                dc,
                what: "no marker key",
            });
        };
        let marker = self.marker(state, fence_count);
        let swap = MarkerSwap {
            seen: reading.account.marker.clone(),
            next: key.format(&parts.group.marker_scope(), self.operation.anchor, &marker),
        };
        let start = clock.boot();
        // A fence goes to the account that was read, whatever its name is by now.
        let name = if matches!(write, Write::Fence) {
            None
        } else {
            ComparedName::new(&self.operation.named_by, clock.elapsed(self.read_at))
        };
        let request = WriteRequest {
            anchor: self.operation.anchor,
            read_at: &reading.domain_controller,
            marker: Some(&swap),
            name,
            write,
        };
        let sending = async {
            let modify = parts.ad.write(&request).instrument(info_span!("ldap.modify"));
            match tokio::time::timeout(parts.limits.write_deadline, modify).await {
                Ok(result) => result,
                Err(_elapsed) => WriteResult::Unknown(UnknownCause::TimedOut),
            }
        };
        let result = sending.instrument(info_span!("write")).await;
        self.add_since(Stage::Write, start);
        result
    }

    fn marker(&self, state: MarkerState, fence_count: FenceCount) -> Marker {
        Marker {
            state,
            sequence: self.operation.sequence,
            operation: self.operation.id,
            attempt: self.operation.attempt,
            fence_count,
        }
    }

    /// Ends it as applied: Active Directory answered that it is written.
    async fn end_applied(&mut self, reading: &AccountReading, effects: Effects) -> Finish {
        // The modify raised the version by exactly one, whatever it was when it landed: at least this.
        let sets = self.operation.kind.sets_password();
        let mut password_version = reading
            .account
            .password_version
            .map(|seen| seen.saturating_add(u32::from(sets)));
        if sets && effects.any() {
            let fence_count = self.evidence.last_fence.unwrap_or_default();
            let written = self.marker(MarkerState::Written, fence_count);
            let group = &self.pipeline.parts.group;
            let seen = group.marker_keys.first().map(|key| {
                key.format(&group.marker_scope(), self.operation.anchor, &written)
                    .into_bytes()
            });
            self.follow_up(effects, written, seen, reading).await;
        }
        self.cleared_tries |= self.operation.kind == OperationKind::Unlock;
        let was_zero = reading
            .account
            .password_last_set
            .is_none_or(|set| set == FileTime::ZERO);
        if self.operation.kind.is_reset() && was_zero && !effects.must_change {
            // Only such a reset can leave it 0 (Unexpire Password missing): a look is worth its half millisecond.
            if let Ok(now) = self.pipeline.parts.ad.read_marker(self.operation.anchor).await {
                password_version = now.password_version.or(password_version);
                self.warn_if_expired_at_once(now.password_last_set);
            }
        }
        let facts = RecordedFacts {
            applied: true,
            password_version,
            ..RecordedFacts::default()
        };
        self.end_with(End::Applied, Vec::new(), &facts)
    }

    /// Ends it as applied: the marker says that it was written, by a process that died, over a connection that was lost,
    /// or by an earlier attempt. What goes with it is done (again): the marker is still this operation's.
    pub(super) async fn end_found_applied(&mut self, reading: &AccountReading) -> Finish {
        let context = ConditionContext {
            now: FileTime::from_unix_micros(self.pipeline.clock().unix_us()),
            lockout_duration: None,
            lockout_window: None,
            self_reset_unlocks: self.pipeline.parts.self_reset_unlocks,
        };
        if self.operation.kind.sets_password() {
            let verdict = judge_condition(
                self.operation.kind,
                self.operation.flags,
                &reading.account,
                context,
            );
            let effects = verdict.effects;
            self.warnings = verdict.warnings;
            self.warnings.extend(reading.policy.warning());
            if effects.any() {
                self.follow_up_found(effects, reading).await;
            }
            if self.operation.kind.is_reset() && !effects.must_change {
                self.warn_if_expired_at_once(reading.account.password_last_set);
            }
        }
        self.cleared_tries |= self.operation.kind == OperationKind::Unlock;
        let facts = RecordedFacts {
            applied: true,
            recovered: true,
            password_version: reading.account.password_version,
            ..RecordedFacts::default()
        };
        self.end_with(End::Applied, Vec::new(), &facts)
    }

    fn warn_if_expired_at_once(&mut self, last_set: Option<FileTime>) {
        if last_set == Some(FileTime::ZERO) {
            let reason = Reason::new(ReasonCode::PasswordExpiredAtOnce).with("right", "Unexpire Password");
            self.warnings.push(reason);
        }
    }
}

const fn answer_of(result: &WriteResult) -> Option<&AdAnswer> {
    match result {
        WriteResult::MarkerMoved(answer) | WriteResult::Refused(answer) => Some(answer),
        WriteResult::Done | WriteResult::NotSent(_) | WriteResult::Unknown(_) => None,
    }
}
