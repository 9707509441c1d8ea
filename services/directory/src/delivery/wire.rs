//! Times between the wire and our own types.

use prost_types::Timestamp;
use time::OffsetDateTime;

/// A time from the wire; `None` if it is not one.
#[must_use]
pub fn moment(wire: Timestamp) -> Option<OffsetDateTime> {
    let nanos = u32::try_from(wire.nanos).ok()?;
    OffsetDateTime::from_unix_timestamp(wire.seconds)
        .ok()?
        .replace_nanosecond(nanos)
        .ok()
}

/// A time to the wire.
#[must_use]
pub fn timestamp(moment: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: moment.unix_timestamp(),
        // Below 1,000,000,000, so it fits.
        nanos: i32::try_from(moment.nanosecond()).unwrap_or(0),
    }
}

/// A duration to the wire; the longest there is where it does not fit.
#[must_use]
pub fn duration(duration: std::time::Duration) -> prost_types::Duration {
    prost_types::Duration::try_from(duration).unwrap_or(prost_types::Duration {
        seconds: 315_576_000_000,
        nanos: 0,
    })
}
