//! Requests that an account's task was given, until it is known what became of them. The store alone cannot say that there
//! is no operation with such an id: it may be recorded at any moment.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::domain::{AccountAnchor, OperationId, TenantId};

type Key = (TenantId, OperationId);

/// The accounts of the requests of which it is not known whether they are recorded, by the operation's id. A caller may have
/// sent the same one several times, and another one with the same id for another account.
#[derive(Default)]
pub(crate) struct Undecided(Arc<Mutex<HashMap<Key, Vec<AccountAnchor>>>>);

/// The note of one request. It goes with the request, and is gone when this is dropped.
pub(crate) struct Noted {
    undecided: Arc<Mutex<HashMap<Key, Vec<AccountAnchor>>>>,
    key: Key,
    anchor: AccountAnchor,
}

impl Undecided {
    /// Notes a request, before its account's task is given it.
    pub(crate) fn note(&self, tenant: TenantId, operation: OperationId, anchor: AccountAnchor) -> Noted {
        let key = (tenant, operation);
        self.0.lock().entry(key).or_default().push(anchor);
        Noted {
            undecided: Arc::clone(&self.0),
            key,
            anchor,
        }
    }

    /// The accounts that an operation with this id may yet come to be recorded for.
    pub(crate) fn accounts_of(&self, tenant: TenantId, operation: OperationId) -> Vec<AccountAnchor> {
        let noted = self.0.lock().get(&(tenant, operation)).cloned();
        let mut accounts = noted.unwrap_or_default();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let mut undecided = self.undecided.lock();
        let Some(accounts) = undecided.get_mut(&self.key) else {
            return;
        };
        if let Some(place) = accounts.iter().position(|anchor| *anchor == self.anchor) {
            accounts.swap_remove(place);
        }
        if accounts.is_empty() {
            undecided.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_id_is_undecided_until_the_last_request_with_it_is_decided() {
        let (undecided, tenant) = (Undecided::default(), TenantId::new(Uuid::from_u128(1)));
        let id = OperationId::new(Uuid::from_u128(2));
        let [first, second] = [3, 4].map(|number| AccountAnchor::new(Uuid::from_u128(number)));
        let notes = [first, second, first].map(|anchor| undecided.note(tenant, id, anchor));
        assert_eq!(undecided.accounts_of(tenant, id), [first, second]);
        let [of_first, of_second, of_first_again] = notes;
        drop(of_first);
        assert_eq!(undecided.accounts_of(tenant, id), [first, second]);
        drop(of_second);
        assert_eq!(undecided.accounts_of(tenant, id), [first]);
        drop(of_first_again);
        assert!(undecided.accounts_of(tenant, id).is_empty());
        assert!(undecided.0.lock().is_empty());
    }
}
