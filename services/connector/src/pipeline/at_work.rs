//! Which operations this process is carrying out: one at a time per account, each once. And which attempts it did not
//! begin: what was answered so once is never begun later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

use groundwire_proto::gateway::v1::NotTakenCause;
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

use crate::domain::{AccountAnchor, Attempt, OperationId};

/// How many refused attempts are remembered. The directory sends an attempt once: only a duplicate that is on its way
/// already could come again.
const MOST_REFUSED: usize = 10_000;

/// The operations at work.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    attempts: Mutex<Attempts>,
    accounts: Mutex<HashMap<AccountAnchor, Weak<AsyncMutex<()>>>>,
}

#[derive(Debug, Default)]
struct Attempts {
    at_work: HashMap<OperationId, Entry>,
    refused: HashMap<(OperationId, Attempt), Refusal>,
    /// The refused ones, oldest first.
    refused_in_order: VecDeque<(OperationId, Attempt)>,
}

#[derive(Debug)]
struct Refusal {
    cause: NotTakenCause,
    /// Whether it was reported to the directory, or is about to be: then it stays.
    is_told: bool,
}

#[derive(Debug)]
struct Entry {
    attempt: Attempt,
    digest: String,
    /// Whether the slot is requested by somebody else. Closed when the entry goes.
    yield_requested: watch::Sender<bool>,
}

/// Whether an attempt may be begun.
pub(super) enum Admission {
    /// The caller carries it out.
    Admitted(Slot),
    /// This attempt is at work already.
    AtWork {
        /// The digest of what its event says.
        digest: String,
    },
    /// A later attempt is at work.
    TakenOver(Attempt),
    /// An earlier attempt is at work, and was requested to give way: it will soon have done so.
    GivingWay,
    /// It is not begun, now or later.
    Refused(NotTakenCause),
}

/// What comes of refusing an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusing {
    /// It is at work, and goes on.
    AtWork,
    /// It was refused before.
    Repeated(NotTakenCause),
    First,
}

/// The right to carry out an attempt; given up when dropped.
pub(super) struct Slot {
    at_work: Arc<AtWork>,
    operation: OperationId,
    attempt: Attempt,
    yield_requested: watch::Receiver<bool>,
}

impl Attempts {
    fn refuse(&mut self, operation: OperationId, attempt: Attempt, cause: NotTakenCause) {
        if let Some(before) = self.refused.get_mut(&(operation, attempt)) {
            before.cause = cause;
            return;
        }
        let refusal = Refusal {
            cause,
            is_told: false,
        };
        self.refused.insert((operation, attempt), refusal);
        self.refused_in_order.push_back((operation, attempt));
        if self.refused_in_order.len() > MOST_REFUSED
            && let Some(oldest) = self.refused_in_order.pop_front()
        {
            self.refused.remove(&oldest);
        }
    }

    /// Why it was refused before, if it was. Whoever calls this reports it to the directory.
    fn tell_refusal(&mut self, operation: OperationId, attempt: Attempt) -> Option<NotTakenCause> {
        let refusal = self.refused.get_mut(&(operation, attempt))?;
        refusal.is_told = true;
        Some(refusal.cause)
    }

    fn enter(&mut self, operation: OperationId, attempt: Attempt, digest: &str) -> watch::Receiver<bool> {
        let (sender, yield_requested) = watch::channel(false);
        let entry = Entry {
            attempt,
            digest: digest.to_owned(),
            yield_requested: sender,
        };
        self.at_work.insert(operation, entry);
        yield_requested
    }
}

impl AtWork {
    /// Registers an attempt that arrived, unless it, or another attempt of the same operation, is at work.
    pub(super) fn enter(
        self: &Arc<Self>,
        operation: OperationId,
        attempt: Attempt,
        digest: &str,
    ) -> Admission {
        let mut attempts = self.attempts.lock();
        if let Some(cause) = attempts.tell_refusal(operation, attempt) {
            return Admission::Refused(cause);
        }
        match attempts.at_work.get(&operation) {
            Some(entry) if entry.attempt == attempt => {
                return Admission::AtWork {
                    digest: entry.digest.clone(),
                };
            }
            Some(entry) if entry.attempt > attempt => return Admission::TakenOver(entry.attempt),
            Some(entry) if *entry.yield_requested.borrow() => return Admission::GivingWay,
            Some(_) => {
                let cause = NotTakenCause::OperationAtWork;
                attempts.refuse(operation, attempt, cause);
                attempts.tell_refusal(operation, attempt);
                return Admission::Refused(cause);
            }
            None => {}
        }
        let yield_requested = attempts.enter(operation, attempt, digest);
        drop(attempts);
        Admission::Admitted(self.slot(operation, attempt, yield_requested))
    }

