//! Time: the only place that reads a clock, so that everything else can be tested with a clock that it sets itself.
//!
//! Two clocks, never mixed: the wall clock says *when* (it may jump); the boot clock says *how long* (it never goes
//! back, and it goes on while the machine sleeps, unlike `std::time::Instant` on Linux).

use std::time::Duration;

use parking_lot::Mutex;
use time::OffsetDateTime;

/// A moment on the boot clock: good for durations within one process, meaningless anywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootInstant(Duration);

impl BootInstant {
    /// Time from `earlier` to this moment; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment moved into the future; saturates.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// Something that tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, in UTC.
    fn now(&self) -> OffsetDateTime;

    /// The boot clock.
    fn boot(&self) -> BootInstant;

    /// The wall clock as milliseconds since 1970 UTC.
    fn unix_ms(&self) -> i64 {
        unix_ms(self.now())
    }

    /// The wall clock as microseconds since 1970 UTC.
    fn unix_us(&self) -> i64 {
        unix_us(self.now())
    }

    /// Time on the boot clock since an earlier moment.
    fn elapsed(&self, since: BootInstant) -> Duration {
        self.boot().since(since)
    }
}

/// Milliseconds since 1970 UTC, rounded down. Every `OffsetDateTime` fits.
#[must_use]
pub fn unix_ms(moment: OffsetDateTime) -> i64 {
    saturating_i64(moment.unix_timestamp_nanos().div_euclid(1_000_000))
}

/// Microseconds since 1970 UTC, rounded down. Every `OffsetDateTime` fits.
#[must_use]
pub fn unix_us(moment: OffsetDateTime) -> i64 {
    saturating_i64(moment.unix_timestamp_nanos().div_euclid(1_000))
}

/// The moment that many microseconds after 1970 UTC; `None` outside the years that can be written.
#[must_use]
pub fn from_unix_us(us: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1_000).ok()
}

fn saturating_i64(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// The clocks of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the wall clock"
        )]
        OffsetDateTime::now_utc()
    }

    fn boot(&self) -> BootInstant {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        BootInstant(Duration::new(seconds, nanos))
    }
}

/// A clock that a test sets and moves.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<(OffsetDateTime, BootInstant)>,
}

impl ManualClock {
    /// Stands still at this moment.
    #[must_use]
    pub const fn at(now: OffsetDateTime) -> Self {
        Self {
            state: Mutex::new((now, BootInstant(Duration::ZERO))),
        }
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state.lock();
        state.0 = state
            .0
            .saturating_add(time::Duration::try_from(duration).unwrap_or(time::Duration::MAX));
        state.1 = state.1.plus(duration);
    }

    /// Sets the wall clock, as an administrator or NTP would; the boot clock does not notice.
    pub fn set_wall(&self, now: OffsetDateTime) {
        self.state.lock().0 = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        self.state.lock().0
    }

    fn boot(&self) -> BootInstant {
        self.state.lock().1
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_jump_of_the_wall_clock_does_not_change_durations() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let start = clock.boot();
        clock.advance(Duration::from_secs(3));
        clock.set_wall(datetime!(1999-01-01 0:00 UTC));
        assert_eq!(clock.elapsed(start), Duration::from_secs(3));
        assert_eq!(clock.now(), datetime!(1999-01-01 0:00 UTC));
        assert_eq!(start.since(clock.boot()), Duration::ZERO);
    }

    #[test]
    fn unix_times_survive_and_round_down() {
        let moment = datetime!(2026-11-22 21:30:00.123456789 UTC);
        assert_eq!(unix_us(moment) % 1_000_000, 123_456);
        assert_eq!(from_unix_us(unix_us(moment)).map(unix_us), Some(unix_us(moment)));
        assert_eq!(unix_ms(datetime!(1969-12-31 23:59:59.9995 UTC)), -1);
        assert_eq!(from_unix_us(i64::MAX), None);
    }

    #[test]
    fn the_machines_clocks_run_forward() {
        let start = SystemClock.boot();
        let wall = SystemClock.unix_us();
        while SystemClock.elapsed(start) < Duration::from_micros(50) {}
        assert!(SystemClock.unix_us() >= wall);
        assert!(SystemClock.now() > datetime!(2025-01-01 0:00 UTC));
    }
}
