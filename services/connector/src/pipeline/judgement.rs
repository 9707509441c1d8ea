//! The pipeline's decisions, pure: whether a domain controller is fresh enough, whether an operation may be written,
//! what an answer of Active Directory means. Every reason that can be known, not the first.

use std::time::Duration;

use super::operation::LastApplied;
use super::secret::SecretInHand;
use crate::ad::{AccountReading, AdError, Cause, ExplainContext, RequestKind, UnknownCause, WriteResult};
use crate::audit::operation::End;
use crate::domain::condition::ConditionContext;
use crate::domain::{
    AccountSnapshot, Effects, FileTime, MarkerReading, OperationFlags, OperationKind, RecordedTries,
    judge_condition,
};
use crate::policy::lockout::judge_tries;
use crate::policy::{Candidate, Guardrails, PasswordVerdict, judge_password};
use groundwire_proto::reasons::ReasonClass;
use groundwire_proto::reasons::{Reason, ReasonCode};

/// Whether what was read is as new as what the directory knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It is as new.
    Fresh,
    /// The domain controller has not replicated the account's last applied operation.
    Stale,
    /// The marker is older (or not ours), the password is not: somebody touched the marker.
    MarkerTouched,
}

/// Compares the marker with the account's last applied operation, as the directory signed it. One that may be lost is
/// evidence of nothing: an older marker is then what the account has.
pub(super) fn judge_freshness(
    marker: &MarkerReading,
    last_applied: LastApplied,
    password_version: Option<u32>,
) -> Freshness {
    let (sequence, forged) = match marker {
        MarkerReading::Valid(marker) => (marker.sequence.0, false),
        MarkerReading::Absent => (0, false),
        MarkerReading::Forged(_) => (0, true),
    };
    if sequence >= last_applied.sequence || last_applied.may_be_lost {
        return if forged {
            Freshness::MarkerTouched
        } else {
            Freshness::Fresh
        };
    }
    match (password_version, last_applied.password_version) {
        (Some(here), Some(applied)) if u64::from(here) < applied => Freshness::Stale,
        (Some(_) | None, Some(_) | None) => Freshness::MarkerTouched,
    }
}

/// What is judged before anything is written: an operation (or a check), its account, and the company's rules.
pub(super) struct JudgementInput<'a> {
    pub(super) kind: OperationKind,
    pub(super) flags: OperationFlags,
    pub(super) reading: &'a AccountReading,
    pub(super) secret: &'a SecretInHand,
    pub(super) guardrails: &'a Guardrails,
    pub(super) self_reset_unlocks: bool,
    /// Whether a reset by the person itself lifts a lockout and what was counted, as far as this connector decides.
    pub(super) self_reset_lifts: bool,
    /// The wrong current passwords that were recorded here, where Active Directory does not show its count.
    pub(super) recorded_tries: Option<RecordedTries>,
    pub(super) now: FileTime,
}

/// Whether an operation may be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be written.
    Write {
        /// What goes with it.
        effects: Effects,
        /// The warnings of an applied outcome.
        warnings: Vec<Reason>,
        /// Why Active Directory may refuse the password, where only it can tell.
        left_to_controller: Vec<Reason>,
    },
    /// It is not written, and nothing is sent to Active Directory.
    End(End, Vec<Reason>),
}