    /// Registers an attempt that was received before, to bring it to its end. `None` if it is at work; an earlier attempt
    /// is requested to give way.
    pub(super) fn take_up(self: &Arc<Self>, operation: OperationId, attempt: Attempt) -> Option<Slot> {
        let mut attempts = self.attempts.lock();
        if let Some(entry) = attempts.at_work.get(&operation) {
            if entry.attempt >= attempt {
                return None;
            }
            let _ = entry.yield_requested.send(true);
        }
        let yield_requested = attempts.enter(operation, attempt, "");
        drop(attempts);
        Some(self.slot(operation, attempt, yield_requested))
    }

    fn slot(
        self: &Arc<Self>,
        operation: OperationId,
        attempt: Attempt,
        yield_requested: watch::Receiver<bool>,
    ) -> Slot {
        Slot {
            at_work: Arc::clone(self),
            operation,
            attempt,
            yield_requested,
        }
    }

    /// Sees to it that an attempt which has no slot is not begun later.
    pub(super) fn refuse(&self, operation: OperationId, attempt: Attempt, cause: NotTakenCause) -> Refusing {
        let mut attempts = self.attempts.lock();
        let entry = attempts.at_work.get(&operation);
        if entry.is_some_and(|entry| entry.attempt == attempt) {
            Refusing::AtWork
        } else if let Some(cause) = attempts.tell_refusal(operation, attempt) {
            Refusing::Repeated(cause)
        } else {
            attempts.refuse(operation, attempt, cause);
            Refusing::First
        }
    }

    /// Takes back a refusal that nobody was told of.
    pub(super) fn forget_refusal(&self, operation: OperationId, attempt: Attempt) {
        let mut attempts = self.attempts.lock();
        let refused = attempts.refused.get(&(operation, attempt));
        if refused.is_none_or(|refusal| refusal.is_told) {
            return;
        }
        attempts.refused.remove(&(operation, attempt));
        attempts
            .refused_in_order
            .retain(|refused| *refused != (operation, attempt));
    }

    /// Requests whoever is at this operation to give way where it can.
    pub(super) fn request_yield(&self, operation: OperationId) {
        if let Some(entry) = self.attempts.lock().at_work.get(&operation) {
            let _ = entry.yield_requested.send(true);
        }
    }

    /// Whether anybody is at this operation.
    pub(super) fn is_at(&self, operation: OperationId) -> bool {
        self.attempts.lock().at_work.contains_key(&operation)
    }

    /// Waits until nobody is at this operation.
    pub(super) async fn wait_until_free(&self, operation: OperationId) {
        while let Some(mut entry) = self.watch_entry(operation) {
            while entry.changed().await.is_ok() {}
        }
    }

    /// Changes until the entry is gone, which closes it; `None` if there is no entry.
    fn watch_entry(&self, operation: OperationId) -> Option<watch::Receiver<bool>> {
        let attempts = self.attempts.lock();
        Some(attempts.at_work.get(&operation)?.yield_requested.subscribe())
    }

    /// Waits for the account.
    pub(super) async fn lock(&self, anchor: AccountAnchor) -> OwnedMutexGuard<()> {
        let lock = {
            let mut accounts = self.accounts.lock();
            match accounts.get(&anchor).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    accounts.retain(|_, lock| lock.strong_count() > 0);
                    let lock = Arc::new(AsyncMutex::new(()));
                    accounts.insert(anchor, Arc::downgrade(&lock));
                    lock
                }
            }
        };
        lock.lock_owned().await
    }
}

impl Slot {
    /// Turns true when somebody else requests the slot.
    pub(super) fn yield_requested(&self) -> watch::Receiver<bool> {
        self.yield_requested.clone()
    }

    /// The attempt is not begun, now or later.
    pub(super) fn refuse(&self, cause: NotTakenCause) {
        let mut attempts = self.at_work.attempts.lock();
        attempts.refuse(self.operation, self.attempt, cause);
        attempts.tell_refusal(self.operation, self.attempt);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut attempts = self.at_work.attempts.lock();
        // A later attempt may have been taken up in its place.
        let is_ours = attempts
            .at_work
            .get(&self.operation)
            .is_some_and(|entry| entry.attempt == self.attempt);
        if is_ours {
            attempts.at_work.remove(&self.operation);
        }
    }
}

#[cfg(test)]
mod tests;
