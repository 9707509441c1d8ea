//! How often enrolment may be tried: per token, and in all. By governor (GCRA), over the service's own clock.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use groundwire_kit::clock::{BootInstant, Clock};
use uuid::Uuid;

/// Tries per token: 10 at once, then one every 6 s.
const PER_TOKEN: Quota = Quota::per_minute(count_of(10));

/// Tries in all: 100 at once, then 20 a second. A fleet that is rolled out at once gets through; guessing 128 bits does not.
const IN_ALL: Quota = Quota::per_second(count_of(20)).allow_burst(count_of(100));

/// Most tokens that are remembered; past it those that may be tried as often as new ones are forgotten, and all where that
/// is not enough. This gives an attacker nothing: ids that do not exist are what fills the table, and [`IN_ALL`] bounds how
/// fast.
const MAX_REMEMBERED: usize = 10_000;

const fn count_of(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

/// The boot clock as governor reads it: the time since the limits were made.
#[derive(Clone)]
struct LimiterClock {
    clock: Arc<dyn Clock>,
    begun: BootInstant,
}

impl governor::clock::Clock for LimiterClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.clock.elapsed(self.begun).into()
    }
}

type TokenLimiter = RateLimiter<Uuid, HashMapStateStore<Uuid>, LimiterClock, NoOpMiddleware<Nanos>>;

/// What enrolment counts tries with.
pub(super) struct RateLimit {
    clock: LimiterClock,
    all: RateLimiter<NotKeyed, InMemoryState, LimiterClock, NoOpMiddleware<Nanos>>,
    tokens: TokenLimiter,
}

/// Too many tries; another one is allowed after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; wait {0:?}")]
pub struct TooManyTries(pub Duration);

impl RateLimit {
    #[must_use]
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let begun = clock.boot();
        let clock = LimiterClock { clock, begun };
        Self {
            all: RateLimiter::direct_with_clock(IN_ALL, clock.clone()),
            tokens: token_limiter(&clock),
            clock,
        }
    }

    /// Counts a try whose token did not parse, or before it is parsed.
    pub(super) fn count(&self) -> Result<(), TooManyTries> {
        self.all
            .check()
            .map_err(|until| TooManyTries(until.wait_time_from(self.clock.now())))
    }

    /// Counts a try of this token.
    pub(super) fn count_token(&mut self, token: Uuid) -> Result<(), TooManyTries> {
        if self.tokens.len() >= MAX_REMEMBERED {
            self.tokens.retain_recent();
            if self.tokens.len() >= MAX_REMEMBERED {
                self.tokens = token_limiter(&self.clock);
            }
        }
        self.tokens
            .check_key(&token)
            .map_err(|until| TooManyTries(until.wait_time_from(self.clock.now())))
    }
}

fn token_limiter(clock: &LimiterClock) -> TokenLimiter {
    RateLimiter::new(PER_TOKEN, HashMapStateStore::default(), clock.clone())
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::ManualClock;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_token_can_be_tried_ten_times_at_once_and_again_after_a_while() {
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-01 0:00 UTC)));
        let mut limit = RateLimit::new(clock.clone());
        let token = Uuid::from_u128(1);
        for _ in 0..10 {
            assert_eq!(limit.count_token(token), Ok(()));
        }
        assert_eq!(
            limit.count_token(token),
            Err(TooManyTries(Duration::from_secs(6)))
        );
        assert_eq!(limit.count_token(Uuid::from_u128(2)), Ok(()));
        clock.advance(Duration::from_secs(6));
        assert_eq!(limit.count_token(token), Ok(()));
        assert!(limit.count_token(token).is_err());
    }

    #[test]
    fn all_tries_together_are_bounded_and_so_is_the_memory() {
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-01 0:00 UTC)));
        let mut limit = RateLimit::new(clock.clone());
        let allowed = (0..1_000).filter(|_| limit.count().is_ok()).count();
        assert_eq!(allowed, 100);
        clock.advance(Duration::from_secs(1));
        let allowed = (0..1_000).filter(|_| limit.count().is_ok()).count();
        assert_eq!(allowed, 20);
        for id in 0..(MAX_REMEMBERED as u128 + 5) {
            let _ = limit.count_token(Uuid::from_u128(id));
        }
        assert!(limit.tokens.len() <= MAX_REMEMBERED);
    }

    #[test]
    fn only_tokens_that_may_be_tried_like_new_ones_are_forgotten() {
        let clock = Arc::new(ManualClock::at(datetime!(2026-01-01 0:00 UTC)));
        let mut limit = RateLimit::new(clock.clone());
        let spent = Uuid::from_u128(u128::MAX);
        while limit.count_token(spent).is_ok() {}
        for id in 1..MAX_REMEMBERED as u128 {
            assert_eq!(limit.count_token(Uuid::from_u128(id)), Ok(()));
        }
        assert_eq!(limit.tokens.len(), MAX_REMEMBERED);
        // governor keeps a key for one more interval (6 s) than its bucket takes to be full again.
        clock.advance(Duration::from_secs(12));
        assert_eq!(limit.count_token(Uuid::from_u128(0)), Ok(()));
        assert_eq!(limit.tokens.len(), 2);
        // Two tries came back in 12 s, and the eight before them did not.
        assert_eq!(limit.count_token(spent), Ok(()));
        assert_eq!(limit.count_token(spent), Ok(()));
        assert!(limit.count_token(spent).is_err());
    }
}
