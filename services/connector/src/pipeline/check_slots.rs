//! The checks' share of the domain controller: so many at once, so many in the queue, so long. Operations, which share the
//! connections with them, always have the other half.

use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// So many may wait for each that is under way.
const WAITING: usize = 16;

/// The turns of checks. First come, first served.
pub(super) struct CheckSlots {
    /// Checks that are under way or wait.
    places: Semaphore,
    /// Checks that are under way.
    turns: Semaphore,
    total: usize,
    patience: Duration,
}

/// One check's place and turn.
pub(super) struct CheckSlot<'a> {
    _place: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

impl CheckSlots {
    /// At least one at once.
    pub(super) fn new(at_once: usize, patience: Duration) -> Self {
        let at_once = at_once.max(1);
        let total = at_once.saturating_mul(WAITING + 1);
        Self {
            places: Semaphore::new(total),
            turns: Semaphore::new(at_once),
            total,
            patience,
        }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `OVERLOADED`, with how many are ahead.
    pub(super) async fn take(&self) -> Result<CheckSlot<'_>, Reason> {
        let overloaded = || {
            let ahead = self.total - self.places.available_permits();
            Reason::new(ReasonCode::Overloaded)
                .with("queue", ahead)
                .with("retry_after_seconds", 1)
        };
        let place = self.places.try_acquire().map_err(|_| overloaded())?;
        match timeout(self.patience, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(CheckSlot {
                _place: place,
                _turn: turn,
            }),
            Ok(Err(_)) | Err(_) => Err(overloaded()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_has_no_place_is_refused_at_once_and_what_has_no_turn_in_time_after_it() {
        let slots = CheckSlots::new(1, Duration::from_millis(50));
        let first = slots.take().await.ok();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(slots.take())).collect();
        for wait in &mut waiting {
            assert!(wait.as_mut().now_or_never().is_none(), "it waits for its turn");
        }
        let refused = slots.take().now_or_never().expect("at once").err().unwrap();
        assert_eq!(refused.code(), ReasonCode::Overloaded);
        assert_eq!(refused.field("queue"), Some("17"));
        drop(first);
        let second = waiting.remove(0).await;
        assert!(second.is_ok());
        assert!(waiting.remove(0).await.is_err(), "the second has the only turn");
    }
}
