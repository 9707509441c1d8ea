//! Who has what a call wants recorded: the call, until the account's task takes it.
//!
//! One compare-and-exchange decides between the two. A call that gives up before its request was taken can therefore say
//! that nothing was recorded and be right for ever; one that gives up later knows that it does not know.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The side of the call. Dropping it withdraws what was not taken: whoever is cut off wants nothing recorded any more.
pub(crate) struct Handover(Arc<AtomicU8>);

/// The side of the account's task.
pub(crate) struct Taker(Arc<AtomicU8>);

impl Handover {
    /// The call still has it.
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU8::new(WAITING)))
    }

    /// What goes to the account's task with the request.
    pub(crate) fn taker(&self) -> Taker {
        Taker(Arc::clone(&self.0))
    }

    /// The call gives up. True: nothing was recorded for it, and nothing will be. False: it was taken, and only the task
    /// knows what became of it.
    pub(crate) fn withdraw(&self) -> bool {
        settle(&self.0, WITHDRAWN)
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl Taker {
    /// The task is about to append it, for the first time or again. False: the call withdrew it, and it must not be
    /// appended.
    pub(crate) fn take(&self) -> bool {
        settle(&self.0, TAKEN)
    }

    /// Nobody wants it recorded any more.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.load(Ordering::Acquire) == WITHDRAWN
    }
}

/// Whoever is first decides, for ever. True: it is so, by this call or by one before.
fn settle(state: &AtomicU8, to: u8) -> bool {
    match state.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_waiting) => true,
        Err(settled) => settled == to,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn what_was_taken_cannot_be_withdrawn_and_is_taken_again_with_every_try() {
        let handover = Handover::new();
        let taker = handover.taker();
        assert!(taker.take() && taker.take());
        assert!(!handover.withdraw());
        assert!(!taker.is_withdrawn());
    }

    #[test]
    fn what_was_withdrawn_or_dropped_is_never_taken() {
        let handover = Handover::new();
        let taker = handover.taker();
        assert!(handover.withdraw() && handover.withdraw());
        assert!(taker.is_withdrawn() && !taker.take());
        let dropped = Handover::new();
        let taker = dropped.taker();
        drop(dropped);
        assert!(!taker.take());
    }

    #[test]
    fn of_both_sides_at_once_one_has_it() {
        for _ in 0..500 {
            let (handover, start) = (Handover::new(), Barrier::new(2));
            let taker = handover.taker();
            let (taken, withdrawn) = thread::scope(|scope| {
                let task = scope.spawn(|| {
                    start.wait();
                    taker.take()
                });
                start.wait();
                let withdrawn = handover.withdraw();
                (task.join().unwrap(), withdrawn)
            });
            assert_ne!(taken, withdrawn);
        }
    }
}
