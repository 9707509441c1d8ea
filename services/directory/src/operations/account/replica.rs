//! The account's stream as far as this process has folded it.

use std::collections::BTreeSet;

use groundwire_eventlog::StreamVersion;

use crate::domain::{AccountEvent, AccountState, OperationId, evolve};

/// An operation that is delivered, and the attempt it was delivered as.
pub(super) type Delivered = (OperationId, u32);

/// How the replica stands to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// As far as is known, everything is folded.
    Current,
    /// The stream has, or may have, more than was folded.
    Behind,
    /// The answer to a commit of ours was lost. What it recorded as delivered was never sent. (After a restart the
    /// connector says what it has when it attaches.)
    CommitUnknown {
        /// What was delivered before that commit.
        delivered_before: Option<Delivered>,
    },
}

/// The account as folded from its stream.
pub(super) struct Replica {
    pub(super) state: AccountState,
    pub(super) version: StreamVersion,
    pub(super) freshness: Freshness,
    /// Operations that were changed by what others appended, and not shown to followers yet.
    pub(super) unshown: BTreeSet<OperationId>,
}

impl Replica {
    /// Nothing is folded yet.
    pub(super) fn empty() -> Self {
        Self {
            state: AccountState::default(),
            version: StreamVersion::ZERO,
            freshness: Freshness::Behind,
            unshown: BTreeSet::new(),
        }
    }

    pub(super) fn is_current(&self) -> bool {
        self.freshness == Freshness::Current
    }

    /// Somebody else appended.
    pub(super) const fn mark_behind(&mut self) {
        match self.freshness {
            Freshness::Current => self.freshness = Freshness::Behind,
            Freshness::Behind | Freshness::CommitUnknown { .. } => {}
        }
    }

    /// An operation that is not known here may have been appended by another process.
    pub(super) fn mark_behind_unless_known(&mut self, operation: OperationId) {
        if !self.state.operations.contains_key(&operation) {
            self.mark_behind();
        }
    }

    /// What became of a commit of ours is not known.
    pub(super) fn mark_commit_unknown(&mut self) {
        self.freshness = Freshness::CommitUnknown {
            delivered_before: self.delivered(),
        };
    }

    /// Folds an event that somebody else appended, or perhaps we.
    pub(super) fn fold(&mut self, event: &AccountEvent, version: StreamVersion) {
        self.state = evolve(std::mem::take(&mut self.state), event);
        self.version = version;
        self.unshown.insert(event.operation_id());
    }

    /// The operation that is delivered, if one is.
    pub(super) fn delivered(&self) -> Option<Delivered> {
        let operation = self.state.in_flight()?;
        Some((operation.request.operation_id, operation.attempt))
    }
}
