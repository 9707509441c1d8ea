//! Moments and durations on the wire, and back.
//!
//! What is sent has a resolution of one microsecond, which is what both services keep. What is received is checked once,
//! here: a moment outside the years that can be written, a negative duration, and nanoseconds outside 0 to 999,999,999
//! are no value at all. They are not normalised: a peer that sends them is wrong about the rest as well.

use std::time::Duration;

use prost_types::Timestamp;
use time::OffsetDateTime;

/// A moment on the wire.
#[must_use]
pub fn timestamp_from(moment: OffsetDateTime) -> Timestamp {
    let nanos = moment.nanosecond() / 1_000 * 1_000;
    Timestamp {
        seconds: moment.unix_timestamp(),
        nanos: i32::try_from(nanos).unwrap_or(0),
    }
}

/// A moment on the wire, from microseconds since 1970 UTC.
#[must_use]
pub fn timestamp_from_us(unix_us: i64) -> Timestamp {
    Timestamp {
        seconds: unix_us.div_euclid(1_000_000),
        nanos: i32::try_from(unix_us.rem_euclid(1_000_000)).unwrap_or(0) * 1_000,
    }
}

/// A moment on the wire, from milliseconds since 1970 UTC.
#[must_use]
pub fn timestamp_from_ms(unix_ms: i64) -> Timestamp {
    Timestamp {
        seconds: unix_ms.div_euclid(1_000),
        nanos: i32::try_from(unix_ms.rem_euclid(1_000)).unwrap_or(0) * 1_000_000,
    }
}

/// The moment of a timestamp; `None` if it is malformed or outside the years that can be written.
#[must_use]
pub fn moment_of(timestamp: &Timestamp) -> Option<OffsetDateTime> {
    let nanos = u32::try_from(timestamp.nanos).ok()?;
    let second = OffsetDateTime::from_unix_timestamp(timestamp.seconds).ok()?;
    second.replace_nanosecond(nanos).ok()
}

/// Microseconds since 1970 UTC, rounded down; `None` as for [`moment_of`].
#[must_use]
pub fn unix_us_of(timestamp: &Timestamp) -> Option<i64> {
    let nanos = moment_of(timestamp)?.unix_timestamp_nanos();
    i64::try_from(nanos.div_euclid(1_000)).ok()
}

/// Milliseconds since 1970 UTC, rounded down; `None` as for [`moment_of`].
#[must_use]
pub fn unix_ms_of(timestamp: &Timestamp) -> Option<i64> {
    Some(unix_us_of(timestamp)?.div_euclid(1_000))
}

/// A duration on the wire.
#[must_use]
pub fn duration_to_wire(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

/// The difference of two clocks, which may be negative, on the wire.
#[must_use]
pub const fn difference_to_wire(difference: time::Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: difference.whole_seconds(),
        nanos: difference.subsec_nanoseconds(),
    }
}

/// The duration that the wire carries; `None` if it is negative or malformed.
#[must_use]
pub fn duration_of(wire: &prost_types::Duration) -> Option<Duration> {
    let seconds = u64::try_from(wire.seconds).ok()?;
    let nanos = u32::try_from(wire.nanos).ok()?;
    (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos))
}

/// Whole microseconds of a duration, as they are stored; saturates.
#[must_use]
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_the_wire() {
        for us in [0, 1_767_225_600_123_456, -1, -1_000_001] {
            let wire = timestamp_from_us(us);
            assert_eq!(unix_us_of(&wire), Some(us));
            assert_eq!(moment_of(&wire).map(timestamp_from), Some(wire));
        }
        for ms in [0, 1_767_225_600_123, -1] {
            assert_eq!(timestamp_from_ms(ms), timestamp_from_us(ms * 1_000));
            assert_eq!(unix_ms_of(&timestamp_from_ms(ms)), Some(ms));
        }
    }

    #[test]
    fn a_moment_is_sent_to_the_microsecond() {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(-1).unwrap();
        let wire = timestamp_from(moment);
        assert_eq!((wire.seconds, wire.nanos), (-1, 999_999_000));
    }

    #[test]
    fn a_malformed_moment_is_none() {
        let malformed = [
            (i64::MAX, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
            (0, i32::MAX),
            (0, i32::MIN),
        ];
        for (seconds, nanos) in malformed {
            let wire = Timestamp { seconds, nanos };
            assert_eq!(moment_of(&wire), None, "{seconds} {nanos}");
            assert_eq!(unix_us_of(&wire), None, "{seconds} {nanos}");
            assert_eq!(unix_ms_of(&wire), None, "{seconds} {nanos}");
        }
    }

    #[test]
    fn durations_survive_the_wire_and_malformed_ones_are_none() {
        for sent in [Duration::ZERO, Duration::new(3, 999_999_999)] {
            assert_eq!(duration_of(&duration_to_wire(sent)), Some(sent));
        }
        let malformed = [
            (-1, 0),
            (0, -1),
            (1, -1),
            (0, 1_000_000_000),
            (5, i32::MAX),
            (0, i32::MIN),
        ];
        for (seconds, nanos) in malformed {
            let wire = prost_types::Duration { seconds, nanos };
            assert_eq!(duration_of(&wire), None, "{seconds} {nanos}");
        }
    }

    #[test]
    fn a_difference_of_clocks_may_be_negative() {
        let wire = difference_to_wire(time::Duration::milliseconds(-1_500));
        assert_eq!((wire.seconds, wire.nanos), (-1, -500_000_000));
        assert_eq!(duration_of(&wire), None);
    }

    #[test]
    fn whole_microseconds_saturate() {
        assert_eq!(micros(Duration::from_nanos(2_999)), 2);
        assert_eq!(micros(Duration::MAX), u64::MAX);
    }
}
