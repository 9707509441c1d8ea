//! The state of an account's stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account_event::OperationRequested;
use super::{ConnectorId, OperationId, OperationKind, Outcome};

/// What folding an account's stream gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountState {
    /// Sequence of the last operation; 0 before the first.
    pub last_sequence: u64,
    /// The last operation that AD accepted.
    pub last_applied: Option<LastApplied>,
    /// Every operation, by id. Shared, so that a copy of the state is cheap however long its history is.
    pub operations: BTreeMap<OperationId, Arc<Operation>>,
    /// The open ones, by sequence.
    pub open: BTreeMap<u64, OperationId>,
}

/// What the next event tells the connector of the last applied operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastApplied {
    pub sequence: u64,
    /// The version of `unicodePwd` that was reported last, by it or by one before it.
    pub unicode_pwd_version: Option<u64>,
    /// When it was handed out last (unix µs).
    pub delivered_at_us: i64,
}

impl LastApplied {
    /// Whether it may be lost, where what was delivered up to a moment may be. Both moments are of the directory's clock, and
    /// none of the group's operations was handed out while that moment was recorded.
    #[must_use]
    pub fn may_be_lost(self, lost_before_us: Option<i64>) -> bool {
        lost_before_us.is_some_and(|lost| self.delivered_at_us <= lost)
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationState {
    /// Recorded, not yet handed out.
    Requested,
    Delivered {
        /// To whom, last.
        connector: ConnectorId,
    },
    /// It may or may not be in AD.
    InDoubt {
        /// To whom it was handed last.
        connector: ConnectorId,
        /// Since when (unix µs).
        since_us: i64,
    },
    /// Ended, once and for ever.
    Ended {
        /// The connector it was handed to last, if it was.
        connector: Option<ConnectorId>,
        outcome: Box<Outcome>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was requested.
    pub request: OperationRequested,
    /// Where it stands.
    pub state: OperationState,
    /// How many times it was handed out.
    pub attempt: u32,
    /// When it was handed out last (unix µs); 0 before that, and where only its row is known.
    pub delivered_at_us: i64,
    /// Reports that did not become the outcome.
    pub evidence: Vec<Outcome>,
}

impl Operation {
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        self.request.kind
    }

    /// The outcome, once it ended.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            OperationState::Ended { outcome, .. } => Some(outcome),
            OperationState::Requested | OperationState::Delivered { .. } | OperationState::InDoubt { .. } => {
                None
            }
        }
    }

    /// True once it ended.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.outcome().is_some()
    }

    /// Handed out and not ended.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        match &self.state {
            OperationState::Delivered { .. } | OperationState::InDoubt { .. } => true,
            OperationState::Requested | OperationState::Ended { .. } => false,
        }
    }

    /// The connector it was handed to last.
    #[must_use]
    pub const fn connector(&self) -> Option<ConnectorId> {
        match &self.state {
            OperationState::Requested => None,
            OperationState::Delivered { connector } | OperationState::InDoubt { connector, .. } => {
                Some(*connector)
            }
            OperationState::Ended { connector, .. } => *connector,
        }
    }
}

impl AccountState {
    /// The open operations, first to last.
    pub fn open_operations(&self) -> impl Iterator<Item = &Arc<Operation>> {
        self.open.values().filter_map(|id| self.operations.get(id))
    }

    /// The operation whose turn it is: the first open one.
    #[must_use]
    pub fn front(&self) -> Option<&Arc<Operation>> {
        self.open_operations().next()
    }

    /// The one that is handed out, if any.
    #[must_use]
    pub fn in_flight(&self) -> Option<&Arc<Operation>> {
        self.open_operations().find(|operation| operation.is_in_flight())
    }
}
