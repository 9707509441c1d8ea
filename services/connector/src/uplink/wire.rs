//! Small conversions between our types and the contract's.

use prost_types::Timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

/// A moment as it travels.
#[must_use]
pub fn timestamp(moment: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: moment.unix_timestamp(),
        nanos: i32::try_from(moment.nanosecond()).unwrap_or(0),
    }
}

/// A moment from the wire; `None` if it is no moment that can be written.
#[must_use]
pub fn from_timestamp(wire: &Timestamp) -> Option<OffsetDateTime> {
    let nanos = i128::from(wire.seconds) * 1_000_000_000 + i128::from(wire.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

/// An id from the wire, in the one form that is compared.
#[must_use]
pub fn uuid_text(text: &str) -> Option<String> {
    text.parse::<Uuid>().ok().map(|id| id.to_string())
}

/// A duration from the wire, within bounds; the default where it is absent or negative.
pub(super) fn bounded(
    wire: Option<prost_types::Duration>,
    default: std::time::Duration,
    bounds: std::ops::RangeInclusive<std::time::Duration>,
) -> std::time::Duration {
    wire.and_then(|duration| std::time::Duration::try_from(duration).ok())
        .unwrap_or(default)
        .clamp(*bounds.start(), *bounds.end())
}
