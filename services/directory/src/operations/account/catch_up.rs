//! How the task catches up with its stream: what was missed is folded, shown, and held against what connectors have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::AccountTask;
use super::replica::Freshness;
use super::volatile::Volatile;
use crate::domain::Operation;
use crate::store::StoreError;
use crate::store::rebuild::account_event;
use crate::store::streams::account_stream;

impl AccountTask {
    /// Folds what the stream has beyond what was folded.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreError> {
        if self.replica.is_current() {
            return Ok(());
        }
        if let Freshness::CommitUnknown { .. } = self.replica.freshness {
            // What was read could be overtaken by our own late commit.
            self.context.store.log(self.tenant).await?.settle().await?;
        }
        self.fold_the_rest().await?;
        let freshness = std::mem::replace(&mut self.replica.freshness, Freshness::Current);
        let is_unsent = matches!(freshness, Freshness::CommitUnknown { .. });
        let now = self.context.clock.boot();
        let found: Vec<Arc<Operation>> = self.replica.state.open_operations().cloned().collect();
        for operation in found {
            let id = operation.request.operation_id;
            if !self.volatile.contains_key(&id) {
                self.adopt(&operation, Volatile::of_found(now, is_unsent));
                self.replica.unshown.remove(&id);
            }
        }
        // What the lost commit recorded as delivered was never sent.
        if let Freshness::CommitUnknown { delivered_before } = freshness
            && let Some(delivered) = self.replica.delivered()
            && delivered_before != Some(delivered)
            && let Some(volatile) = self.volatile.get_mut(&delivered.0)
        {
            volatile.must_redeliver = true;
        }
        self.show_folded();
        // What the lost commit recorded can be found by now, and what it did not never will be.
        self.undecided.clear();
        self.reconcile();
        Ok(())
    }

    async fn fold_the_rest(&mut self) -> Result<(), StoreError> {
        const PAGE: u32 = 1_000;
        let stream = account_stream(self.anchor)?;
        let reader = self.context.store.reader(self.tenant);
        loop {
            let page = reader.read_stream(&stream, self.replica.version, PAGE).await?;
            for record in &page {
                self.replica.fold(&account_event(record)?, record.stream_version);
            }
            if page.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Shows followers what was folded, and lets go of what ended by it.
    fn show_folded(&mut self) {
        for id in std::mem::take(&mut self.replica.unshown) {
            if !self.volatile.contains_key(&id) {
                continue;
            }
            self.publish(id, BTreeMap::new());
            let Some(operation) = self.replica.state.operations.get(&id) else {
                continue;
            };
            if let Some(outcome) = operation.outcome() {
                self.context.metrics.ended(operation.kind(), outcome);
                self.retire(id);
            }
        }
    }
}
