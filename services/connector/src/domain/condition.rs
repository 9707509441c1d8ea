//! Kind of operation × condition of the account: design section 7, last table, as one pure function.

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::{AccountSnapshot, FileTime, Interval, OperationFlags, OperationKind};

/// What is to be done beside the password (or as the operation itself).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Effects {
    /// Write `lockoutTime` = 0.
    pub unlock: bool,
    /// Write `pwdLastSet` = 0.
    pub must_change: bool,
}

impl Effects {
    /// Whether anything is to be done.
    #[must_use]
    pub const fn any(self) -> bool {
        self.unlock || self.must_change
    }
}

/// The verdict of the table.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KindVerdict {
    /// Why it must not be written. Empty: it may.
    pub reasons: Vec<Reason>,
    /// What an applied outcome will have to tell.
    pub warnings: Vec<Reason>,
    /// What is to be written beside the password, or instead of one.
    pub effects: Effects,
}

/// What the table needs to know beside the account.
#[derive(Clone, Copy, Debug)]
pub struct ConditionContext {
    /// The domain controller's idea of now is the authority; the connector's clock is near enough for what is only
    /// shown, not decided (`until`, `since`).
    pub now: FileTime,
    /// How long a lockout lasts by the effective policy, where known.
    pub lockout_duration: Option<Interval>,
    /// How long a wrong password counts by the effective policy, where known.
    pub lockout_window: Option<Interval>,
    /// Whether a SELF_RESET unlocks a locked account (the company may say no).
    pub self_reset_unlocks: bool,
}

/// Judges an operation by the account's condition. An unknown condition never refuses: Active Directory decides.
#[must_use]
pub fn judge_condition(
    kind: OperationKind,
    flags: OperationFlags,
    account: &AccountSnapshot,
    context: ConditionContext,
) -> KindVerdict {
    let mut verdict = KindVerdict::default();
    judge_usable(kind, flags, account, context.now, &mut verdict);
    judge_locked(kind, flags, account, context, &mut verdict);
    judge_must_change(kind, flags, account, &mut verdict);
    verdict
}

/// Disabled and expired accounts: only an administrator who says so writes to them. Setting "must change" gives
/// nobody access and is always allowed.
fn judge_usable(
    kind: OperationKind,
    flags: OperationFlags,
    account: &AccountSnapshot,
    now: FileTime,
    verdict: &mut KindVerdict,
) {
    let allowed = match kind {
        OperationKind::Change | OperationKind::SelfReset | OperationKind::Unlock => false,
        OperationKind::AdminReset => flags.allow_disabled,
        OperationKind::RequireChange => true,
    };
    if allowed {
        return;
    }
    if account.is_disabled() == Some(true) {
        verdict.reasons.push(Reason::new(ReasonCode::AccountDisabled));
    }
    if let Some(since) = account.expired_since(now) {
        let reason = Reason::new(ReasonCode::AccountExpired);
        verdict.reasons.push(match since.to_rfc3339() {
            Some(since) => reason.with("since", since),
            None => reason,
        });
    }
}

fn judge_locked(
    kind: OperationKind,
    flags: OperationFlags,
    account: &AccountSnapshot,
    context: ConditionContext,
    verdict: &mut KindVerdict,
) {
    let locked = account.is_locked();
    // Setting lockoutTime to 0 also takes back the wrong passwords that were counted. They belong to the former password:
    // a reset that may unlock clears them, and where nobody can see whether there are any it does no harm.
    let is_anything_to_clear = locked != Some(false) || account.bad_password_count != Some(0);
    match kind {
        OperationKind::Change if locked == Some(true) => {
            verdict
                .reasons
                .push(locked_reason(account, context.lockout_duration, context.now));
        }
        OperationKind::SelfReset if context.self_reset_unlocks => {
            verdict.effects.unlock = is_anything_to_clear;
        }
        OperationKind::SelfReset if locked == Some(true) => {
            verdict
                .warnings
                .push(Reason::new(ReasonCode::UnlockNotApplied).with("why", "not_allowed"));
        }
        OperationKind::AdminReset => verdict.effects.unlock = flags.unlock && is_anything_to_clear,
        OperationKind::Unlock => {
            verdict.effects.unlock = true;
            let counted = account.wrong_tries(context.lockout_window, context.now);
            if locked == Some(false) && counted == Some(0) {
                verdict.warnings.push(Reason::new(ReasonCode::AccountNotLocked));
            }
        }
        OperationKind::Change | OperationKind::SelfReset | OperationKind::RequireChange => {}
    }
}

fn judge_must_change(
    kind: OperationKind,
    flags: OperationFlags,
    account: &AccountSnapshot,
    verdict: &mut KindVerdict,
) {
    let requested = match kind {
        OperationKind::RequireChange => true,
        OperationKind::AdminReset => flags.must_change_at_next_logon,
        OperationKind::Change | OperationKind::SelfReset | OperationKind::Unlock => false,
    };
    if !requested {
        return;
    }
    verdict.effects.must_change = true;
    if account.never_expires() == Some(true) {
        let warning = Reason::new(ReasonCode::MustChangeFlagNotSet).with("why", "never_expires");
        verdict.warnings.push(warning);
    } else if kind == OperationKind::RequireChange && account.must_change() == Some(true) {
        let warning = Reason::new(ReasonCode::MustChangeAlreadySet);
        verdict.warnings.push(warning);
    }
}

/// `ACCOUNT_LOCKED`, with the moment when the lockout ends by itself, where that is known and will be. The account may have
/// been read before it was locked: a moment that has passed is another lockout's.
#[must_use]
pub fn locked_reason(account: &AccountSnapshot, duration: Option<Interval>, now: FileTime) -> Reason {
    let until = account
        .lockout_time
        .filter(|since| since.is_set())
        .zip(duration.filter(|duration| !duration.is_forever() && !duration.is_zero()))
        .map(|(since, duration)| since.plus(duration))
        .filter(|until| *until > now)
        .and_then(FileTime::to_rfc3339);
    let reason = Reason::new(ReasonCode::AccountLocked);
    match until {
        Some(until) => reason.with("until", until),
        None => reason,
    }
}

#[cfg(test)]
mod tests;
