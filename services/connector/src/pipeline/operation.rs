//! The operation as the pipeline holds it: the same whether it came from a delivery or, after a crash, from the log.

use std::time::Duration;

use groundwire_eventlog::Metadata;
use groundwire_kit::clock::{BootInstant, Clock};
use groundwire_kit::telemetry::trace_context::TraceParent;

use super::delivery::{Delivery, LastApplied};
use crate::audit::OperationRecord;
use crate::audit::operation::{Personal, Proof, Received};
use crate::domain::{AccountAnchor, Attempt, OperationFlags, OperationId, OperationKind, Sequence};

/// What is known of an operation, and stays.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) attempt: Attempt,
    pub(super) sequence: Sequence,
    pub(super) kind: OperationKind,
    pub(super) flags: OperationFlags,
    pub(super) anchor: AccountAnchor,
    pub(super) last_applied: LastApplied,
    pub(super) group_dc: String,
    pub(super) role: String,
    pub(super) proof: Proof,
    pub(super) expiry: Expiry,
    pub(super) trace_id: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) personal: Personal,
}

/// When it is not written any more, by both clocks: the wall clock may be set back, the boot clock cannot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expiry {
    wall_ms: i64,
    boot: Option<BootInstant>,
}

impl Expiry {
    /// As told by the directory, at this moment.
    pub(super) fn seen_at(wall_ms: i64, clock: &dyn Clock) -> Self {
        let left = u64::try_from(wall_ms.saturating_sub(clock.unix_ms())).unwrap_or(0);
        Self {
            wall_ms,
            boot: Some(clock.boot().plus(Duration::from_millis(left))),
        }
    }

    /// As the log tells after a restart: the boot clock of another process says nothing.
    const fn recorded(wall_ms: i64) -> Self {
        Self { wall_ms, boot: None }
    }

    /// Whether it has passed.
    pub(super) fn has_passed(self, clock: &dyn Clock) -> bool {
        self.left(clock).is_zero()
    }

    /// How long is left.
    pub(super) fn left(self, clock: &dyn Clock) -> Duration {
        let wall = u64::try_from(self.wall_ms.saturating_sub(clock.unix_ms())).unwrap_or(0);
        let wall = Duration::from_millis(wall);
        match self.boot {
            Some(boot) => wall.min(boot.since(clock.boot())),
            None => wall,
        }
    }
}

impl Operation {
    /// From a verified event.
    pub(super) fn of_delivery(delivery: &Delivery, clock: &dyn Clock) -> Self {
        Self {
            id: delivery.operation,
            attempt: delivery.attempt,
            sequence: delivery.sequence,
            kind: delivery.kind,
            flags: delivery.flags,
            anchor: delivery.anchor,
            last_applied: delivery.last_applied,
            group_dc: delivery.group_dc.clone(),
            role: delivery.role.clone(),
            proof: delivery.proof,
            expiry: Expiry::seen_at(delivery.expires_at_ms, clock),
            trace_id: delivery.traceparent.map(|parent| parent.trace_id()),
            metadata: Metadata {
                actor: Some(delivery.subject.clone()).filter(|subject| !subject.is_empty()),
                traceparent: delivery.traceparent.map(|parent| parent.to_string()),
                ..Metadata::default()
            },
            personal: Personal {
                on_behalf_of: delivery.on_behalf_of.clone().map(Into::into),
                ..Personal::default()
            },
        }
    }

    /// From the log; `None` if it was never received.
    pub(super) fn of_record(record: &OperationRecord) -> Option<Self> {
        let received = record.received.as_ref()?;
        Some(Self {
            id: record.operation,
            attempt: Attempt(received.attempt),
            sequence: Sequence(received.sequence),
            kind: received.kind,
            flags: received.flags.into(),
            anchor: received.anchor,
            last_applied: LastApplied {
                sequence: received.last_applied_sequence,
                password_version: None,
            },
            group_dc: received.group_dc.clone(),
            role: received.role.clone(),
            proof: received.proof,
            expiry: Expiry::recorded(received.expires_at_ms),
            trace_id: received.trace_id.clone(),
            metadata: Metadata {
                actor: record.metadata.actor.clone(),
                traceparent: record.metadata.traceparent.clone(),
                ..Metadata::default()
            },
            personal: record.personal.clone(),
        })
    }

    /// The event that records its receipt.
    pub(super) fn received(&self, delivery: &Delivery) -> Received {
        Received {
            attempt: self.attempt.0,
            anchor: self.anchor,
            kind: self.kind,
            flags: self.flags.into(),
            sequence: self.sequence.0,
            last_applied_sequence: self.last_applied.sequence,
            group_dc: self.group_dc.clone(),
            role: self.role.clone(),
            proof: self.proof,
            expires_at_ms: delivery.expires_at_ms,
            content_digest: delivery.content_digest.clone(),
            trace_id: self.trace_id.clone(),
        }
    }

    /// Whether an earlier receipt says the same of what must not change between attempts.
    pub(super) fn agrees_with(&self, received: &Received) -> bool {
        received.anchor == self.anchor
            && received.kind == self.kind
            && received.sequence == self.sequence.0
            && OperationFlags::from(received.flags) == self.flags
    }

    /// The place in the trace that its spans continue from.
    pub(super) fn trace_parent(&self) -> Option<TraceParent> {
        self.metadata.traceparent.as_deref().and_then(TraceParent::parse)
    }
}
