//! Which account has its task in this process, and which account an operation belongs to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::Context;
use super::account::{Account, Message};
use crate::domain::{AccountAnchor, OperationId, TenantId};
use crate::store::StoreError;

/// How many messages an account's task takes before its senders wait.
const MAILBOX: usize = 256;

#[derive(Default)]
pub(crate) struct Registry {
    tasks: Mutex<HashMap<(TenantId, AccountAnchor), mpsc::Sender<Message>>>,
    accounts: Mutex<HashMap<(TenantId, OperationId), AccountAnchor>>,
}

/// The mailbox of an account's task; begins the task if there is none.
pub(crate) fn mailbox(
    context: &Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
) -> mpsc::Sender<Message> {
    let mut tasks = context
        .registry
        .tasks
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(mailbox) = tasks.get(&(tenant, anchor)) {
        // A task that ended without leaving (it panicked: a defect, logged by the hook) is begun again; its state is in
        // the log.
        if !mailbox.is_closed() {
            return mailbox.clone();
        }
    }
    let (sender, receiver) = mpsc::channel(MAILBOX);
    tasks.insert((tenant, anchor), sender.clone());
    tokio::spawn(Account::new(Arc::clone(context), tenant, anchor).run(receiver));
    sender
}

/// Puts a message into the mailbox of an account's task.
pub(crate) async fn send(
    context: &Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
    message: Message,
) -> Result<(), StoreError> {
    mailbox(context, tenant, anchor)
        .send(message)
        .await
        .map_err(|_| StoreError::Stopping)
}

/// Makes sure that the account has a task.
pub(crate) async fn wake(context: &Arc<Context>, tenant: TenantId, anchor: AccountAnchor) {
    let _only_while_stopping = send(context, tenant, anchor, Message::Wake).await;
}

/// Every task of a tenant.
pub(crate) fn of_tenant(context: &Context, tenant: TenantId) -> Vec<mpsc::Sender<Message>> {
    let tasks = context
        .registry
        .tasks
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    tasks
        .iter()
        .filter(|((of, _), _)| *of == tenant)
        .map(|(_, mailbox)| mailbox.clone())
        .collect()
}

/// An idle task leaves, unless somebody is about to write to it. True: it has left.
pub(crate) fn leave(
    context: &Context,
    tenant: TenantId,
    anchor: AccountAnchor,
    messages: &mpsc::Receiver<Message>,
) -> bool {
    let mut tasks = context
        .registry
        .tasks
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // Senders are cloned under this lock: one sender left means the registry's own, and then nothing can arrive.
    if !messages.is_empty() || messages.sender_strong_count() > 1 {
        return false;
    }
    tasks.remove(&(tenant, anchor));
    true
}

/// Notes the account of an open operation.
pub(crate) fn index(context: &Context, tenant: TenantId, operation: OperationId, anchor: AccountAnchor) {
    let mut accounts = context
        .registry
        .accounts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    accounts.insert((tenant, operation), anchor);
}

/// The operation ended.
pub(crate) fn unindex(context: &Context, tenant: TenantId, operation: OperationId) {
    let mut accounts = context
        .registry
        .accounts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    accounts.remove(&(tenant, operation));
}

/// The account of an operation, open or ended.
pub(crate) async fn account_of(
    context: &Context,
    tenant: TenantId,
    operation: OperationId,
) -> Result<Option<AccountAnchor>, StoreError> {
    let known = {
        let accounts = context
            .registry
            .accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        accounts.get(&(tenant, operation)).copied()
    };
    if known.is_some() {
        return Ok(known);
    }
    Ok(context
        .store
        .operation(tenant, operation)
        .await?
        .map(|stored| stored.anchor))
}
