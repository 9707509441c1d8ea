//! The state of an account's stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account_event::{EvidenceKept, OperationRequested};
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
    /// Recorded, and begun by no connector: it was not handed out, or every attempt came back as not taken.
    Requested,
    Delivered {
        /// Whose attempt is in force.
        connector: ConnectorId,
    },
    /// It may or may not be in AD.
    InDoubt {
        /// Whose attempt is in force.
        connector: ConnectorId,
        /// Since when (unix µs).
        since_us: i64,
    },
    /// Ended, once and for ever.
    Ended {
        /// The connector whose attempt was in force, if one was.
        connector: Option<ConnectorId>,
        outcome: Box<Outcome>,
    },
}

/// An attempt, and who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOver {
    pub attempt: u32,
    pub connector: ConnectorId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was requested.
    pub request: OperationRequested,
    /// Where it stands.
    pub state: OperationState,
    /// How many times it was handed out. The next attempt has a higher number, whatever became of this one.
    pub attempt: u32,
    /// When it was handed out last (unix µs); 0 before that, and where only its row is known.
    pub delivered_at_us: i64,
    /// The attempts that its connectors may have begun, first to last. The last one is in force: its outcome counts.
    pub hand_overs: Vec<HandOver>,
    /// Reports that did not become the outcome.
    pub evidence: Vec<KeptOutcome>,
}

/// A report that did not become the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOutcome {
    /// Why it did not.
    pub because: EvidenceKept,
    pub outcome: Outcome,
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

    /// The attempt whose outcome counts; `None` if none was begun, or the operation ended.
    #[must_use]
    pub fn attempt_in_force(&self) -> Option<u32> {
        self.hand_overs.last().map(|last| last.attempt)
    }

    /// True for an attempt that a connector may have begun.
    #[must_use]
    pub fn has_handed_over(&self, attempt: u32) -> bool {
        self.hand_overs
            .iter()
            .any(|hand_over| hand_over.attempt == attempt)
    }

    /// The connector whose attempt is in force, or was when it ended.
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
