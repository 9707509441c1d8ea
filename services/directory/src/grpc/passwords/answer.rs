//! What callers learn of an operation.

use std::time::Duration;

use groundwire_proto::operation::v1 as proto;
use groundwire_proto::time::{micros, timestamp_from_us};

use crate::domain::{OperationState, Stage};
use crate::operations::View;

/// A state, as callers see it.
#[must_use]
pub const fn state(state: &OperationState) -> proto::OperationState {
    match state {
        OperationState::Requested => proto::OperationState::Requested,
        OperationState::Delivered { .. } => proto::OperationState::Delivered,
        OperationState::InDoubt { .. } => proto::OperationState::InDoubt,
        OperationState::Ended { .. } => proto::OperationState::Ended,
    }
}

/// An operation, as callers see it; with `total`, the time that the whole call took, where its caller is answered.
#[must_use]
pub fn operation(view: &View, total: Option<Duration>) -> proto::Operation {
    let (operation, request) = (&view.operation, &view.operation.request);
    let total = total.map(|total| (Stage::Total, micros(total)));
    let afterwards = view
        .afterwards_us
        .iter()
        .map(|(stage, us)| (*stage, *us))
        .chain(total);
    let trace_id = request
        .traceparent
        .as_deref()
        .and_then(|text| text.split('-').nth(1));
    proto::Operation {
        operation_id: request.operation_id.to_string(),
        account_anchor: view.anchor.to_string(),
        connector_group_id: request.group.to_string(),
        kind: request.kind.into(),
        flags: Some(request.flags.into()),
        state: state(&operation.state) as i32,
        sequence: request.sequence,
        attempt: operation.attempt,
        outcome: operation.outcome().map(|outcome| outcome.to_wire(afterwards)),
        requested_by: request.requested_by.clone(),
        requested_at: Some(timestamp_from_us(request.requested_at_us)),
        expires_at: Some(timestamp_from_us(request.expires_at_us)),
        trace_id: trace_id.unwrap_or_default().to_owned(),
    }
}
