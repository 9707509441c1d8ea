//! Events become records of the account's stream, with the rows that follow from them, in one unit.

use std::collections::BTreeSet;

use groundwire_eventlog::{ExpectedVersion, Metadata, NewRecord, StreamVersion, Unit};

use super::waiting_secret::WaitingSecret;
use crate::domain::{AccountAnchor, AccountEvent, AccountState, OperationId, TenantId};
use crate::store::StoreError;
use crate::store::operations::{OperationRows, PROJECT_OPERATION};
use crate::store::streams::{EventError, account_stream};

/// The claim by which an operation id is taken once per tenant, for ever.
pub(crate) const OPERATION_CLAIM: &str = "operation";

/// Events of one account that are committed together, and what goes with them.
pub(crate) struct Batch {
    pub(crate) events: Vec<AccountEvent>,
    /// Ciphertext to keep beside a new operation.
    pub(crate) secret: Option<(OperationId, WaitingSecret)>,
    /// Who caused them, where it was not the operation's own caller.
    pub(crate) actor: Option<String>,
}

impl Batch {
    /// Events and nothing else.
    pub(crate) const fn of(events: Vec<AccountEvent>) -> Self {
        Self {
            events,
            secret: None,
            actor: None,
        }
    }
}

/// The unit that appends the batch to a stream which is at this version; `after` is the account's state after its events.
pub(crate) fn unit(
    tenant: TenantId,
    anchor: AccountAnchor,
    version: StreamVersion,
    after: &AccountState,
    batch: &Batch,
) -> Result<Unit, StoreError> {
    let mut records = Vec::with_capacity(batch.events.len());
    let mut touched = BTreeSet::new();
    let mut claimed = None;
    for event in &batch.events {
        touched.insert(event.operation_id());
        let operation = after.operations.get(&event.operation_id());
        let requested_by = operation.map(|operation| operation.request.requested_by.clone());
        if let AccountEvent::Requested(requested) = event {
            claimed = Some(requested.operation_id);
        }
        records.push(NewRecord {
            event_type: event.event_type().into(),
            schema_version: AccountEvent::SCHEMA_VERSION,
            body: event.body().map_err(EventError::from)?,
            metadata: Metadata {
                actor: batch.actor.clone().or(requested_by),
                traceparent: operation.and_then(|operation| operation.request.traceparent.clone()),
                causation: None,
                correlation: Some(event.operation_id().uuid()),
            },
            erasable: event.erasable().map_err(EventError::from)?,
        });
    }
    let rows = OperationRows {
        tenant,
        anchor,
        operations: touched
            .iter()
            .filter_map(|id| after.operations.get(id))
            .cloned()
            .collect(),
        secret: batch.secret.clone().map(|(of, waiting)| (of, waiting.into())),
    };
    let expected = ExpectedVersion::Exactly(version);
    let unit = rows.changes().fold(
        Unit::new(account_stream(anchor)?, expected, records),
        |unit, change| unit.calling(PROJECT_OPERATION, change),
    );
    Ok(match claimed {
        Some(id) => unit.claiming(OPERATION_CLAIM, id.to_string()),
        None => unit,
    })
}
