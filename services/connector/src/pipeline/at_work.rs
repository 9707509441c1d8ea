//! Which operations this process is carrying out: one at a time per account, each once. A later attempt of an operation
//! that is held in doubt takes its place.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
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
    /// Whether the slot is requested by somebody else. Closed when the entry goes.
    yield_requested: watch::Sender<bool>,
}

/// Whether an operation may be begun.
pub(super) enum Admission {
    /// The caller carries it out.
    Admitted(Slot),
    /// This attempt, or a later one, is at work already.
    AlreadyHere {
        /// The attempt at work.
        attempt: Attempt,
        /// The digest of what its event says.
        digest: String,
    },
}

/// The right to carry out an attempt; given up when dropped.
pub(super) struct Slot {
    at_work: Arc<AtWork>,
    operation: OperationId,
    attempt: Attempt,
    yield_requested: watch::Receiver<bool>,
}

impl AtWork {
    /// Registers an attempt. An earlier attempt of the same operation is requested to give way where it can.
    pub(super) fn enter(
        self: &Arc<Self>,
        operation: OperationId,
        attempt: Attempt,
        digest: &str,
    ) -> Admission {
        let mut operations = self.operations.lock();
        if let Some(entry) = operations.get(&operation) {
            if entry.attempt >= attempt {
                return Admission::AlreadyHere {
                    attempt: entry.attempt,
                    digest: entry.digest.clone(),
                };
            }
            let _ = entry.yield_requested.send(true);
        }
        let (sender, yield_requested) = watch::channel(false);
        let entry = Entry {
            attempt,
            digest: digest.to_owned(),
            yield_requested: sender,
        };
        operations.insert(operation, entry);
        Admission::Admitted(Slot {
            at_work: Arc::clone(self),
            operation,
            attempt,
            yield_requested,
        })
    }

    /// Requests whoever is at this operation to give way where it can.
    pub(super) fn request_yield(&self, operation: OperationId) {
        if let Some(entry) = self.operations.lock().get(&operation) {
            let _ = entry.yield_requested.send(true);
        }
    }

    /// Whether anybody is at this operation.
    pub(super) fn is_at(&self, operation: OperationId) -> bool {
        self.operations.lock().contains_key(&operation)
    }

    /// Waits until nobody is at this operation.
    pub(super) async fn wait_until_free(&self, operation: OperationId) {
        while let Some(mut entry) = self.watch_entry(operation) {
            while entry.changed().await.is_ok() {}
        }
    }

    /// Changes until the entry is gone, which closes it; `None` if there is no entry.
    fn watch_entry(&self, operation: OperationId) -> Option<watch::Receiver<bool>> {
        let operations = self.operations.lock();
        Some(operations.get(&operation)?.yield_requested.subscribe())
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
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut operations = self.at_work.operations.lock();
        // A later attempt may have taken the place already.
        let is_ours = operations
            .get(&self.operation)
            .is_some_and(|entry| entry.attempt == self.attempt);
        if is_ours {
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
        let Admission::Admitted(first) = at_work.enter(OPERATION, Attempt(1), "a") else {
            panic!("not entered")
        };
        assert!(matches!(
            at_work.enter(OPERATION, Attempt(1), "b"),
            Admission::AlreadyHere { attempt: Attempt(1), digest } if digest == "a"
        ));
        let yield_requested = first.yield_requested();
        let Admission::Admitted(second) = at_work.enter(OPERATION, Attempt(2), "c") else {
            panic!("not entered")
        };
        assert!(*yield_requested.borrow());
        drop(first);
        assert!(at_work.is_at(OPERATION));
        drop(second);
        assert!(!at_work.is_at(OPERATION));
    }

    #[tokio::test]
    async fn an_operation_is_free_once_every_attempt_at_it_has_ended() {
        let at_work = Arc::new(AtWork::default());
        at_work.wait_until_free(OPERATION).await;
        let Admission::Admitted(first) = at_work.enter(OPERATION, Attempt(1), "a") else {
            panic!("not entered")
        };
        let mut waiting = spawn_waiting(&at_work);
        at_work.request_yield(OPERATION);
        assert!(
            !ends_soon(&mut waiting).await,
            "it was only requested to give way"
        );
        let Admission::Admitted(second) = at_work.enter(OPERATION, Attempt(2), "b") else {
            panic!("not entered")
        };
        drop(first);
        assert!(!ends_soon(&mut waiting).await, "a later attempt is at it");
        drop(second);
        assert!(ends_soon(&mut waiting).await, "nobody is at it");
    }

    fn spawn_waiting(at_work: &Arc<AtWork>) -> tokio::task::JoinHandle<()> {
        let at_work = Arc::clone(at_work);
        tokio::spawn(async move { at_work.wait_until_free(OPERATION).await })
    }

    async fn ends_soon(task: &mut tokio::task::JoinHandle<()>) -> bool {
        tokio::time::timeout(std::time::Duration::from_millis(50), task)
            .await
            .is_ok()
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
