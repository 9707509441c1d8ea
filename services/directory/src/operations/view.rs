//! What callers see of an operation while it runs: its entity as committed, shown to whoever follows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::domain::{AccountAnchor, Operation, OperationId, Stage, TenantId};

/// An operation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub anchor: AccountAnchor,
    pub operation: Operation,
    /// Durations known after the outcome was recorded (`commit`), in µs.
    pub afterwards_us: BTreeMap<Stage, u64>,
}

/// Follows one operation: the first value is how it stands; the sender goes when it has ended.
pub struct Following(watch::Receiver<Arc<View>>);

impl Following {
    /// Follows what has ended: there is nothing to wait for.
    pub(crate) fn of_last(view: View) -> Self {
        let (_sender, receiver) = watch::channel(Arc::new(view));
        Self(receiver)
    }

    /// As it stands now.
    #[must_use]
    pub fn now(&self) -> Arc<View> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits for the next change; `None` when there will be none.
    pub async fn next(&mut self) -> Option<Arc<View>> {
        self.0.changed().await.ok()?;
        Some(Arc::clone(&self.0.borrow_and_update()))
    }

    /// Waits until it has ended. Bound it by a deadline.
    pub async fn ended(&mut self) -> Arc<View> {
        // An error means that the sender is gone: then what is there is the last word of this process.
        let ended = self.0.wait_for(|view| view.operation.is_ended()).await.ok();
        match ended.map(|view| Arc::clone(&view)) {
            Some(view) => view,
            None => self.now(),
        }
    }
}

/// The operations that run in this process, by id.
#[derive(Default)]
pub(crate) struct Views(Mutex<HashMap<(TenantId, OperationId), Sender>>);

type Sender = watch::Sender<Arc<View>>;

impl Views {
    /// Shows followers, old and new ones, how the operation stands.
    pub(crate) fn publish(&self, tenant: TenantId, view: View) {
        let id = view.operation.request.operation_id;
        let ended = view.operation.is_ended();
        let mut views = self.0.lock();
        let view = Arc::new(view);
        let sender = views
            .entry((tenant, id))
            .or_insert_with(|| watch::Sender::new(Arc::clone(&view)));
        sender.send_replace(view);
        if ended {
            views.remove(&(tenant, id));
        }
    }

    pub(crate) fn follow(&self, tenant: TenantId, operation: OperationId) -> Option<Following> {
        let views = self.0.lock();
        views
            .get(&(tenant, operation))
            .map(|sender| Following(sender.subscribe()))
    }
}
