//! How an account's task catches up with its stream: what was missed is folded, shown, and held to what connectors have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Account;
use super::live::Live;
use super::units;
use crate::domain::{Operation, OperationId, evolve};
use crate::store::StoreError;
use crate::store::rebuild::account_event;

impl Account {
    /// Folds what the stream has beyond what was folded.
    pub(super) async fn fold(&mut self) -> Result<(), StoreError> {
        const PAGE: u32 = 1_000;
        if self.folded {
            return Ok(());
        }
        let stream = units::account_stream(self.anchor)?;
        let reader = self.context.store.reader(self.tenant);
        let was_out = self.handed_out();
        loop {
            let page = reader.read_stream(&stream, self.version, PAGE).await?;
            for record in &page {
                let event = account_event(record)?;
                self.state = evolve(std::mem::take(&mut self.state), &event);
                self.version = record.stream_version;
                self.unshown.insert(event.operation_id());
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        self.folded = true;
        let now = self.context.clock.boot();
        let found: Vec<Arc<Operation>> = self.state.open_operations().cloned().collect();
        for operation in found {
            let id = operation.request.operation_id;
            if !self.live.contains_key(&id) {
                self.adopt(&operation, Live::found(now, self.unfinished));
                self.unshown.remove(&id);
            }
        }
        // What the lost commit recorded as handed out was never sent.
        if let Some((id, attempt)) = self.handed_out()
            && self.unfinished
            && was_out != Some((id, attempt))
            && let Some(live) = self.live.get_mut(&id)
        {
            live.hand_out_again = true;
        }
        self.unfinished = false;
        self.show_folded();
        self.take_returned();
        Ok(())
    }

    /// The operation that is handed out, and its attempt.
    fn handed_out(&self) -> Option<(OperationId, u32)> {
        let operation = self.state.in_flight()?;
        Some((operation.request.operation_id, operation.attempt))
    }

    /// Shows followers what was folded, and lets go of what ended by it.
    fn show_folded(&mut self) {
        for id in std::mem::take(&mut self.unshown) {
            if !self.live.contains_key(&id) {
                continue;
            }
            self.publish(id, BTreeMap::new());
            let Some(operation) = self.state.operations.get(&id) else {
                continue;
            };
            if let Some(outcome) = operation.outcome() {
                self.context.metrics.ended(operation.kind(), outcome);
                self.retire(id);
            }
        }
    }

    /// Connectors are back: what they have they go on with, what they do not have is handed out again. An earlier attempt
    /// is none they can go on with: it was told so when it listed it.
    pub(super) fn take_returned(&mut self) {
        let returned = std::mem::take(&mut self.returned);
        let Some(operation) = self.state.in_flight() else {
            return;
        };
        let id = operation.request.operation_id;
        if let Some(listed) = operation.connector().and_then(|back| returned.get(&back))
            && let Some(live) = self.live.get_mut(&id)
        {
            live.hand_out_again = listed.get(&id) != Some(&operation.attempt);
        }
    }
}
