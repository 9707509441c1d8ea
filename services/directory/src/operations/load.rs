//! How busy a group is: how many are ahead in its line, and how long its DC takes for each lately. A queue hidden in buffers
//! helps nobody, so admission refuses what would not be done in time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use parking_lot::Mutex;

use crate::domain::{AccountAnchor, ConnectorGroupId, TenantId};

/// Before anything was measured: a DC does about 30 writes a second (Samba, measured).
const FIRST_GUESS: Duration = Duration::from_millis(33);

#[derive(Default)]
pub(crate) struct Loads(Mutex<HashMap<(TenantId, ConnectorGroupId), Arc<Load>>>);

pub(crate) struct Load(Mutex<Numbers>);

struct Numbers {
    /// How many operations of each account wait or are handed out. In doubt is not load.
    accounts: HashMap<AccountAnchor, u32>,
    /// Smoothed time between two completions while there is work, or of a lone write.
    each: Duration,
    last_completion: Option<BootInstant>,
}

impl Numbers {
    /// How many are done before one more of this account. An account has one operation in the group's line at a time, so
    /// another account's queue is one ahead, and its own is all of it.
    fn ahead_of(&self, anchor: AccountAnchor) -> u32 {
        let own = self.accounts.get(&anchor).copied().unwrap_or(0);
        let others = self.accounts.len() - usize::from(own > 0);
        u32::try_from(others).unwrap_or(u32::MAX).saturating_add(own)
    }
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
            accounts: HashMap::new(),
            each: FIRST_GUESS,
            last_completion: None,
        }))
    }

    /// One operation of the account more, or one fewer, is load.
    pub(crate) fn count(&self, anchor: AccountAnchor, is_load: bool) {
        let mut numbers = self.0.lock();
        if is_load {
            let count = numbers.accounts.entry(anchor).or_insert(0);
            *count = count.saturating_add(1);
        } else if let Some(count) = numbers.accounts.get_mut(&anchor) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                numbers.accounts.remove(&anchor);
            }
        }
    }

    /// A connector reported a write that took so long.
    pub(crate) fn written(&self, write: Duration, now: BootInstant) {
        let mut numbers = self.0.lock();
        // With several under way, each one's own time counts the others' too; the pace is what matters then.
        let sample = match numbers.last_completion {
            Some(before) if numbers.accounts.len() > 1 => now.since(before).min(write),
            Some(_) | None => write,
        };
        numbers.each = (numbers.each * 7 + sample) / 8;
        numbers.last_completion = Some(now);
    }

    /// Whether one more of this account would be done within the time that its caller waits.
    pub(crate) fn check(&self, anchor: AccountAnchor, wait_timeout: Duration) -> Result<(), Overload> {
        let numbers = self.0.lock();
        let queue = numbers.ahead_of(anchor);
        let ahead = numbers.each.saturating_mul(queue);
        if queue == 0 || ahead <= wait_timeout {
            return Ok(());
        }
        Err(Overload {
            queue,
            retry_after: ahead.saturating_sub(wait_timeout).max(Duration::from_secs(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock, ManualClock};
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn account(number: u128) -> AccountAnchor {
        AccountAnchor::new(Uuid::from_u128(number))
    }

    #[test]
    fn a_queue_longer_than_the_caller_waits_is_refused() {
        let load = Load::new();
        assert_eq!(load.check(account(99), Duration::ZERO), Ok(()));
        for number in 0..30 {
            load.count(account(number), true);
        }
        assert_eq!(load.check(account(99), Duration::from_secs(2)), Ok(()));
        let overload = load.check(account(99), Duration::from_millis(500)).unwrap_err();
        assert_eq!(
            (overload.queue, overload.retry_after),
            (30, Duration::from_secs(1))
        );
        for number in 0..30 {
            load.count(account(number), false);
        }
        assert_eq!(load.check(account(99), Duration::ZERO), Ok(()));
    }

    #[test]
    fn the_queue_of_one_account_is_in_the_way_of_that_account_alone() {
        let load = Load::new();
        for _ in 0..500 {
            load.count(account(1), true);
        }
        assert_eq!(load.check(account(2), Duration::from_millis(50)), Ok(()));
        let own = load.check(account(1), Duration::from_secs(2)).unwrap_err();
        assert_eq!(own.queue, 500);
    }

    #[test]
    fn writes_side_by_side_count_by_their_pace() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let load = Load::new();
        for number in 0..8 {
            load.count(account(number), true);
        }
        for _ in 0..100 {
            clock.advance(Duration::from_millis(10));
            load.written(Duration::from_millis(80), clock.boot());
        }
        assert_eq!(load.check(account(99), Duration::from_millis(120)), Ok(()));
        assert!(load.check(account(99), Duration::from_millis(60)).is_err());
    }
}