/// Judges guardrails, condition, policy, and what stands in the way of writing.
pub(super) fn judge(input: &JudgementInput<'_>) -> Verdict {
    let account = &input.reading.account;
    let policy = &input.reading.policy;
    let known = policy.known();
    let mut reasons: Vec<Reason> = input.secret.reason().cloned().into_iter().collect();
    reasons.extend(input.guardrails.judge(input.kind, account));
    let condition = judge_condition(
        input.kind,
        input.flags,
        account,
        ConditionContext {
            now: input.now,
            lockout_duration: known.and_then(|policy| policy.lockout_duration),
            lockout_window: known.and_then(|policy| policy.lockout_window),
            self_reset_unlocks: input.self_reset_unlocks,
        },
    );
    reasons.extend(condition.reasons);
    let password = judge_new_password(input);
    reasons.extend(password.refused);
    if input.kind == OperationKind::Change {
        reasons.extend(judge_tries(account, policy, input.recorded_tries, input.now));
    }
    reasons.extend(judge_domain_controller(input));
    if !reasons.is_empty() {
        let reasons = advise(reasons, input.self_reset_lifts);
        return Verdict::End(end_before_sending(&reasons), reasons);
    }
    let mut warnings = condition.warnings;
    warnings.extend(policy.warning());
    Verdict::Write {
        effects: condition.effects,
        warnings,
        left_to_controller: password.left_to_controller,
    }
}

/// Judges the new password, if there is one.
pub(super) fn judge_new_password(input: &JudgementInput<'_>) -> PasswordVerdict {
    let Some(new) = input.secret.payload().and_then(|payload| payload.new.as_ref()) else {
        return PasswordVerdict::default();
    };
    let account = &input.reading.account;
    let candidate = Candidate {
        password: new.expose(),
        account_name: account.sam_account_name.as_deref(),
        display_name: account.display_name.as_deref(),
        last_set: account.password_last_set,
    };
    judge_password(input.kind, &candidate, &input.reading.policy, input.now)
}

fn judge_domain_controller(input: &JudgementInput<'_>) -> Vec<Reason> {
    let dc = &input.reading.domain_controller;
    let at_dc = |code| Reason::new(code).with("dc", &dc.name);
    let mut reasons = Vec::new();
    if dc.read_only {
        reasons.push(at_dc(ReasonCode::DcReadOnly));
    }
    if input.kind.is_reset() && dc.policy_hints.is_none() {
        reasons.push(at_dc(ReasonCode::PolicyHintsUnsupported));
    }
    reasons
}

/// Says of the reasons that a reset by the person itself lifts, that it does: those whose row has a place for it.
pub(super) fn advise(reasons: Vec<Reason>, self_reset_lifts: bool) -> Vec<Reason> {
    const FIELD: &str = "self_reset_lifts";
    let advised = |reason: Reason| {
        if self_reset_lifts && reason.spec().fields.contains(&FIELD) {
            reason.with(FIELD, true)
        } else {
            reason
        }
    };
    reasons.into_iter().map(advised).collect()
}

/// The end of an operation of which nothing was sent: refused if any reason is a refusal, otherwise failed.
pub(super) fn end_before_sending(reasons: &[Reason]) -> End {
    if reasons.iter().any(is_refusal) {
        End::Refused
    } else {
        End::Failed
    }
}

/// The end of an operation that Active Directory answered: rejected if any reason is a refusal, otherwise failed.
pub(super) fn end_after_sending(reasons: &[Reason]) -> End {
    if reasons.iter().any(is_refusal) {
        End::Rejected
    } else {
        End::Failed
    }
}

fn is_refusal(reason: &Reason) -> bool {
    match reason.spec().class {
        ReasonClass::Policy
        | ReasonClass::Credential
        | ReasonClass::Account
        | ReasonClass::Guardrail
        | ReasonClass::Settings
        | ReasonClass::Limits
        | ReasonClass::Trust => true,
        ReasonClass::Unspecified
        | ReasonClass::Availability
        | ReasonClass::Order
        | ReasonClass::Configuration
        | ReasonClass::Warning
        | ReasonClass::Internal => false,
    }
}

/// What follows from what came of the write.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterWrite {
    /// It is written.
    Applied,
    /// It is certain that it was not written, and may be tried anew after another look.
    LookAgain,
    /// It is certain that nothing was sent, because the account had lost its name; another look says what that means.
    LookAtName,
    /// It is certain that nothing was sent; the cause may pass.
    TryAgain(Reason),
    /// It is certain that it was not written, and that is the end.
    End(End, Vec<Reason>),
    /// Not known: find out, then write if it was not written.
    FindOut(Reason),
    /// Answered with something that does not say for certain that nothing was written: find out, never send again.
    FindOutAndStop(Vec<Reason>),
}

