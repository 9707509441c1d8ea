//! The operation as the pipeline holds it: the same whether an event brought it or, after a crash, the log did.

use std::time::Duration;

use groundwire_eventlog::Metadata;
use groundwire_kit::clock::{BootInstant, Clock};
use groundwire_kit::telemetry::trace_context::TraceParent;

use crate::audit::OperationRecord;
use crate::audit::operation::{Personal, Proof, Received};
use crate::domain::{AccountAnchor, Attempt, NamedBy, OperationFlags, OperationId, OperationKind, Sequence};

/// What is known of an operation, and stays.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) attempt: Attempt,
    pub(super) sequence: Sequence,
    pub(super) kind: OperationKind,
    pub(super) flags: OperationFlags,
    pub(super) anchor: AccountAnchor,
    /// By what the caller named the account.
    pub(super) named_by: NamedBy,
    pub(super) last_applied: LastApplied,
    pub(super) group_dc: String,
    pub(super) role: String,
    pub(super) proof: Proof,
    pub(super) expiry: Expiry,
    pub(super) trace_id: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) personal: Personal,
}

/// What the directory knows of the account's last applied operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LastApplied {
    /// Its sequence; 0 if there is none.
    pub(super) sequence: u64,
    /// The version of `unicodePwd` that its outcome reported.
    pub(super) password_version: Option<u64>,
    /// It may be lost for good: an older marker does not show that the domain controller lags behind.
    pub(super) may_be_lost: bool,
}

/// When it is not written any more, by both clocks: the wall clock may be set back, the boot clock cannot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expiry {
    wall_ms: i64,
    boot: Option<BootInstant>,
}

impl Expiry {
    /// The directory's expiry, read at this moment.
    pub(super) fn seen_at(wall_ms: i64, clock: &dyn Clock) -> Self {
        let left = u64::try_from(wall_ms.saturating_sub(clock.unix_ms())).unwrap_or(0);
        Self {
            wall_ms,
            boot: Some(clock.boot().plus(Duration::from_millis(left))),
        }
    }

    /// The expiry in the log after a restart: the boot clock of another process says nothing.
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
    /// From the log; `None` if it was never received.
    pub(super) fn from_record(record: &OperationRecord) -> Option<Self> {
        let received = record.received.as_ref()?;
        Some(Self {
            id: record.operation,
            attempt: Attempt(received.attempt),
            sequence: Sequence(received.sequence),
            kind: received.kind,
            flags: received.flags.into(),
            anchor: received.anchor,
            // The log does not keep it: what it is needed for, a write, needs an event that was delivered again.
            named_by: NamedBy::ForgottenName,
            last_applied: LastApplied {
                sequence: received.last_applied_sequence,
                password_version: None,
                may_be_lost: false,
            },
            group_dc: received.group_dc.clone(),
            role: received.role.clone(),
            proof: received.proof,
            expiry: Expiry::recorded(received.expires_at_ms),
            trace_id: received.trace_id.clone(),
            metadata: metadata(record.metadata.actor.clone(), record.metadata.traceparent.clone()),
            personal: record.personal.clone(),
        })
    }

    /// The event that records its receipt.
    pub(super) fn received(&self, content_digest: &str) -> Received {
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
            expires_at_ms: self.expiry.wall_ms,
            content_digest: content_digest.to_owned(),
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

/// Metadata of an operation's records: who made the request, and in which trace.
pub(super) fn metadata(actor: Option<String>, traceparent: Option<String>) -> Metadata {
    Metadata {
        actor,
        traceparent,
        ..Metadata::default()
    }
}
