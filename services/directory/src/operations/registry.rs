//! Which account has its task in this process, and which account an open operation belongs to.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::lanes::{Mailbox, Messages, mailbox};
use crate::domain::{AccountAnchor, OperationId, TenantId};

/// The mailboxes of the accounts' tasks, and an index of the open operations.
#[derive(Default)]
pub(crate) struct Registry {
    mailboxes: Mutex<HashMap<(TenantId, AccountAnchor), Mailbox>>,
    accounts: Mutex<HashMap<(TenantId, OperationId), AccountAnchor>>,
}

impl Registry {
    /// The mailbox of an account's task. With it comes the other end for a task that has to be begun: by the caller, and
    /// at once.
    pub(crate) fn open(&self, tenant: TenantId, anchor: AccountAnchor) -> (Mailbox, Option<Messages>) {
        let mut mailboxes = self.mailboxes.lock();
        if let Some(mailbox) = mailboxes.get(&(tenant, anchor)) {
            // A task that ended without leaving (it panicked: a defect, logged by the hook) is begun again; its state is
            // in the log.
            if !mailbox.is_closed() {
                return (mailbox.clone(), None);
            }
        }
        let (mailbox, messages) = mailbox();
        mailboxes.insert((tenant, anchor), mailbox.clone());
        (mailbox, Some(messages))
    }

    /// The mailboxes of a tenant's tasks.
    pub(crate) fn of_tenant(&self, tenant: TenantId) -> Vec<Mailbox> {
        let mailboxes = self.mailboxes.lock();
        mailboxes
            .iter()
            .filter(|((of, _), _)| *of == tenant)
            .map(|(_, mailbox)| mailbox.clone())
            .collect()
    }

    /// An idle task leaves, unless somebody is about to write to it. True: it has left.
    pub(crate) fn leave(&self, tenant: TenantId, anchor: AccountAnchor, messages: &Messages) -> bool {
        let mut mailboxes = self.mailboxes.lock();
        // Senders are cloned under this lock: one sender left means the registry's own, and then nothing can arrive.
        if !messages.is_empty() || messages.writers() > 1 {
            return false;
        }
        mailboxes.remove(&(tenant, anchor));
        true
    }

    /// Notes the account of an open operation.
    pub(crate) fn index(&self, tenant: TenantId, operation: OperationId, anchor: AccountAnchor) {
        self.accounts.lock().insert((tenant, operation), anchor);
    }

    /// The operation ended.
    pub(crate) fn unindex(&self, tenant: TenantId, operation: OperationId) {
        self.accounts.lock().remove(&(tenant, operation));
    }

    /// The account of an open operation; `None` for one that ended, or that this process has not seen.
    pub(crate) fn account_of(&self, tenant: TenantId, operation: OperationId) -> Option<AccountAnchor> {
        self.accounts.lock().get(&(tenant, operation)).copied()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::operations::account::message::Message;

    const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
    const ANCHOR: AccountAnchor = AccountAnchor::new(Uuid::from_u128(2));

    #[tokio::test]
    async fn an_account_has_one_task_and_a_new_one_when_that_has_ended() {
        let registry = Registry::default();
        let (mailbox, messages) = registry.open(TENANT, ANCHOR);
        let messages = messages.expect("the first one begins the task");
        assert!(registry.open(TENANT, ANCHOR).1.is_none());
        drop(messages);
        assert!(mailbox.is_closed());
        assert!(registry.open(TENANT, ANCHOR).1.is_some());
    }

    #[tokio::test]
    async fn a_task_leaves_only_when_nobody_can_write_to_it() {
        let registry = Registry::default();
        let (mailbox, messages) = registry.open(TENANT, ANCHOR);
        let mut messages = messages.unwrap();
        assert!(
            !registry.leave(TENANT, ANCHOR, &messages),
            "somebody has its mailbox"
        );
        mailbox.send(Message::Wake).await.unwrap();
        drop(mailbox);
        assert!(!registry.leave(TENANT, ANCHOR, &messages), "a message waits");
        messages.recv().await.unwrap();
        assert!(registry.leave(TENANT, ANCHOR, &messages));
        assert!(registry.of_tenant(TENANT).is_empty());
    }
}
