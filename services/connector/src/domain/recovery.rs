//! What to do about an operation whose fate is not known: design section 7, "After a crash, a lost connection or a
//! takeover", as a pure function of the marker, the operation and the audit log.
//!
//! It promises: nothing is written unless nothing of this operation can still land, and no outcome is claimed that
//! the marker does not prove. It decides from one reading; after `Fence` the caller fences, reads again and calls again.

use super::{Attempt, FenceCount, MarkerReading, MarkerState, OperationId, Sequence};

/// The operation whose fate is to be found out, as this connector holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationInHand {
    pub operation: OperationId,
    /// Its number within the account.
    pub sequence: Sequence,
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

impl LogEvidence {
    /// Whether the log alone proves that nothing was ever sent for this operation: it is the first attempt, so nobody
    /// else can have sent anything, and we never tried to.
    #[must_use]
    pub fn is_untouched(&self, attempt: Attempt) -> bool {
        attempt <= Attempt::FIRST && *self == Self::default()
    }

    /// Whether the log alone proves that nothing of this operation can still land: nothing was ever sent, or a fence
    /// was set after whatever was.
    #[must_use]
    pub fn rules_out_late_write(&self, attempt: Attempt) -> bool {
        self.is_untouched(attempt) || (self.last_fence.is_some() && !self.write_intended_since)
    }
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
    Superseded { by: OperationId, sequence: Sequence },
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
    if log.is_untouched(operation.attempt) {
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

#[cfg(test)]
mod tests;
