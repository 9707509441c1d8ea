//! How busy a group is: how many operations are open, and how long its DC takes for each lately. A queue hidden in
//! buffers helps nobody, so admission refuses what would not be done in time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use parking_lot::Mutex;

use crate::domain::{ConnectorGroupId, TenantId};

/// Before anything was measured: a DC does about 30 writes a second (Samba, measured).
const FIRST_GUESS: Duration = Duration::from_millis(33);

#[derive(Default)]
pub(crate) struct Loads(Mutex<HashMap<(TenantId, ConnectorGroupId), Arc<Load>>>);

pub(crate) struct Load(Mutex<Numbers>);

struct Numbers {
    open: u32,
    /// Smoothed time between two completions while there is work, or of a lone write.
    each: Duration,
    last_completion: Option<BootInstant>,
}

/// The queue is longer than the caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overload {
    pub(crate) queue: u32,
    pub(crate) retry_after: Duration,
}

impl Loads {
    pub(crate) fn of(&self, tenant: TenantId, group: ConnectorGroupId) -> Arc<Load> {
        let mut loads = self.0.lock();
        Arc::clone(
            loads
                .entry((tenant, group))
                .or_insert_with(|| Arc::new(Load::new())),
        )
    }
}

impl Load {
    fn new() -> Self {
        Self(Mutex::new(Numbers {
            open: 0,
            each: FIRST_GUESS,
            last_completion: None,
        }))
    }

    pub(crate) fn opened(&self) {
        let mut numbers = self.0.lock();
        numbers.open = numbers.open.saturating_add(1);
    }

    pub(crate) fn ended(&self) {
        let mut numbers = self.0.lock();
        numbers.open = numbers.open.saturating_sub(1);
    }

    /// A connector reported a write that took so long.
    pub(crate) fn written(&self, write: Duration, now: BootInstant) {
        let mut numbers = self.0.lock();
        // With several under way, each one's own time counts the others' too; the pace is what matters then.
        let sample = match numbers.last_completion {
            Some(before) if numbers.open > 1 => now.since(before).min(write),
            Some(_) | None => write,
        };
        numbers.each = (numbers.each * 7 + sample) / 8;
        numbers.last_completion = Some(now);
    }

    /// Whether one more would be done within the time that its caller waits.
    pub(crate) fn check(&self, wait_timeout: Duration) -> Result<(), Overload> {
        let numbers = self.0.lock();
        let ahead = numbers.each.saturating_mul(numbers.open);
        if numbers.open == 0 || ahead <= wait_timeout {
            return Ok(());
        }
        Err(Overload {
            queue: numbers.open,
            retry_after: ahead.saturating_sub(wait_timeout).max(Duration::from_secs(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock, ManualClock};
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_queue_longer_than_the_caller_waits_is_refused() {
        let load = Load::new();
        assert_eq!(load.check(Duration::ZERO), Ok(()));
        for _ in 0..30 {
            load.opened();
        }
        assert_eq!(load.check(Duration::from_secs(2)), Ok(()));
        let overload = load.check(Duration::from_millis(500)).unwrap_err();
        assert_eq!(
            (overload.queue, overload.retry_after),
            (30, Duration::from_secs(1))
        );
        for _ in 0..30 {
            load.ended();
        }
        assert_eq!(load.check(Duration::ZERO), Ok(()));
    }

    #[test]
    fn writes_side_by_side_count_by_their_pace() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let load = Load::new();
        for _ in 0..8 {
            load.opened();
        }
        for _ in 0..100 {
            clock.advance(Duration::from_millis(10));
            load.written(Duration::from_millis(80), clock.boot());
        }
        assert_eq!(load.check(Duration::from_millis(120)), Ok(()));
        assert!(load.check(Duration::from_millis(60)).is_err());
    }
}
