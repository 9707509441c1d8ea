//! How far a peer's clock is from ours, bounded by round trips. Pure.
//!
//! The peer read its clock at some moment between our sending and its answer's arrival. So the offset lies in an
//! interval as long as the round trip; only when the whole interval lies beyond a limit is the clock distrusted. A slow
//! network alone never does that.

use std::time::Duration;

use time::OffsetDateTime;

/// What one round trip says of the peer's clock less ours: positive where the peer's is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockOffset {
    least: time::Duration,
    most: time::Duration,
}

impl ClockOffset {
    /// From our clock at the sending, how long the answer took on a clock that does not jump, and what the peer's clock
    /// said. So a jump of our wall clock moves one measurement at most.
    #[must_use]
    pub fn measure(sent: OffsetDateTime, round_trip: Duration, peer: OffsetDateTime) -> Self {
        let most = peer - sent;
        let round_trip = time::Duration::try_from(round_trip).unwrap_or(time::Duration::MAX);
        Self {
            least: most.saturating_sub(round_trip),
            most,
        }
    }

    /// The middle of the interval: for people and metrics.
    #[must_use]
    pub fn middle(self) -> time::Duration {
        // Halved first, so that no two of them are too long for their sum.
        self.least / 2_i32 + self.most / 2_i32
    }

    /// How far from the middle it can be.
    #[must_use]
    pub fn uncertainty(self) -> Duration {
        self.most.saturating_sub(self.least).unsigned_abs() / 2
    }

    /// The smallest distance between the clocks that it allows.
    #[must_use]
    pub fn at_least(self) -> Duration {
        if self.least.is_positive() {
            self.least.unsigned_abs()
        } else if self.most.is_negative() {
            self.most.unsigned_abs()
        } else {
            Duration::ZERO
        }
    }

    /// Whether the clocks differ by more than the limit for certain.
    #[must_use]
    pub fn is_beyond(self, limit: Duration) -> bool {
        self.at_least() > limit
    }

    /// Milliseconds at the middle of the interval.
    #[must_use]
    pub fn middle_ms(self) -> i64 {
        let middle = self.middle();
        let farthest = if middle.is_negative() { i64::MIN } else { i64::MAX };
        i64::try_from(middle.whole_milliseconds()).unwrap_or(farthest)
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

    #[test]
    fn an_offset_is_known_to_half_of_its_round_trip() {
        let trip = Duration::from_millis(40);
        let behind = ClockOffset::measure(SENT, trip, SENT - Duration::from_millis(4_980));
        assert_eq!(behind.middle(), time::Duration::seconds(-5));
        assert_eq!(behind.uncertainty(), Duration::from_millis(20));
    }

    #[test]
    fn no_clock_and_no_round_trip_is_too_far_to_be_measured() {
        let (first, last) = (datetime!(-9999-01-01 0:00 UTC), datetime!(9999-12-31 23:59 UTC));
        for (sent, peer) in [(first, last), (last, first)] {
            let offset = ClockOffset::measure(sent, Duration::MAX, peer);
            assert!(offset.uncertainty() > Duration::ZERO);
            assert!(offset.middle_ms() < 0);
            assert!(ClockOffset::measure(sent, Duration::ZERO, peer).is_beyond(LIMIT));
        }
    }
}
