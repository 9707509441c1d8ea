//! When an answer is due: a margin before the caller's own deadline, because at the deadline clients hang up and the
//! handler is dropped.

use std::time::Duration;

use tonic::metadata::MetadataMap;

use super::caller_timeout;

/// For callers that name no deadline.
pub const WITHOUT_DEADLINE: Duration = Duration::from_secs(30);

/// The longest that any call waits, whatever the caller asks for.
const LONGEST: Duration = Duration::from_secs(600);

/// At least this is left for the way back.
const LEAST_MARGIN: Duration = Duration::from_millis(100);

/// More than this is not kept back.
const MOST_MARGIN: Duration = Duration::from_millis(500);

/// How long after its arrival a request is to be answered.
#[must_use]
pub fn answer_within(metadata: &MetadataMap) -> Duration {
    caller_timeout(metadata).map_or(WITHOUT_DEADLINE, |timeout| less_margin(timeout.min(LONGEST)))
}

/// A twentieth of the time is kept back, within the two limits, and never more than half.
fn less_margin(timeout: Duration) -> Duration {
    let margin = (timeout / 20).clamp(LEAST_MARGIN, MOST_MARGIN).min(timeout / 2);
    timeout.saturating_sub(margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_comes_before_the_caller_hangs_up() {
        assert_eq!(less_margin(Duration::from_secs(5)), Duration::from_millis(4_750));
        assert_eq!(
            less_margin(Duration::from_secs(60)),
            Duration::from_millis(59_500)
        );
        assert_eq!(less_margin(Duration::from_secs(1)), Duration::from_millis(900));
        assert_eq!(less_margin(Duration::from_millis(100)), Duration::from_millis(50));
    }

    #[test]
    fn without_a_deadline_the_answer_comes_in_half_a_minute() {
        assert_eq!(answer_within(&MetadataMap::new()), WITHOUT_DEADLINE);
    }
}
