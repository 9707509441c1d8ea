//! Writing to an account's task, which is begun when there is something to write to it.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::account::AccountTask;
use super::account::message::Message;
use super::context::Context;
use crate::domain::{AccountAnchor, OperationId, TenantId};
use crate::store::StoreError;

/// Sends a message that is answered, and waits for the answer.
///
/// # Errors
/// [`StoreError::Stopping`]: nobody answers any more.
pub(crate) async fn call<T>(
    context: &Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
    message: impl FnOnce(oneshot::Sender<T>) -> Message,
) -> Result<T, StoreError> {
    let (reply, answer) = oneshot::channel();
    send(context, tenant, anchor, message(reply)).await?;
    answer.await.map_err(|_| StoreError::Stopping)
}

/// Makes sure that the account has a task, and that it looks for what is to be done.
pub(crate) async fn wake(context: &Arc<Context>, tenant: TenantId, anchor: AccountAnchor) {
    let _only_while_stopping = send(context, tenant, anchor, Message::Wake).await;
}

/// The account of an operation, open or ended; `None`: there is no such operation.
pub(crate) async fn account_of(
    context: &Context,
    tenant: TenantId,
    operation: OperationId,
) -> Result<Option<AccountAnchor>, StoreError> {
    if let Some(anchor) = context.registry.account_of(tenant, operation) {
        return Ok(Some(anchor));
    }
    let stored = context.store.operation(tenant, operation).await?;
    Ok(stored.map(|stored| stored.anchor))
}

/// Sends a message that is not answered.
///
/// # Errors
/// [`StoreError::Stopping`]: nobody takes it any more.
pub(crate) async fn send(
    context: &Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
    message: Message,
) -> Result<(), StoreError> {
    let mailbox = open(context, tenant, anchor)?;
    mailbox.send(message).await.map_err(|_| StoreError::Stopping)
}

/// The mailbox of the account's task; begins the task if there is none.
fn open(
    context: &Arc<Context>,
    tenant: TenantId,
    anchor: AccountAnchor,
) -> Result<mpsc::Sender<Message>, StoreError> {
    if context.stopping.is_cancelled() {
        return Err(StoreError::Stopping);
    }
    let (mailbox, to_begin) = context.registry.open(tenant, anchor);
    if let Some(messages) = to_begin {
        let task = AccountTask::new(Arc::clone(context), tenant, anchor);
        context.tasks.spawn(task.run(messages));
    }
    Ok(mailbox)
}
