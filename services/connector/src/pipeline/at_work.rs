//! Which operations this process is at: one at a time per account, each once. A later attempt of an operation that is
//! held in doubt takes its place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

use crate::domain::{AccountAnchor, Attempt, OperationId};

/// The operations at work.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    operations: Mutex<HashMap<OperationId, Entry>>,
    accounts: Mutex<HashMap<AccountAnchor, Weak<AsyncMutex<()>>>>,
}

#[derive(Debug)]
struct Entry {
    attempt: Attempt,
    digest: String,
    yielding: Arc<watch::Sender<bool>>,
}

/// Whether an operation may be begun.
pub(super) enum Entrance {
    /// It is ours now.
    Entered(Place),
    /// This attempt, or a later one, is at work already.
    AlreadyHere {
        /// The attempt at work.
        attempt: Attempt,
        /// What its event said.
        digest: String,
    },
}

/// An operation's place; given up when dropped.
pub(super) struct Place {
    at_work: Arc<AtWork>,
    operation: OperationId,
    attempt: Attempt,
    yielding: watch::Receiver<bool>,
}

impl AtWork {
    /// Registers an attempt. An earlier attempt of the same operation is asked to give way where it can.
    pub(super) fn enter(
        self: &Arc<Self>,
        operation: OperationId,
        attempt: Attempt,
        digest: &str,
    ) -> Entrance {
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = operations.get(&operation) {
            if entry.attempt >= attempt {
                return Entrance::AlreadyHere {
                    attempt: entry.attempt,
                    digest: entry.digest.clone(),
                };
            }
            let _ = entry.yielding.send(true);
        }
        let (sender, yielding) = watch::channel(false);
        let entry = Entry {
            attempt,
            digest: digest.to_owned(),
            yielding: Arc::new(sender),
        };
        operations.insert(operation, entry);
        Entrance::Entered(Place {
            at_work: Arc::clone(self),
            operation,
            attempt,
            yielding,
        })
    }

    /// Asks whoever is at this operation to give way where it can.
    pub(super) fn ask_to_yield(&self, operation: OperationId) {
        let operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = operations.get(&operation) {
            let _ = entry.yielding.send(true);
        }
    }

    /// Whether anybody is at this operation.
    pub(super) fn is_at(&self, operation: OperationId) -> bool {
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&operation)
    }

    /// Waits for the account.
    pub(super) async fn lock(&self, anchor: AccountAnchor) -> OwnedMutexGuard<()> {
        let lock = {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
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

impl Place {
    /// Whether somebody else wants the place.
    pub(super) fn yielding(&self) -> watch::Receiver<bool> {
        self.yielding.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut operations = self
            .at_work
            .operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A later attempt may have taken the place already.
        if operations
            .get(&self.operation)
            .is_some_and(|entry| entry.attempt == self.attempt)
        {
            operations.remove(&self.operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const OPERATION: OperationId = OperationId::new(Uuid::nil());

    #[tokio::test]
    async fn an_operation_is_at_work_once_and_a_later_attempt_takes_its_place() {
        let at_work = Arc::new(AtWork::default());
        let Entrance::Entered(first) = at_work.enter(OPERATION, Attempt(1), "a") else {
            panic!("not entered")
        };
        assert!(matches!(
            at_work.enter(OPERATION, Attempt(1), "b"),
            Entrance::AlreadyHere { attempt: Attempt(1), digest } if digest == "a"
        ));
        let yielding = first.yielding();
        let Entrance::Entered(second) = at_work.enter(OPERATION, Attempt(2), "c") else {
            panic!("not entered")
        };
        assert!(*yielding.borrow());
        drop(first);
        assert!(at_work.is_at(OPERATION));
        drop(second);
        assert!(!at_work.is_at(OPERATION));
    }

    #[tokio::test]
    async fn an_account_is_one_operations_at_a_time() {
        let at_work = Arc::new(AtWork::default());
        let anchor = AccountAnchor::new(Uuid::nil());
        let held = at_work.lock(anchor).await;
        let second = tokio::time::timeout(std::time::Duration::from_millis(20), at_work.lock(anchor));
        assert!(second.await.is_err());
        drop(held);
        at_work.lock(anchor).await;
    }
}
