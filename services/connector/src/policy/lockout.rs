//! The lockout shield: no try of a current password that could lock the account, so that nobody can be locked out from the
//! internet. It holds one try short of the lockout, by what the domain controller counted; what cannot be read is taken
//! as the worst that is usual, never as "no lockout".

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::{CLOCKS_MAY_DIFFER, PolicyReading};
use crate::domain::{AccountSnapshot, FileTime, Interval, RecordedTries};

/// The lockout threshold where the effective policy's may not be read: the lowest that hardening guides ask for (the DISA
/// STIG; CIS asks for 5, PCI DSS for 10). Two wrong passwords are let through then.
pub const ASSUMED_THRESHOLD: u32 = 3;

/// How long a wrong password counts where that may not be read: the longest that those guides ask for, and what Windows
/// sets by default.
pub const ASSUMED_WINDOW: Interval = Interval::from_seconds(30 * 60);

/// How long a wrong password counts by the effective policy, or is taken to.
#[must_use]
pub fn window(policy: &PolicyReading) -> Interval {
    let known = policy.known().and_then(|policy| policy.lockout_window);
    known.unwrap_or(ASSUMED_WINDOW)
}

/// Whether the connector's own records have to tell how many wrong passwords there were.
#[must_use]
pub const fn needs_recorded_tries(account: &AccountSnapshot) -> bool {
    account.bad_password_count.is_none()
}

/// Why no current password is tried now, if so. `recorded`: what the connector's own records say, where
/// [`needs_recorded_tries`]. With a threshold of one there is no place short of the lockout: Active Directory decides.
#[must_use]
pub fn judge_tries(
    account: &AccountSnapshot,
    policy: &PolicyReading,
    recorded: Option<RecordedTries>,
    now: FileTime,
) -> Option<Reason> {
    let known = policy.known().and_then(|policy| policy.lockout_threshold);
    let threshold = known.unwrap_or(ASSUMED_THRESHOLD);
    if threshold <= 1 || account.is_locked() == Some(true) {
        return None;
    }
    let window = window(policy);
    let (wrong, counts_until) = match (account.bad_password_count, recorded) {
        (Some(count), _) => (count, account.wrong_tries_count_until(Some(window))),
        (None, Some(recorded)) => (recorded.count, recorded.latest.map(|latest| latest.plus(window))),
        (None, None) => (u32::MAX, None),
    };
    if wrong.saturating_add(1) < threshold {
        return None;
    }
    // The count is reset by the next try after the observation window, not by its end; and the domain controller's clock
    // may be behind.
    let held_until = counts_until.map(|until| until.plus(CLOCKS_MAY_DIFFER));
    if held_until.is_some_and(|until| until <= now) {
        return None;
    }
    let reason = Reason::new(ReasonCode::CurrentPasswordTriesHeld);
    Some(match held_until.and_then(FileTime::to_rfc3339) {
        Some(until) => reason.with("retry_after", until),
        None => reason,
    })
}

#[cfg(test)]
mod tests;
