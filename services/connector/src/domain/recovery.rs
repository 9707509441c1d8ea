//! What to do about an operation whose fate is not known: design section 7, "After a crash, a lost connection or a
//! takeover", as a pure function of the marker, the operation and the audit log.
//!
//! It promises: nothing is written unless nothing of this operation can still land, and no outcome is claimed that
//! the marker does not prove. It looks once; after `Fence` the caller fences, looks again and asks again.

use std::time::Duration;

use super::{Attempt, FenceCount, MarkerReading, MarkerState, OperationId, Sequence};

/// The operation whose fate is to be found out, as this connector holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationInHand {
    /// The operation.
    pub operation: OperationId,
    /// Its number within the account.
    pub sequence: Sequence,
    /// Our attempt.
    pub attempt: Attempt,
    /// Whether it could still be written: the secret is at hand (or none is needed) and it has not expired.
    pub writable: bool,
}

/// What this connector's own audit log says about this attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LogEvidence {
    /// The last fence that is recorded as set.
    pub last_fence: Option<FenceCount>,
    /// The highest fence count that was ever tried, recorded or not known to have succeeded.
    pub highest_tried: FenceCount,
    /// Whether a write was intended after that fence (or at all, if there is no fence). An intent counts as sent.
    pub write_intended_since: bool,
}

/// What the domain controller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It answers, and this is the marker.
    Marker(MarkerReading),
    /// It does not answer.
    Unreachable,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryStep {
    /// The write went in, by that attempt: `APPLIED` (recovered).
    Applied {
        /// The attempt whose write it was.
        by: Attempt,
    },
    /// Nothing of this operation can land any more, and it may be written now.
    Write,
    /// Nothing of this operation can land any more, and it can no longer be written: `EXPIRED`.
    Expire,
    /// It may still be under way: set the marker alone, by compare-and-set, to an F with this count; then look again.
    Fence {
        /// A count that never was there before.
        count: FenceCount,
    },
    /// A later attempt took over: no outcome from us.
    StandDown {
        /// The attempt that took over.
        to: Attempt,
    },
    /// Another operation wrote or fenced with a number that is not older: `SUPERSEDED`, never write.
    Superseded {
        /// That operation.
        by: OperationId,
        /// Its number.
        sequence: Sequence,
    },
    /// Not known and not to be found out now: stay `IN_DOUBT`, never go to another DC.
    Hold,
}

/// Decides the next step.
#[must_use]
pub fn decide_recovery(
    observation: Observation,
    operation: &OperationInHand,
    log: &LogEvidence,
) -> RecoveryStep {
    let reading = match observation {
        Observation::Unreachable => return RecoveryStep::Hold,
        Observation::Marker(reading) => reading,
    };
    let marker = match reading {
        MarkerReading::Valid(marker) => marker,
        // A forged marker proves nothing about us; the fence replaces it. (The caller raises the alarm.)
        MarkerReading::Absent | MarkerReading::Forged(_) => {
            return not_known(operation, log, FenceCount::NONE);
        }
    };
    if marker.operation != operation.operation {
        // Equal numbers of two operations mean a directory that repeated itself: the other one wrote at or after
        // our turn, so writing now could overwrite it.
        return if marker.sequence >= operation.sequence {
            RecoveryStep::Superseded {
                by: marker.operation,
                sequence: marker.sequence,
            }
        } else {
            not_known(operation, log, FenceCount::NONE)
        };
    }
    match marker.state {
        MarkerState::Written => RecoveryStep::Applied { by: marker.attempt },
        MarkerState::Fenced if marker.attempt > operation.attempt => {
            RecoveryStep::StandDown { to: marker.attempt }
        }
        MarkerState::Fenced if marker.attempt < operation.attempt => {
            not_known(operation, log, FenceCount::NONE)
        }
        MarkerState::Fenced => {
            let ours = log.last_fence == Some(marker.fence_count) && !log.write_intended_since;
            if ours {
                write_or_expire(operation)
            } else {
                fence(log, marker.fence_count)
            }
        }
    }
}

/// The marker is older than this operation. Only where this is the first attempt and nothing was ever intended is it
/// certain that nothing is under way.
fn not_known(operation: &OperationInHand, log: &LogEvidence, seen: FenceCount) -> RecoveryStep {
    let untouched = operation.attempt <= Attempt::FIRST
        && log.last_fence.is_none()
        && log.highest_tried == FenceCount::NONE
        && !log.write_intended_since;
    if untouched {
        write_or_expire(operation)
    } else {
        fence(log, seen)
    }
}

const fn write_or_expire(operation: &OperationInHand) -> RecoveryStep {
    if operation.writable {
        RecoveryStep::Write
    } else {
        RecoveryStep::Expire
    }
}

fn fence(log: &LogEvidence, seen: FenceCount) -> RecoveryStep {
    let highest = log
        .highest_tried
        .max(log.last_fence.unwrap_or_default())
        .max(seen);
    RecoveryStep::Fence {
        count: highest.next(),
    }
}

/// What the version of `unicodePwd` says where the service account has no right to write the marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionVerdict {
    /// It rose by exactly one: ours, unless somebody else wrote in the same moment.
    Applied,
    /// It has not moved, and the settling time has not passed: a write may still be under way.
    Wait(Duration),
    /// It has not moved, and the settling time has passed.
    NotApplied,
    /// It rose by more, or cannot be read.
    Unknown,
}

/// Judges by the version alone. `before` is what the intent recorded, `elapsed` the time since the write was sent,
/// `settling` how long one that was sent may take to land (default 30 s).
#[must_use]
pub fn judge_by_version(
    before: Option<u32>,
    now: Option<u32>,
    elapsed: Duration,
    settling: Duration,
) -> VersionVerdict {
    match before.zip(now) {
        None => VersionVerdict::Unknown,
        Some((before, now)) if now == before => match settling.checked_sub(elapsed) {
            Some(left) if !left.is_zero() => VersionVerdict::Wait(left),
            Some(_) | None => VersionVerdict::NotApplied,
        },
        Some((before, now)) if Some(now) == before.checked_add(1) => VersionVerdict::Applied,
        Some(_) => VersionVerdict::Unknown,
    }
}

#[cfg(test)]
mod tests;
