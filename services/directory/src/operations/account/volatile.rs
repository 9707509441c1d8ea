//! What a process knows of an open operation beside its committed state.

use std::time::Duration;

use groundwire_kit::clock::BootInstant;

use super::timings::Timings;
use crate::operations::waiting_secret::WaitingSecret;

/// How long an operation that waits behind another one may be without a connector before it fails: longer than a
/// connector's reconnect after a drain (0.2 s, doubling).
const NO_CONNECTOR_GRACE: Duration = Duration::from_secs(2);

/// How long an operation is in doubt before it is delivered again first: a connector that is merely slow reports by then.
pub(super) const FIRST_REDELIVERY: Duration = Duration::from_secs(15);

/// The first pause after an attempt that came to nothing.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two deliveries of an operation.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// An operation of which so many attempts in a row were not answered is suspect.
const SUSPECT_AFTER: u32 = 3;

/// What is lost with the process; the log does without it.
pub(super) struct Volatile {
    /// The secret as it waits in the store; `None`: not read yet.
    pub(super) secret: Option<WaitingSecret>,
    /// When the operation fails for want of a connector; `None`: it waits until it expires (after a restart of the
    /// directory the connectors need a moment to come back).
    pub(super) fails_at: Option<BootInstant>,
    /// Its connector does not have it: it is to be delivered again.
    pub(super) must_redeliver: bool,
    /// When it may be delivered again.
    pub(super) redeliveries: RedeliverySchedule,
    /// How many attempts in a row were not answered.
    unanswered: u32,
    pub(super) timings: Timings,
}

impl Volatile {
    /// Of an operation that was just recorded.
    pub(super) fn of_new(now: BootInstant, secret: WaitingSecret) -> Self {
        Self {
            secret: Some(secret),
            fails_at: Some(now.plus(NO_CONNECTOR_GRACE)),
            must_redeliver: false,
            redeliveries: RedeliverySchedule::default(),
            unanswered: 0,
            timings: Timings::new(now),
        }
    }

    /// Of one that was found in the log. `must_redeliver`: it was recorded as delivered and never sent, because the
    /// answer to its commit was lost.
    pub(super) fn of_found(now: BootInstant, must_redeliver: bool) -> Self {
        Self {
            secret: None,
            fails_at: None,
            must_redeliver,
            redeliveries: RedeliverySchedule::default(),
            unanswered: 0,
            timings: Timings::new(now),
        }
    }

    /// An attempt was not answered. True: the operation is suspect from now on.
    pub(super) fn note_missing_answer(&mut self, now: BootInstant) -> bool {
        self.unanswered += 1;
        self.must_redeliver = true;
        self.redeliveries.put_off(now);
        self.unanswered == SUSPECT_AFTER
    }

    /// An attempt was answered, and somebody is at it.
    pub(super) const fn note_answer(&mut self) {
        self.unanswered = 0;
        self.must_redeliver = false;
    }

    /// An attempt was answered, and nobody is at it.
    pub(super) fn note_nobody_at_it(&mut self, now: BootInstant) {
        self.unanswered = 0;
        self.must_redeliver = true;
        self.redeliveries.put_off(now);
    }
}

/// When an operation may be delivered again. A higher attempt is always safe, because it fences the one before; without
/// one, an operation that got lost at its connector would block its account up to the horizon. The pauses between two
/// deliveries grow, so that an operation which is never answered costs a few records and nobody else anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RedeliverySchedule {
    held_until: Option<BootInstant>,
    pause: Duration,
    is_in_doubt: bool,
}

impl RedeliverySchedule {
    /// Until when it is not delivered; `None`: it may be now.
    pub(super) fn held_until(self, now: BootInstant) -> Option<BootInstant> {
        self.held_until.filter(|until| now < *until)
    }

    /// The first attempt came to nothing. After a later one the pause runs already, from its delivery.
    pub(super) fn put_off(&mut self, now: BootInstant) {
        if self.pause.is_zero() {
            self.redelivered(now);
        }
    }

    /// It was delivered once more: the pause before the next delivery is twice as long.
    pub(super) fn redelivered(&mut self, now: BootInstant) {
        self.pause = self.pause.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.held_until = Some(now.plus(self.pause));
    }

    /// The operation is in doubt. True: it is time to deliver it again, although its connector did not lose it as far as
    /// is known.
    pub(super) fn is_due(&mut self, now: BootInstant) -> bool {
        if !std::mem::replace(&mut self.is_in_doubt, true) {
            self.pause = self.pause.max(FIRST_REDELIVERY);
            self.held_until = self.held_until.max(Some(now.plus(FIRST_REDELIVERY)));
        }
        self.held_until(now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock as _, ManualClock};
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn in_doubt_the_pauses_double_from_fifteen_seconds_to_five_minutes() {
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
            schedule.redelivered(clock.boot());
            assert!(!schedule.is_due(clock.boot()), "once");
        }
    }

    /// Without an answer every attempt is missed after two seconds. Before, the stream was drained then, and its
    /// successor's `Hello` had the operation delivered again at once: every 2.2 s, 273 attempts in ten minutes.
    #[test]
    fn a_delivery_that_is_never_answered_is_tried_ten_times_in_ten_minutes() {
        const MISSED_AFTER: Duration = Duration::from_secs(2);
        const IN_DOUBT_AFTER: Duration = Duration::from_secs(60);
        let clock = ManualClock::at(OffsetDateTime::UNIX_EPOCH);
        let begin = clock.boot();
        let (mut schedule, mut delivered_at) = (RedeliverySchedule::default(), vec![0]);
        let mut sent = begin;
        while clock.boot().since(begin) < Duration::from_secs(600) {
            clock.advance(Duration::from_millis(500));
            let now = clock.boot();
            let is_missed = now.since(sent) >= MISSED_AFTER;
            if is_missed {
                schedule.put_off(now);
            }
            let is_due = now.since(begin) >= IN_DOUBT_AFTER && schedule.is_due(now);
            if (is_missed || is_due) && schedule.held_until(now).is_none() {
                schedule.redelivered(now);
                delivered_at.push(now.since(begin).as_secs());
                sent = now;
            }
        }
        assert_eq!(delivered_at, [0, 3, 5, 9, 17, 33, 75, 139, 267, 523]);
    }

    #[test]
    fn what_its_connector_lost_is_delivered_at_once_and_then_with_pauses() {
        let clock = ManualClock::at(OffsetDateTime::UNIX_EPOCH);
        let mut schedule = RedeliverySchedule::default();
        for pause in [0, 1, 2, 4] {
            assert_eq!(schedule.held_until(clock.boot()).is_some(), pause > 0);
            clock.advance(Duration::from_secs(pause));
            assert_eq!(schedule.held_until(clock.boot()), None, "after {pause} s");
            schedule.redelivered(clock.boot());
        }
    }
}
