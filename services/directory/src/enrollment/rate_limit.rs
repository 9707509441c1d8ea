//! How often enrolment may be tried: per token, and in all. Pure: time is passed in.

use std::collections::HashMap;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use uuid::Uuid;

/// RateLimit per token: 10 at once, then one every 6 s.
const PER_TOKEN: Rate = Rate {
    burst: 10,
    every: Duration::from_secs(6),
};

/// RateLimit in all: 100 at once, then 20 a second. A fleet that is rolled out at once gets through; guessing 128 bits does not.
const IN_ALL: Rate = Rate {
    burst: 100,
    every: Duration::from_millis(50),
};

/// Most tokens that are remembered; past it the full ones are forgotten, which gives an attacker nothing: ids that do not
/// exist are what fills the table, and [`IN_ALL`] bounds how fast.
const MAX_REMEMBERED: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    every: Duration,
}

/// A bucket as the moment at which it will be full again (GCRA).
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: BootInstant,
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: BootInstant) -> Result<(), Duration> {
        let from = self.full_at.max(now);
        let after = from.plus(rate.every);
        let allowed = rate.every.saturating_mul(rate.burst);
        let debt = after.since(now);
        if debt > allowed {
            return Err(debt.saturating_sub(allowed));
        }
        self.full_at = after;
        Ok(())
    }
}

/// What enrolment counts tries with.
#[derive(Debug)]
pub(super) struct RateLimit {
    all: Bucket,
    tokens: HashMap<Uuid, Bucket>,
}

/// Too many tries; another one is allowed after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; wait {0:?}")]
pub struct TooManyTries(pub Duration);

impl RateLimit {
    #[must_use]
    pub(super) fn new(now: BootInstant) -> Self {
        Self {
            all: Bucket { full_at: now },
            tokens: HashMap::new(),
        }
    }

    /// Counts a try whose token did not parse, or before it is parsed.
    ///
    /// # Errors
    /// [`TooManyTries`].
    pub(super) fn count(&mut self, now: BootInstant) -> Result<(), TooManyTries> {
        self.all.take(IN_ALL, now).map_err(TooManyTries)
    }

    /// Counts a try of this token.
    ///
    /// # Errors
    /// [`TooManyTries`].
    pub(super) fn count_token(&mut self, token: Uuid, now: BootInstant) -> Result<(), TooManyTries> {
        if self.tokens.len() >= MAX_REMEMBERED {
            self.tokens.retain(|_, bucket| bucket.full_at > now);
            if self.tokens.len() >= MAX_REMEMBERED {
                self.tokens.clear();
            }
        }
        self.tokens
            .entry(token)
            .or_insert(Bucket { full_at: now })
            .take(PER_TOKEN, now)
            .map_err(TooManyTries)
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock, ManualClock};
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_token_can_be_tried_ten_times_at_once_and_again_after_a_while() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let mut limit = RateLimit::new(clock.boot());
        let token = Uuid::from_u128(1);
        for _ in 0..10 {
            assert_eq!(limit.count_token(token, clock.boot()), Ok(()));
        }
        assert_eq!(
            limit.count_token(token, clock.boot()),
            Err(TooManyTries(Duration::from_secs(6)))
        );
        assert_eq!(limit.count_token(Uuid::from_u128(2), clock.boot()), Ok(()));
        clock.advance(Duration::from_secs(6));
        assert_eq!(limit.count_token(token, clock.boot()), Ok(()));
        assert!(limit.count_token(token, clock.boot()).is_err());
    }

    #[test]
    fn all_tries_together_are_bounded_and_so_is_the_memory() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let mut limit = RateLimit::new(clock.boot());
        let allowed = (0..1_000).filter(|_| limit.count(clock.boot()).is_ok()).count();
        assert_eq!(allowed, 100);
        for id in 0..(MAX_REMEMBERED as u128 + 5) {
            let _ = limit.count_token(Uuid::from_u128(id), clock.boot());
        }
        assert!(limit.tokens.len() <= MAX_REMEMBERED);
    }
}
