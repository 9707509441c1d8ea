//! Active Directory's times: 100 ns ticks since 1601-01-01 UTC (MS-DTYP 2.3.3), and its intervals, which are
//! negative counts of the same ticks.

/// Ticks (100 ns) from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH_TICKS: i64 = 116_444_736_000_000_000;
const TICKS_PER_MICROSECOND: i64 = 10;
const TICKS_PER_SECOND: i64 = 10_000_000;

/// A point in time as Active Directory stores it. 0 and `i64::MAX` are not times but words ("never", "must change").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileTime(pub i64);

impl FileTime {
    /// What stands for "not set".
    pub const ZERO: Self = Self(0);
    /// What stands for "never" in `accountExpires`.
    pub const NEVER: Self = Self(i64::MAX);

    /// From Unix microseconds. Saturates at the ends of the range.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(
            micros
                .saturating_mul(TICKS_PER_MICROSECOND)
                .saturating_add(UNIX_EPOCH_TICKS),
        )
    }

    /// To Unix microseconds, rounded down.
    #[must_use]
    pub const fn to_unix_micros(self) -> i64 {
        self.0
            .saturating_sub(UNIX_EPOCH_TICKS)
            .div_euclid(TICKS_PER_MICROSECOND)
    }

    /// Whether it is a time at all, and not one of the two words.
    #[must_use]
    pub const fn is_set(self) -> bool {
        self.0 > 0 && self.0 != i64::MAX
    }

    /// The time that lies the interval later.
    #[must_use]
    pub const fn plus(self, interval: Interval) -> Self {
        Self(self.0.saturating_add(interval.ticks()))
    }

    /// The time that lies the interval earlier.
    #[must_use]
    pub const fn minus(self, interval: Interval) -> Self {
        Self(self.0.saturating_sub(interval.ticks()))
    }

    /// RFC 3339 in UTC, whole seconds, rounded *up* ("may change after" must not name a moment that is too early).
    /// `None` if the year does not fit into four digits.
    #[must_use]
    pub fn to_rfc3339(self) -> Option<String> {
        let ticks = self
            .0
            .checked_sub(UNIX_EPOCH_TICKS)?
            .checked_add(TICKS_PER_SECOND - 1)?;
        let seconds = ticks.div_euclid(TICKS_PER_SECOND);
        let moment = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        moment.format(&time::format_description::well_known::Rfc3339).ok()
    }
}

/// A length of time as Active Directory stores it: negative ticks (MS-ADTS: `minPwdAge`, `lockoutDuration`, …).
/// `i64::MIN` means "for ever".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval(i64);

impl Interval {
    /// From the value of the attribute. Positive values do not occur; they are taken by their amount.
    #[must_use]
    pub const fn from_attribute(value: i64) -> Self {
        Self(if value > 0 { -value } else { value })
    }

    /// From whole seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(-(seconds as i64) * TICKS_PER_SECOND)
    }

    /// The amount in ticks; for ever is `i64::MAX`.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0.saturating_neg()
    }

    /// The amount in whole seconds, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.ticks() / TICKS_PER_SECOND
    }

    /// Whether it never ends.
    #[must_use]
    pub const fn is_forever(self) -> bool {
        self.0 == i64::MIN
    }

    /// Whether it has no length.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_epochs_meet() {
        assert_eq!(FileTime::from_unix_micros(0).0, UNIX_EPOCH_TICKS);
        assert_eq!(
            FileTime(132_223_104_000_000_000).to_unix_micros(),
            1_577_836_800_000_000
        ); // 2020-01-01
        assert_eq!(
            FileTime(132_223_104_000_000_000).to_rfc3339().as_deref(),
            Some("2020-01-01T00:00:00Z")
        );
    }

    #[test]
    fn a_part_of_a_second_is_rounded_up() {
        assert_eq!(
            FileTime(132_223_104_000_000_010).to_rfc3339().as_deref(),
            Some("2020-01-01T00:00:01Z")
        );
    }

    #[test]
    fn a_day_is_stored_as_a_negative_count() {
        let day = Interval::from_attribute(-864_000_000_000);
        assert_eq!(day, Interval::from_seconds(86_400));
        assert_eq!(FileTime(5).plus(day), FileTime(864_000_000_005));
    }

    #[test]
    fn for_ever_does_not_overflow() {
        let forever = Interval::from_attribute(i64::MIN);
        assert!(forever.is_forever());
        assert_eq!(FileTime(1).plus(forever), FileTime(i64::MAX));
    }

    #[test]
    fn zero_and_never_are_not_times() {
        assert!(!FileTime::ZERO.is_set());
        assert!(!FileTime::NEVER.is_set());
        assert!(FileTime(1).is_set());
    }

    proptest! {
        #[test]
        fn microseconds_survive_the_way_there_and_back(micros in -11_000_000_000_000_000i64..250_000_000_000_000_000) {
            prop_assert_eq!(FileTime::from_unix_micros(micros).to_unix_micros(), micros);
        }

        #[test]
        fn no_value_makes_it_panic(ticks: i64, interval: i64) {
            let time = FileTime(ticks).plus(Interval::from_attribute(interval));
            let _ = (time.minus(Interval::from_attribute(interval)), time.is_set());
            let _ = (time.to_rfc3339(), time.to_unix_micros());
        }
    }
}
