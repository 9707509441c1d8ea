//! What a process knows of an open operation beside its committed state.

use std::time::Duration;

use groundwire_kit::clock::BootInstant;

use super::timings::Timings;
use crate::operations::waiting_secret::WaitingSecret;

/// How long an operation that waits behind another one may be without a connector before it fails: longer than a
/// connector's reconnect after a drain (0.2 s, doubling).
const NO_CONNECTOR_GRACE: Duration = Duration::from_secs(2);

/// How long an operation is in doubt before it is delivered again first: a connector that is merely slow reports by then.
const FIRST_REDELIVERY: Duration = Duration::from_secs(15);

/// The longest pause between two redeliveries. Each displaces the attempt that the connector may still be holding.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What is lost with the process; the log does without it.
pub(super) struct Volatile {
    /// The secret as it waits in the store; `None`: not read yet.
    pub(super) secret: Option<WaitingSecret>,
    /// It fails when it is without a connector for long. One that was found after a restart of the directory waits until
    /// it expires: the connectors need a moment to come back.
    pub(super) may_fail: bool,
    /// Since when its first turn finds no connector that waiting for credit would help with.
    pub(super) without_since: Option<BootInstant>,
    /// It is counted as load of its group.
    pub(super) is_load: bool,
    /// Its connector does not have it: it is to be delivered again.
    pub(super) must_redeliver: bool,
    /// While it is in doubt: when it is delivered again although its connector did not lose it, as far as is known.
    pub(super) redeliveries: RedeliverySchedule,
    pub(super) timings: Timings,
}

impl Volatile {
    /// Of an operation that was just recorded.
    pub(super) fn of_new(now: BootInstant, secret: WaitingSecret) -> Self {
        Self {
            secret: Some(secret),
            may_fail: true,
            without_since: None,
            is_load: false,
            must_redeliver: false,
            redeliveries: RedeliverySchedule::default(),
            timings: Timings::new(now),
        }
    }

    /// Of one that was found in the log. `must_redeliver`: it was recorded as delivered and never sent, because the
    /// answer to its commit was lost.
    pub(super) fn of_found(now: BootInstant, must_redeliver: bool) -> Self {
        Self {
            secret: None,
            may_fail: false,
            without_since: None,
            is_load: false,
            must_redeliver,
            redeliveries: RedeliverySchedule::default(),
            timings: Timings::new(now),
        }
    }
}

impl Volatile {
    /// It has no connector now. When it fails for that, if it does.
    pub(super) fn fails_at(&mut self, now: BootInstant) -> Option<BootInstant> {
        let since = *self.without_since.get_or_insert(now);
        self.may_fail.then(|| since.plus(NO_CONNECTOR_GRACE))
    }
}

/// When an operation in doubt is delivered again. A higher attempt is always safe, because it fences the one before;
/// without one, an operation that got lost at its connector would block its account up to the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RedeliverySchedule {
    next: Option<(BootInstant, Duration)>,
}

impl RedeliverySchedule {
    /// When the next one is due; `None`: the operation was not in doubt yet.
    pub(super) fn due_at(self) -> Option<BootInstant> {
        self.next.map(|(at, _)| at)
    }

    /// The operation is in doubt. True: a redelivery is due, and the pause to the next one is twice as long.
    pub(super) fn is_due(&mut self, now: BootInstant) -> bool {
        let (due, pause) = match self.next {
            None => (false, FIRST_REDELIVERY),
            Some((at, _)) if now < at => return false,
            Some((_, pause)) => (true, pause.saturating_mul(2).min(LONGEST_PAUSE)),
        };
        self.next = Some((now.plus(pause), pause));
        due
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock as _, ManualClock};
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn the_pauses_double_from_fifteen_seconds_to_five_minutes() {
        let clock = ManualClock::at(OffsetDateTime::UNIX_EPOCH);
        let mut schedule = RedeliverySchedule::default();
        assert!(
            !schedule.is_due(clock.boot()),
            "it has only just come to be in doubt"
        );
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            clock.advance(Duration::from_secs(pause - 1));
            assert!(!schedule.is_due(clock.boot()), "before {pause} s");
            clock.advance(Duration::from_secs(1));
            assert!(schedule.is_due(clock.boot()), "after {pause} s");
            assert!(!schedule.is_due(clock.boot()), "once");
        }
    }
}