/// Judges what came of the write.
pub(super) fn judge_write(
    result: &WriteResult,
    request: RequestKind,
    context: ExplainContext<'_>,
) -> AfterWrite {
    match result {
        WriteResult::Done => AfterWrite::Applied,
        WriteResult::MarkerMoved(_) => AfterWrite::LookAgain,
        WriteResult::NotSent(AdError::NameMoved) => AfterWrite::LookAtName,
        WriteResult::NotSent(error) if error.is_passing() => AfterWrite::TryAgain(error.reason()),
        WriteResult::NotSent(error) => {
            let reasons = vec![error.reason()];
            AfterWrite::End(end_after_sending(&reasons), reasons)
        }
        WriteResult::Unknown(cause) => AfterWrite::FindOut(unknown_reason(*cause, context.dc)),
        WriteResult::Refused(answer) => {
            let reasons = answer.explain(request, context);
            match answer.cause(request) {
                Cause::MarkerMoved | Cause::MarkerPerhapsMoved => AfterWrite::LookAgain,
                Cause::Policy
                | Cause::CurrentPasswordIncorrect
                | Cause::AccountLocked
                | Cause::UserCannotChangePassword
                | Cause::RightMissing
                | Cause::NotEncrypted
                | Cause::PolicyHintsUnsupported
                | Cause::ReadOnlyOrElsewhere
                | Cause::AccountNotFound => AfterWrite::End(end_after_sending(&reasons), reasons),
                Cause::BindLost | Cause::Busy | Cause::ServiceAccountRefused | Cause::Unexpected => {
                    AfterWrite::FindOutAndStop(reasons)
                }
            }
        }
    }
}

/// The reason where what was sent was not answered.
pub(super) fn unknown_reason(cause: UnknownCause, dc: &str) -> Reason {
    let cause = match cause {
        UnknownCause::ConnectionLost => "the connection was lost after a write was sent",
        UnknownCause::TimedOut => "no answer in time to a write",
        UnknownCause::Unreadable => "an unreadable answer to a write",
    };
    Reason::new(ReasonCode::DcUnreachable)
        .with("dc", dc)
        .with("cause", cause)
}

/// Whether a change may be sent again after one that was sent is known not to have landed: a wrong current password
/// must cost at most one bad-password count (promise 10), so only where nothing was counted. The count alone is
/// no proof: after the observation window the next wrong try sets it back to one.
pub(super) fn change_may_be_sent_again(before: BadTries, now: BadTries) -> bool {
    before.count.is_some() && before.time.is_some() && now == before
}

/// What the domain controller has counted of wrong passwords.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BadTries {
    count: Option<u32>,
    /// Of the last one.
    time: Option<FileTime>,
}

impl BadTries {
    /// As the account was read.
    pub(super) const fn of(account: &AccountSnapshot) -> Self {
        Self {
            count: account.bad_password_count,
            time: account.bad_password_time,
        }
    }
}

/// What a failed read means for an operation of which nothing can be under way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AfterFailedRead {
    /// Pause, then read again.
    TryAgain,
    /// That is the end.
    End(End, Vec<Reason>),
}

/// Judges a failed read. `left` is how long it may still be tried.
pub(super) fn judge_failed_read(error: &AdError, left: Duration) -> AfterFailedRead {
    if error.is_passing() && !left.is_zero() {
        return AfterFailedRead::TryAgain;
    }
    let reasons = vec![error.reason()];
    AfterFailedRead::End(end_before_sending(&reasons), reasons)
}

/// Whether two names mean the same host.
pub(super) fn same_host(one: &str, other: &str) -> bool {
    one.trim_end_matches('.')
        .eq_ignore_ascii_case(other.trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
