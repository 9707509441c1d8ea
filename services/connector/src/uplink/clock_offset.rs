//! How far the directory's clock is from ours, bounded by round trips. Pure.
//!
//! The peer read its clock at some moment between our sending and its answer's arrival. So the offset lies in an
//! interval as long as the round trip; only when the whole interval lies beyond the limit is the clock distrusted. A
//! slow network alone never does that.

use std::time::Duration;

use time::OffsetDateTime;

/// What one round trip says. Positive: the directory's clock is ahead of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockOffset {
    /// The least it can be, in microseconds.
    pub least_us: i64,
    /// The most it can be, in microseconds.
    pub most_us: i64,
}

impl ClockOffset {
    /// From our clock at the sending, how long the answer took on the boot clock, and what the peer's clock said.
    #[must_use]
    pub fn measure(sent: OffsetDateTime, round_trip: Duration, peer: OffsetDateTime) -> Self {
        let most = (peer - sent).whole_microseconds();
        let least = most - i128::try_from(round_trip.as_micros()).unwrap_or(i128::MAX / 2);
        let narrow =
            |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
        Self {
            least_us: narrow(least),
            most_us: narrow(most),
        }
    }

    /// The smallest distance between the clocks that it allows.
    #[must_use]
    pub const fn at_least(self) -> Duration {
        if self.least_us > 0 {
            Duration::from_micros(self.least_us.unsigned_abs())
        } else if self.most_us < 0 {
            Duration::from_micros(self.most_us.unsigned_abs())
        } else {
            Duration::ZERO
        }
    }

    /// Whether the clocks differ by more than the limit for certain.
    #[must_use]
    pub fn is_beyond(self, limit: Duration) -> bool {
        self.at_least() > limit
    }

    /// Milliseconds at the middle of the interval, for people and metrics.
    #[must_use]
    pub const fn middle_ms(self) -> i64 {
        (self.least_us / 2 + self.most_us / 2) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const SENT: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
    const LIMIT: Duration = Duration::from_secs(30);

    #[test]
    fn a_slow_answer_is_not_a_wrong_clock() {
        let offset = ClockOffset::measure(SENT, Duration::from_secs(50), SENT + Duration::from_secs(40));
        assert!(!offset.is_beyond(LIMIT));
        assert_eq!(offset.at_least(), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_is_noticed() {
        let trip = Duration::from_millis(40);
        for (peer, beyond) in [
            (SENT + Duration::from_secs(31), true),
            (SENT + Duration::from_secs(29), false),
            (SENT - Duration::from_secs(31), true),
            (SENT - Duration::from_secs(29), false),
        ] {
            assert_eq!(
                ClockOffset::measure(SENT, trip, peer).is_beyond(LIMIT),
                beyond,
                "{peer}"
            );
        }
        let ahead = ClockOffset::measure(SENT, trip, SENT + Duration::from_secs(60));
        assert_eq!(ahead.middle_ms(), 59_980);
    }
}
