//! How long to wait before trying again: full jitter over a ceiling that doubles, so that a thousand connectors do not
//! come back in the same instant. Pure: randomness and time are passed in.

use std::time::Duration;

use crate::clock::BootInstant;

/// A peer may ask for more patience than our own ceiling, but not for ever.
const LONGEST_HINT: Duration = Duration::from_secs(600);

/// The bounds of a [`Backoff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackoffLimits {
    /// Ceiling of the first delay.
    pub first: Duration,
    /// Ceiling that later delays grow to.
    pub longest: Duration,
    /// How long a connection must have lived for the next failure to count as the first again.
    pub stable_after: Duration,
}

impl Default for BackoffLimits {
    /// Design section 6: 0.2 s to 30 s, reset after a stable minute.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(30),
            stable_after: Duration::from_secs(60),
        }
    }
}

/// The state of one retrying loop.
#[derive(Debug, Clone)]
pub struct Backoff {
    limits: BackoffLimits,
    failures: u32,
    connected_at: Option<BootInstant>,
    hint: Option<Duration>,
}

impl Backoff {
    /// Nothing failed yet.
    #[must_use]
    pub const fn new(limits: BackoffLimits) -> Self {
        Self {
            limits,
            failures: 0,
            connected_at: None,
            hint: None,
        }
    }

    /// The connection stands. That alone resets nothing: a peer that accepts and drops at once must not be hammered.
    pub const fn connected(&mut self, now: BootInstant) {
        self.connected_at = Some(now);
    }

    /// The connection is gone. If it had been stable, the next delay is a first one again.
    pub fn disconnected(&mut self, now: BootInstant) {
        if let Some(connected_at) = self.connected_at.take()
            && now.since(connected_at) >= self.limits.stable_after
        {
            self.failures = 0;
        }
    }

    /// The peer wants no attempt for so long; the next delay is not shorter. Bounded to ten minutes.
    pub fn hint(&mut self, retry_after: Duration) {
        self.hint = Some(retry_after.min(LONGEST_HINT));
    }

    /// The ceiling of the next delay, without a hint.
    #[must_use]
    pub fn ceiling(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.limits.first.saturating_mul(factor).min(self.limits.longest)
    }

    /// How long to wait now. `random` is uniform in `0..1`; what lies outside is taken as the nearest bound.
    #[must_use]
    pub fn next_delay(&mut self, random: f64) -> Duration {
        let random = if random.is_finite() {
            random.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let jitter = self.ceiling().mul_f64(random);
        self.failures = self.failures.saturating_add(1);
        // With a hint, the jitter comes on top: all who got the same hint would come back together otherwise.
        match self.hint.take() {
            Some(hint) => hint.saturating_add(jitter),
            None => jitter,
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(BackoffLimits::default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::clock::{Clock, ManualClock};

    fn clock() -> ManualClock {
        ManualClock::at(datetime!(2026-01-01 0:00 UTC))
    }

    #[test]
    fn ceilings_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let mut ceilings = Vec::new();
        for _ in 0..10 {
            ceilings.push(backoff.ceiling().as_millis());
            assert_eq!(backoff.next_delay(0.0), Duration::ZERO);
        }
        assert_eq!(
            ceilings,
            [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]
        );
    }

    #[test]
    fn only_a_stable_minute_resets() {
        let (clock, mut backoff) = (clock(), Backoff::default());
        for _ in 0..5 {
            let _ = backoff.next_delay(1.0);
        }
        backoff.connected(clock.boot());
        clock.advance(Duration::from_secs(59));
        backoff.disconnected(clock.boot());
        assert_eq!(backoff.ceiling(), Duration::from_millis(6_400));
        backoff.connected(clock.boot());
        clock.advance(Duration::from_secs(60));
        backoff.disconnected(clock.boot());
        assert_eq!(backoff.ceiling(), Duration::from_millis(200));
    }

    #[test]
    fn a_hint_holds_once_and_is_bounded() {
        let mut backoff = Backoff::default();
        backoff.hint(Duration::from_secs(5));
        assert_eq!(backoff.next_delay(0.0), Duration::from_secs(5));
        assert_eq!(backoff.next_delay(0.0), Duration::ZERO);
        backoff.hint(Duration::MAX);
        assert_eq!(backoff.next_delay(0.0), LONGEST_HINT);
    }

    proptest! {
        #[test]
        fn no_delay_exceeds_its_bounds(
            steps in proptest::collection::vec((any::<f64>(), proptest::option::of(any::<u32>()), 0..200_u64), 0..200),
        ) {
            let (clock, mut backoff) = (clock(), Backoff::default());
            for (random, hint, lived) in steps {
                if let Some(hint) = hint {
                    backoff.hint(Duration::from_millis(u64::from(hint)));
                }
                let (ceiling, hinted) = (backoff.ceiling(), backoff.hint.unwrap_or_default());
                prop_assert!(ceiling <= Duration::from_secs(30));
                let delay = backoff.next_delay(random);
                prop_assert!(delay >= hinted && delay <= hinted + ceiling);
                backoff.connected(clock.boot());
                clock.advance(Duration::from_secs(lived));
                backoff.disconnected(clock.boot());
                prop_assert_eq!(backoff.ceiling() == Duration::from_millis(200), lived >= 60);
            }
        }
    }
}
